import Cases
import Dataplane
import Foundation
import Model
import Results
import Roles
import Runs
import TestRuns
import Testing

/// `DUTAnalysis`: figures, faults and gaps of a DUT's sample, from made-up counts.
@Suite struct RunDUTAnalysisTests {
  /// 10,000 frames a direction at 100 ticks each, seen from outside.
  private static func report(_ stages: [TesterReport.DUTStage] = []) -> TesterReport {
    var report = TesterReport()
    (report.sent, report.arrived, report.checked) = (10_000, 10_000, 64)
    (report.lapFrames, report.lapTicks) = (1000, [100_000, 100_000, 100_000])
    (report.steadyFrames, report.steadyTicks) = (3000, 360_000)
    (report.ticks, report.idleTicks, report.ticksPerSecond) = (360_000, 90_000, 1_000_000_000)
    report.dut = stages
    return report
  }

  /// 640 packets of full bursts at 80 ticks each in the least disturbed tenth, 110 on average.
  private static func stage(
    _ name: String, packets: UInt64 = 3000, ticks: UInt64 = 330_000, stalled: UInt64 = 0
  ) -> TesterReport.DUTStage {
    TesterReport.DUTStage(
      stage: name, counts: StageBusyCount(packets: packets, ticks: ticks, stalledTicks: stalled),
      fullBursts: packets > 0 ? TickCounts(burstTicks: Array(repeating: 80 * 64, count: 40)) : TickCounts())
  }

  private static func record(
    _ link: String = "ring", _ change: (inout ObservedDUT) -> Void = { _ in }
  ) throws -> SampleRecord {
    var observed = ObservedDUT()
    let isWatched = link == "ring"
    observed.directions = StageKind.Direction.allCases.map { direction in
      (direction, report(isWatched ? [stage(direction.rawValue)] : []))
    }
    change(&observed)
    let descriptor = try DescriptorFixture.parse(
      DescriptorFixture.text(
        systems: #"["tester", "vpe"]"#,
        "sweep: { frame_bytes: 64 }, measure: { setup: 'dut' }, link: '\(link)'"))
    let point = try #require(descriptor.cases.first { $0.system == .vpe })
    return DUTAnalysis(observed, point).record(sample: 0, startedAt: "2026-11-28T00:00:00Z")
  }

  @Test func overRingsACostIsOfTheDUTsOwnPolls() throws {
    let record = try Self.record()
    #expect(record.valid && record.faults == [] && record.gaps == [])
    for side in ["seal", "open"] {
      #expect(abs(try #require(record.metrics["\(side)_cycles_per_packet"]) - 80) < 0.5)
      #expect(record.metrics["\(side)_mean_cycles_per_packet"] == 110)
      #expect(abs(try #require(record.metrics["\(side)_capacity_mpps"]) - 12.5) < 0.1)
      #expect(record.metrics["\(side)_tester_idle_ratio"] == 0.25)
    }
    // 64 bytes at a frame each 120 ticks.
    #expect(abs(try #require(record.metrics["capacity_gbps"]) - 512.0 / 120) < 1e-9)
    #expect(abs(try #require(record.metrics["disturbance_ratio"]) - 110.0 / 80) < 0.01)
  }

  @Test func aBlackBoxCostsWhatIsSeenFromOutside() throws {
    let record = try Self.record("memif")
    #expect(record.valid && record.gaps == [])
    #expect(record.metrics["seal_cycles_per_packet"] == 100)
    #expect(record.metrics["seal_mean_cycles_per_packet"] == 120)
    #expect(record.metrics["seal_capacity_mpps"] == nil && record.metrics["disturbance_ratio"] == nil)
  }

  /// Not a row with another quantity in the cost's place.
  @Test func aStageThatMovedNothingIsAFault() throws {
    let record = try Self.record { observed in
      observed.directions[0].report.dut.append(Self.stage("number", packets: 0, ticks: 0))
    }
    #expect(!record.valid && record.metrics["seal_cycles_per_packet"] == nil)
    #expect(record.metrics["seal_mean_cycles_per_packet"] == nil)
    #expect(record.faults == ["seal: number of the DUT was never busy, so that its cost is not known"])
    #expect(record.metrics["open_cycles_per_packet"] != nil)
  }

  @Test func aStageThatWasStalledAllTheTimeIsAGap() throws {
    let record = try Self.record { observed in
      observed.directions[0].report.dut.append(Self.stage("number", packets: 0, ticks: 0, stalled: 1))
    }
    #expect(record.valid && record.metrics["seal_cycles_per_packet"] == nil)
    #expect(record.gaps.count == 1 && record.gaps[0].hasPrefix("seal: the DUT's thread was off the core"))
  }

  @Test(arguments: [(33_000, 0), (33_001, 1)] as [(UInt64, Int)])
  func moreThanATenthStalledIsAGap(stalled: UInt64, gaps: Int) throws {
    let record = try Self.record { $0.directions[1].report.dut = [Self.stage("open", stalled: stalled)] }
    #expect(record.valid && record.gaps.count == gaps)
    #expect(record.gaps.allSatisfy { $0.hasPrefix("open: the DUT's thread was off the core") })
  }

  @Test(arguments: [(1000, 0), (1001, 1)] as [(UInt64, Int)])
  func soItIsOfADUTInAProcessOfItsOwn(stalled: UInt64, gaps: Int) throws {
    let record = try Self.record("memif") { observed in
      var counters = StageReport.Counters.none
      (counters.busyTicks, counters.stalledTicks) = (10_000, stalled)
      observed.stages = [
        StageReport(role: .gatewayA, stage: "seal", thread: 0, cpu: 1, counters: counters)
      ]
    }
    #expect(record.valid && record.gaps.count == gaps)
  }

  @Test func whatIsWrongIsNamed() throws {
    let lost = try Self.record { $0.directions[0].report.arrived = 9_990 }
    #expect(lost.faults == ["seal: 10 of 10000 frames were lost"] && !lost.valid)
    let damaged = try Self.record { $0.directions[1].report.wrong = 2 }
    #expect(damaged.faults == ["open: 2 of 64 frames are wrong"] && !damaged.valid)
    let none = try Self.record("memif") { observed in
      (observed.directions[0].report.lapTicks, observed.directions[0].report.steadyFrames) = ([], 0)
    }
    #expect(none.faults == ["seal: too few frames came out of the DUT"])
    #expect(none.metrics["goodput_gbps"] == nil && none.metrics["open_mpps"] != nil)
    let half = try Self.record { $0.directions.removeLast() }
    #expect(half.faults == ["open: the tester fed the DUT no frame"])
    #expect(half.metrics["goodput_gbps"] == nil)
  }

  /// Of ours exactly one copy of each gets through.
  @Test(arguments: [(32, true), (31, false), (33, false)] as [(UInt64, Bool)])
  func replaysAreCounted(arrived: UInt64, isValid: Bool) throws {
    let record = try Self.record { observed in
      var twice = TesterReport()
      (twice.sent, twice.arrived) = (64, arrived)
      observed.replays = twice
    }
    #expect(record.valid == isValid, "\(record.faults)")
    #expect(record.counts["replays_sent"] == 32)
    #expect(record.counts["replays_accepted"] == (arrived > 32 ? arrived - 32 : 0))
  }
}
