import Cases
import Dataplane
import Foundation
import Results
import Roles
import Runs
import TestRuns
import Testing

/// `CostAnalysis`: figures, faults and gaps of a packet-cost sample, from made-up counts.
@Suite struct RunCostAnalysisTests {
  /// 6,400 packets at 100 ticks in the least disturbed tenth, 120 on average.
  private static func tally(_ operation: MeasuredOperation) -> CostReport.Tally {
    var tally = CostReport.Tally(operation: operation, packets: 6400, ticks: 6400 * 120)
    tally.fullBursts = TickCounts(burstTicks: Array(repeating: 100 * 64, count: 100))
    return tally
  }

  private static func record(
    system: String = "vpe", measure: String = "", sweep: String = "",
    _ change: (inout [CostReport.Tally]) -> Void = { _ in }
  ) throws -> SampleRecord {
    var tallies = [tally(.seal), tally(.openStage)]
    change(&tallies)
    let descriptor = try DescriptorFixture.parse(
      DescriptorFixture.text(
        systems: "['\(system)']",
        "measure: { what: 'packet-cost', \(measure) }, sweep: { packet_bytes: 50, \(sweep) }"))
    let report = CostReport(
      tallies: tallies, tunnelBytes: 4096, groupBytes: 512, ticksPerSecond: 2_000_000_000)
    return CostAnalysis(report, try #require(descriptor.cases.first), descriptor)
      .record(sample: 0, startedAt: "2026-11-28T00:00:00Z", seconds: 1)
  }

  @Test func figuresAreOfEachOperation() throws {
    let record = try Self.record()
    #expect(record.valid && record.faults == [] && record.gaps == [] && record.basis == .measured)
    for name in ["seal", "open_stage"] {
      #expect(abs(try #require(record.metrics["\(name)_cycles_per_packet"]) - 100) < 1)
      #expect(record.metrics["\(name)_mean_cycles_per_packet"] == 120)
      #expect(abs(try #require(record.metrics["\(name)_ns_per_packet"]) - 50) < 0.5)
      #expect(record.quantiles["\(name)_cycles_per_packet"]?.isEmpty == false)
    }
    #expect(abs(try #require(record.metrics["disturbance_ratio"]) - 1.2) < 0.01)
    #expect(record.counts == ["packets_timed": 12_800, "batches_stalled": 0])
    #expect(record.metrics["sa_bytes"] == nil, "it is not about tunnels")
    #expect(record.metrics["group_bytes"] == nil && record.metrics["replays_accepted_ratio"] == nil)
  }

  /// A replay that goes through is what is measured where a system has no protection, and a fault elsewhere.
  @Test(arguments: [("esp-senders", true), ("esp-sender-windows", false), ("vpe", false)])
  func replaysAreTold(system: String, mayPass: Bool) throws {
    func record(accepted: UInt64) throws -> SampleRecord {
      try Self.record(system: system, measure: "operations: ['open']", sweep: "senders: [2]") { tallies in
        tallies = [Self.tally(.open)]
        (tallies[0].replaysSent, tallies[0].replaysAccepted) = (200, accepted)
      }
    }
    let none = try record(accepted: 0)
    #expect(none.valid && none.metrics["replays_accepted_ratio"] == 0 && none.metrics["group_bytes"] == 512)
    #expect(none.counts["replays_sent"] == 200 && none.counts["replays_accepted"] == 0)
    let some = try record(accepted: 50)
    #expect(some.metrics["replays_accepted_ratio"] == 0.25 && some.counts["replays_accepted"] == 50)
    #expect(some.faults == (mayPass ? [] : ["open: 50 of 200 replays went through"]))
  }

  /// A tenth of the ticks that count.
  @Test(arguments: [(76_800, 0), (76_801, 1)] as [(UInt64, Int)])
  func moreThanATenthStalledIsAGap(ticks: UInt64, gaps: Int) throws {
    let record = try Self.record { ($0[1].stalledBatches, $0[1].stalledTicks) = (3, ticks) }
    #expect(record.valid && record.gaps.count == gaps && record.counts["batches_stalled"] == 3)
    #expect(record.gaps.allSatisfy { $0.hasPrefix("open_stage: the timed thread was off the core") })
  }

  @Test func anOperationWithNothingButStallsIsAGap() throws {
    let record = try Self.record { tallies in
      tallies[0] = CostReport.Tally(operation: .seal)
      (tallies[0].stalledBatches, tallies[0].stalledTicks) = (100, 1_000_000)
    }
    #expect(record.valid && record.gaps.count == 1 && record.metrics["seal_cycles_per_packet"] == nil)
    #expect(record.quantiles["seal_cycles_per_packet"] == nil)
  }

  @Test func whatIsMissingIsAFault() throws {
    let untimed = try Self.record { $0[0] = CostReport.Tally(operation: .seal) }
    #expect(untimed.faults == ["seal: no packet was timed, so that its cost is not known"])
    let nothing = try Self.record { $0 = [] }
    #expect(nothing.faults == ["no operation was measured"] && !nothing.valid)
  }

  /// Also where no batch counts, so that nothing else is told of the operation.
  @Test func refusedPacketsAreAFault() throws {
    let refused = try Self.record { $0[0].failures = 5 }
    #expect(refused.faults == ["seal: 5 packets were refused"] && !refused.valid)
    let both = try Self.record { tallies in
      tallies[0] = CostReport.Tally(operation: .seal)
      (tallies[0].failures, tallies[0].stalledTicks) = (5, 1)
    }
    #expect(both.faults == ["seal: 5 packets were refused"] && both.gaps.count == 1)
  }
}
