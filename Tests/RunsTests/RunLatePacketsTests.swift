import Cases
import Results
import Roles
import Runs
import TestRuns
import Testing
import Wire

/// What a sample says of packets that the black link made late, from made-up counts.
@Suite struct RunLatePacketsTests {
  /// The stages of a case of which a gateway's opening stage drops some, and the link's.
  private static func stages(late: UInt64, dropped: UInt64, others: UInt64 = 0) -> [StageReport] {
    let way: [(RoleName, String)] = [
      (.generator, "generate"), (.gatewayA, "seal"), (.gatewayA, "impair"), (.gatewayB, "open"),
      (.reflector, "reflect"), (.gatewayB, "seal"), (.gatewayA, "open"), (.generator, "collect"),
    ]
    var frames: UInt64 = 1000
    var stages = way.map { role, stage in
      var counters = StageReport.Counters.none
      counters.received = frames
      if role == .gatewayB, stage == "open" {
        counters.drops[Int(DropReason.authentication.rawValue)] = dropped / 2
        counters.drops[Int(DropReason.tooOld.rawValue)] = dropped - dropped / 2
        counters.drops[Int(DropReason.queueFull.rawValue)] = others
        frames -= dropped + others
      }
      (counters.transmitted, counters.busyPackets, counters.busyPolls) = (frames, counters.received, 20)
      counters.busyTicks = counters.received * 100
      return StageReport(role: role, stage: stage, thread: 0, cpu: 0, counters: counters)
    }
    var counters = StageReport.Counters.none
    (counters.received, counters.transmitted) = (late, late)
    stages.append(StageReport(role: .gatewayA, stage: "late", thread: 2, cpu: 0, counters: counters))
    return stages
  }

  private static func record(
    late: UInt64, dropped: UInt64, others: UInt64 = 0, isDelayed: Bool = true, members: String = ""
  ) throws -> SampleRecord {
    let descriptor = try DescriptorFixture.parse(
      DescriptorFixture.text(
        systems: #"["vpe"]"#, "sweep: { late_packets: 96, window_size: 64, flows: 63 }, \(members)"))
    let stages = stages(late: late, dropped: dropped, others: others)
    let none = stages.map {
      StageReport(role: $0.role, stage: $0.stage, thread: $0.thread, cpu: 0, counters: .none)
    }
    func report(_ stages: [StageReport], ticks: UInt64) -> TopologyReport {
      TopologyReport(
        ticks: ticks, ticksPerSecond: 1_000_000, isUnshared: false, areLinksUp: true, stages: stages)
    }
    var impairment = Impairment()
    impairment.latePackets = isDelayed ? 96 : 0
    let observed = ObservedSample(
      windowStart: [report(none, ticks: 0)], windowEnd: [report(stages, ticks: 1_000_000)],
      final: [report(stages, ticks: 1_100_000)], generator: nil, linksMayLose: false, impairment: impairment)
    return SampleAnalysis(observed, try #require(descriptor.cases.first), descriptor)
      .record(sample: 0, startedAt: "2026-11-28T00:00:00Z")
  }

  @Test func theShareIsOfWhatWasLate() throws {
    let record = try Self.record(late: 500, dropped: 125)
    #expect(record.valid, "\(record.faults)")
    #expect(record.metrics["late_drop_ratio"] == 0.25)
    #expect(record.counts["frames_late"] == 500 && record.counts["frames_late_dropped"] == 125)
    #expect(record.metrics["loss_ratio"] == 0.125)
    #expect(try Self.record(late: 500, dropped: 0).metrics["late_drop_ratio"] == 0)
  }

  /// What is dropped was honest: it counts as lost once, and not as an attacker's.
  @Test func aCapacityLosesWhatIsLateOnce() throws {
    func capacity(_ dropped: UInt64) throws -> Double {
      try #require(try Self.record(late: 500, dropped: dropped).metrics["capacity_gbps"])
    }
    let ratio = try capacity(200) / capacity(0)
    #expect(abs(ratio - 0.8) < 1e-9, "\(ratio)")
  }

  @Test func withoutLatePacketsThereIsNoShare() throws {
    let record = try Self.record(late: 0, dropped: 0, isDelayed: false)
    #expect(record.valid && record.metrics["late_drop_ratio"] == nil && record.counts["frames_late"] == nil)
    // Where they could be, but none was.
    #expect(try Self.record(late: 0, dropped: 0).metrics["late_drop_ratio"] == nil)
  }

  /// More than were late is wrong, and no share.
  @Test func moreThanWereLateIsAFault() throws {
    let record = try Self.record(late: 100, dropped: 125)
    #expect(!record.valid && record.metrics["late_drop_ratio"] == 1)
    #expect(record.faults.contains { $0.contains("125, made late by the link: 100; 25 too many") })
  }

  /// What is late may be lost on rings; what else is lost may not.
  @Test func onlyWhatIsLateMayBeLost() throws {
    let record = try Self.record(late: 500, dropped: 125, others: 7)
    #expect(!record.valid && record.faults.contains { $0.hasPrefix("7 of 1000 frames were lost on rings") })
    #expect(try !Self.record(late: 500, dropped: 125, members: "require: { max_loss_ratio: 0.1 }").valid)
  }

  /// The associations' memory is told where an experiment is about classes.
  @Test func memoryIsToldOfClasses() throws {
    #expect(try Self.record(late: 500, dropped: 0).metrics["sa_bytes"] == nil)
    let members = "tunnel: { header_fields: 'rfc4301' }"
    let descriptor = try DescriptorFixture.parse(
      DescriptorFixture.text(systems: #"["vpe"]"#, "sweep: { classes: [2, 4] }, \(members)"))
    let bytes = try descriptor.cases.map { try #require(CasePlan.associationBytes(of: $0)) }
    #expect(bytes.count == 2 && bytes[1] > bytes[0] && bytes[1] < 2 * bytes[0])
  }
}
