import Cases
import Results
import Roles
import Runs
import TestRuns
import Testing
import Wire

/// What a sample says of a circuit whose packets are cut in two, from made-up counts.
@Suite struct RunFragmentsTests {
  /// The stages that each of 1000 frames passes, and the packets that each stage receives. Gateways take 100
  /// ticks for a packet that they seal, and 80 for one that they open.
  private static func stages(_ way: FragmentWay) -> [StageReport] {
    let isOuter = way == .outer
    let (frames, pieces) = (1000 as UInt64, 2000 as UInt64)
    let joining = [(FragmentStages.reassemble, pieces), (FragmentStages.joined, frames)]
    let sealed = isOuter ? frames : pieces
    var stages: [StageReport] = []
    func add(_ role: RoleName, _ thread: Int, _ counts: [(String, UInt64)]) {
      for (stage, packets) in counts {
        var counters = StageReport.Counters.none
        (counters.received, counters.transmitted) = (packets, packets)
        if ["seal", "open"].contains(stage) {
          (counters.busyPackets, counters.busyPolls) = (packets, 20)
          counters.busyTicks = packets * (stage == "seal" ? 100 : 80)
        }
        stages.append(StageReport(role: role, stage: stage, thread: thread, cpu: 0, counters: counters))
      }
    }
    add(.generator, 0, [("generate", frames), ("collect", frames)] + (isOuter ? [] : joining))
    for gateway in RoleName.gateways {
      let cut = isOuter ? FragmentStages.cutOuter : FragmentStages.cut
      add(gateway, 0, [("seal", sealed), (cut, pieces), (FragmentStages.pieces, frames)])
      add(gateway, 1, [("open", sealed)] + (isOuter ? joining : []))
    }
    add(.reflector, 0, [("reflect", frames)] + (isOuter ? [] : joining))
    return stages
  }

  private static func record(_ way: FragmentWay) throws -> SampleRecord {
    let descriptor = try DescriptorFixture.parse(
      DescriptorFixture.text(
        systems: #"["vpe"]"#, "sweep: { frame_bytes: 1518, fragments: '\(way.rawValue)' }"))
    let stages = stages(way)
    let none = stages.map {
      StageReport(role: $0.role, stage: $0.stage, thread: $0.thread, cpu: 0, counters: .none)
    }
    func report(_ stages: [StageReport], ticks: UInt64) -> TopologyReport {
      TopologyReport(
        ticks: ticks, ticksPerSecond: 1_000_000, isUnshared: false, areLinksUp: true, stages: stages)
    }
    let observed = ObservedSample(
      windowStart: [report(none, ticks: 0)], windowEnd: [report(stages, ticks: 1_000_000)],
      final: [report(stages, ticks: 1_100_000)], generator: nil, linksMayLose: false)
    return SampleAnalysis(observed, try #require(descriptor.cases.first), descriptor)
      .record(sample: 0, startedAt: "2026-11-28T00:00:00Z")
  }

  /// Whatever a gateway does for a frame is that frame's.
  @Test(arguments: [(FragmentWay.copied, 2.0), (.outer, 1)])
  func costsAreOfFrames(way: FragmentWay, pieces: Double) throws {
    let record = try Self.record(way)
    #expect(record.valid && record.faults == [], "\(record.faults)")
    #expect(record.metrics["seal_cycles_per_packet"] == 100 * pieces)
    #expect(record.metrics["open_cycles_per_packet"] == 80 * pieces)
    let capacity = try #require(record.metrics["capacity_gbps"])
    #expect(abs(capacity - 1e6 / (100 * pieces) * 1518 * 8 / 1e9) < 1e-9, "\(capacity)")
    #expect(record.bottleneck == "seal" && record.metrics["loss_ratio"] == 0)
  }
}
