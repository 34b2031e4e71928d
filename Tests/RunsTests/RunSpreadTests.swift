import Cases
import Descriptors
import Foundation
import Results
import Roles
import Runs
import TestRuns
import Testing

/// Several generators and reflectors: which cases can have them, and what becomes of what each has counted.
@Suite struct RunSpreadTests {
  @Test(arguments: [
    ("vpe", "threads: 4", nil), ("esp-multi-sa", "threads: 8", nil), ("psp", "threads: 4", nil),
    ("vpe", "threads: 6", "3 of its threads seal and 3 open, not multiples of 2"),
    ("vpe", "threads: 4, seal_threads: 1", "1 of its threads seal and 3 open"),
    ("esp-single", "threads: 2", "of all systems esp-multi-sa, vpe, "),
    ("esp-parallel", "threads: 4", "of all systems esp-multi-sa"),
    ("vpe", "threads: 4, flows: 1", "it has 1 flow, and each needs one"),
  ])
  func whatCannotBeSpreadSaysWhy(_ system: String, _ sweep: String, _ reason: String?) throws {
    let text = DescriptorFixture.text(systems: "['\(system)']", "sweep: { \(sweep), frame_bytes: 64 }")
    let point = try #require(DescriptorFixture.parse(text).cases.first)
    let obstacle = point.obstacle(to: 2, .nic)
    #expect((obstacle == nil) == (reason == nil), "\(obstacle ?? "")")
    #expect(obstacle?.contains(reason ?? "") != false, "\(obstacle ?? "")")
    if reason == nil {
      #expect(point.obstacle(to: 2, .software) == nil)
      for steering in [Steering.queue, .hash] {
        #expect(point.obstacle(to: 2, steering)?.hasPrefix("steering \(steering.rawValue) leads no") == true)
      }
    }
  }

  /// Frames of each generator: one has a counter of twice the rate.
  private static let frames: [UInt64] = [1000, 3000]
  private static let ticksPerSecond: [UInt64] = [1_000_000, 2_000_000]

  /// The stages of every process of a case, when each frame has been there.
  private static let processes: [[StageReport]] = {
    func stage(_ role: RoleName, _ stage: String, _ thread: Int, _ frames: UInt64) -> StageReport {
      var counters = StageReport.Counters.none
      (counters.received, counters.transmitted, counters.busyPackets) = (frames, frames, frames)
      (counters.busyPolls, counters.busyTicks) = (20, 100 * frames)
      return StageReport(role: role, stage: stage, thread: thread, cpu: 0, counters: counters)
    }
    let generators = frames.indices.map { index in
      ["generate", "collect"].map { stage(.generator, $0, index, frames[index]) }
    }
    let gateways = RoleName.gateways.map { role in
      frames.indices.flatMap {
        [stage(role, "seal", $0, frames[$0]), stage(role, "open", 2 + $0, frames[$0])]
      }
    }
    return generators + gateways + frames.indices.map { [stage(.reflector, "reflect", $0, frames[$0])] }
  }()

  /// - Parameter lost: frames that the second generator does not see again, and that nobody has dropped.
  private static func record(lost: UInt64 = 0) throws -> SampleRecord {
    let text = DescriptorFixture.text(
      systems: "['vpe']", "sweep: { threads: 4, frame_bytes: 64 }, traffic: { rate_mpps: 0.004 }")
    let descriptor = try DescriptorFixture.parse(text)
    func reports(isStart: Bool) -> [TopologyReport] {
      processes.indices.map { index in
        let rate = index < 2 ? ticksPerSecond[index] : 1_000_000
        var stages = processes[index]
        for index in stages.indices where isStart { stages[index].counters = .none }
        if !isStart, index == 1 {
          stages[1].counters.received -= lost
          stages[1].counters.transmitted -= lost
        }
        let bin = LatencyBin(ticks: 250, frames: index < 2 && !isStart ? frames[index] : 0)
        return TopologyReport(
          ticks: isStart ? 0 : rate, ticksPerSecond: rate, isUnshared: true, areLinksUp: true, stages: stages,
          latency: index < 2 ? [bin] : nil)
      }
    }
    let observed = ObservedSample(
      windowStart: reports(isStart: true), windowEnd: reports(isStart: false), final: reports(isStart: false),
      generator: nil, linksMayLose: false)
    let analysis = SampleAnalysis(observed, try #require(descriptor.cases.first), descriptor)
    return analysis.record(sample: 0, startedAt: "2026-11-30T00:00:00Z")
  }

  @Test func whatGeneratorsHaveCountedIsOneSample() throws {
    let record = try Self.record()
    #expect(record.faults == [] && record.counts["frames_sent"] == 4000)
    #expect(record.counts["frames_received"] == 4000 && record.counts["frames_lost"] == 0)
    #expect(record.metrics["packet_rate_mpps"] == 0.004 && record.metrics["offered_mpps"] == 0.004)
    // 250 ticks of the one are 250 µs, and of the other, which has most frames, 125.
    #expect(record.metrics["latency_p50_us"] == 125 && record.metrics["latency_p99_us"] == 250)
    #expect(record.stages.filter { $0.role == "generator" }.map(\.thread) == [0, 0, 1, 1])
  }

  @Test func whatOneGeneratorMissesIsFound() throws {
    let record = try Self.record(lost: 7)
    #expect(record.counts["frames_lost"] == 7)
    #expect(record.faults.contains { $0.contains("to generator collect: frames sent: 4000, arrived: 3993") })
  }

  @Test func findingsOfGeneratorsAddUp() throws {
    func report(_ reordered: Int, _ dryPolls: Int) throws -> GeneratorReport {
      try JSONDecoder().decode(
        GeneratorReport.self,
        from: Data(#"{"reordered": \#(reordered), "dryPolls": \#(dryPolls), "latency": []}"#.utf8))
    }
    let sum = try report(3, 5).with(report(20, 40))
    #expect(sum.reordered == 23 && sum.dryPolls == 45)
  }

  @Test func aLinkThatIsDownIsNamedByItsPlayers() {
    let error = RunError.linksDown(seconds: 10, of: [Replica(.generator, 1), Replica(.gatewayA)])
    #expect("\(error)".contains("(those of generator.2, gateway-a)"))
  }

  /// Both ends of a link meet in its socket, and nobody else.
  @Test func everyLinkHasASocketOfItsOwn() {
    let names = LinkEnd.all(3).map { DeviceArguments.withSecretSocket("net_memif0", at: $0, "x") }
    #expect(Set(names).count == 7 && Set(names.map { name in names.count { $0 == name } }) == [2])
  }
}
