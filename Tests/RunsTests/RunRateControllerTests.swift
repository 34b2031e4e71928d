import Cases
import Foundation
import RateSearch
import Results
import Roles
import Runs
import TestRuns
import Testing

/// `RateController`: which trials count, with made-up ones.
@Suite struct RunRateControllerTests {
  private static let goal = RateGoal(
    name: "ndr", finalTrialSeconds: 0.01, durationSumSeconds: 0.01, lossRatio: 0, exceedRatio: 0.5,
    width: 0.05)

  /// A trial of a DUT that carries a million frames a second.
  private static func trial(_ plan: TrialPlan, awaySeconds: Double = 0) -> TrialReport {
    var report = TrialReport()
    report.intended = UInt64(plan.load * plan.seconds)
    report.received = min(report.intended, UInt64(1e6 * plan.seconds))
    report.refused = report.intended - report.received
    report.dutAwaySeconds = awaySeconds
    return report
  }

  private static func controller(
    seconds: Double = 20, isInterrupted: @escaping () -> Bool = { false },
    _ make: @escaping (TrialPlan) throws -> TrialReport
  ) -> RateController {
    RateController([goal], loads: 1e4...1e7, secondsMax: seconds, isInterrupted: isInterrupted, make: make)
  }

  @Test func theFirstTrialIsThrownAway() throws {
    var made: [TrialPlan] = []
    var controller = Self.controller { plan in
      made.append(plan)
      var report = Self.trial(plan)
      // If it counted, the highest load would be the rate.
      if made.count == 1 { (report.received, report.refused) = (report.intended, 0) }
      return report
    }
    let found = try controller.run()
    #expect(made[0] == TrialPlan(load: 1e7, seconds: 0.01))
    #expect(found.trials.map(\.plan) == made)
    #expect(found.trials[0].use == .warmUp && found.trials.dropFirst().allSatisfy { $0.use == .counted })
    let result = found.results[0]
    let (lower, upper) = (try #require(result.lower), try #require(result.upper))
    #expect(result.end == .found && lower <= 1e6 && upper > 1e6 && upper / lower < 1.06)
  }

  /// Of trials at a load that the DUT carries, every other is cut into by a thread that is off its core.
  @Test func aDisturbedTrialIsMadeAgain() throws {
    var count = 0
    var controller = Self.controller { plan in
      var report = Self.trial(plan)
      count += plan.load < 1e6 ? 1 : 0
      guard !count.isMultiple(of: 2), plan.load < 1e6 else { return report }
      report.received -= report.received / 10
      report.dutAwaySeconds = plan.seconds / 5
      return report
    }
    let found = try controller.run()
    #expect(found.trials.contains { $0.use == .repeated })
    for (trial, next) in zip(found.trials, found.trials.dropFirst()) where trial.use == .repeated {
      #expect(trial.isDisturbed && next.plan == trial.plan)
    }
    #expect(found.trials.allSatisfy { $0.use == .repeated || !$0.isDisturbed })
    // It costs time, and nothing of the result.
    #expect(abs(try #require(found.results[0].lower) / 1e6 - 1) < 0.06)
  }

  /// A machine on which each trial is disturbed says so, and the search goes on.
  @Test func aTrialThatIsDisturbedEachTimeCountsInTheEnd() throws {
    var controller = Self.controller { plan in
      var report = Self.trial(plan)
      report.received = report.received / 2
      report.dutAwaySeconds = plan.seconds
      return report
    }
    let found = try controller.run()
    #expect(found.trials.dropFirst().allSatisfy { $0.isDisturbed })
    let uses = found.trials.dropFirst().map(\.use)
    #expect(uses.count > 4 && uses.count.isMultiple(of: 4))
    for (index, use) in uses.enumerated() {
      #expect(use == (index % 4 == RateController.repeatsMax ? .counted : .repeated))
    }
    #expect(found.results[0].end == .minLoad)
  }

  @Test func theTimeIsKept() throws {
    var controller = Self.controller(seconds: 0.05) { plan in
      Thread.sleep(forTimeInterval: 0.02)
      return Self.trial(plan)
    }
    let found = try controller.run()
    #expect(found.results[0].end == .outOfTime)
    // One that is thrown away, and as many as begin in the time.
    #expect((1...4).contains(found.trials.count) && found.seconds >= 0.05)
  }

  @Test func anInterruptionEndsItBeforeTheNextTrial() {
    var count = 0
    var controller = Self.controller(isInterrupted: { count == 3 }) { plan in
      count += 1
      return Self.trial(plan)
    }
    #expect(throws: RunError.interrupted) { _ = try controller.run() }
    #expect(count == 3)
  }
}

/// `RateAnalysis`: figures, faults and gaps of a search, from made-up trials.
@Suite struct RunRateAnalysisTests {
  private static func found(_ change: (inout FoundRates) -> Void = { _ in }) -> FoundRates {
    var found = FoundRates(loads: 1e4...2e7)
    (found.offered, found.seconds) = (2e7, 12)
    found.results = [
      RateResult(goal: "ndr", end: .found, lower: 8e6, upper: 8.04e6, conditionalThroughput: 8e6),
      RateResult(goal: "pdr", end: .found, lower: 9e6, upper: 9.04e6, conditionalThroughput: 8.97e6),
    ]
    var report = TrialReport()
    (report.intended, report.received, report.refused) = (2_000_000, 1_000_000, 1_000_000)
    (report.checked, report.ticksPerSecond) = (100, 1_000_000_000)
    // 640,000 frames at 100 ticks each in full bursts.
    report.dut = [
      TesterReport.DUTStage(
        stage: "seal", counts: .init(packets: 640_000, ticks: 70_400_000, stalledTicks: 0),
        fullBursts: .init(burstTicks: Array(repeating: 6400, count: 10_000)))
    ]
    var fine = TrialReport()
    (fine.intended, fine.received, fine.ticksPerSecond) = (800_000, 800_000, 1_000_000_000)
    found.trials = [
      .init(plan: .init(load: 2e7, seconds: 0.1), report: report, durationSeconds: 0.2, use: .warmUp),
      .init(plan: .init(load: 2e7, seconds: 0.1), report: report, durationSeconds: 0.2, use: .counted),
      .init(plan: .init(load: 8e6, seconds: 0.1), report: fine, durationSeconds: 0.2, use: .repeated),
      .init(plan: .init(load: 8e6, seconds: 0.1), report: fine, durationSeconds: 0.2, use: .counted),
    ]
    change(&found)
    return found
  }

  private static func record(
    _ found: FoundRates?, _ basis: Basis = .measured, sweep: String = ""
  ) throws -> SampleRecord {
    let text = DescriptorFixture.text("sweep: { \(sweep) }, measure: { what: 'rate-search' }")
    let point = try #require(DescriptorFixture.parse(text).cases.first { $0.system == .vpe })
    return RateAnalysis(found, point, basis).record(sample: 1, startedAt: "now")
  }

  @Test func ratesStandBesideTheCapacityOfTheSameTrials() throws {
    let record = try Self.record(Self.found())
    #expect(record.valid && record.gaps == [] && record.basis == .measured && record.windowSeconds == 12)
    let metrics = record.metrics
    #expect(metrics["ndr_mpps"] == 8 && metrics["ndr_upper_mpps"] == 8.04 && metrics["pdr_mpps"] == 9)
    // 64 bytes.
    #expect(abs(try #require(metrics["ndr_gbps"]) - 4.096) < 1e-9)
    #expect(metrics["pdr_throughput_mpps"] == 8.97 && metrics["tester_mpps"] == 20)
    #expect(abs(try #require(metrics["seal_capacity_mpps"]) - 10) < 0.1)
    #expect(abs(try #require(metrics["ndr_capacity_ratio"]) - 0.8) < 0.01)
    #expect(abs(try #require(metrics["seal_mean_capacity_mpps"]) - 1000 / 110) < 1e-9)
    #expect(record.counts["trials"] == 4 && record.counts["trials_repeated"] == 1)
    #expect(record.counts["frames_lost"] == 2_000_000)
    let search = try #require(record.search)
    #expect(search.goals.map(\.end) == ["found", "found"] && search.goals.map(\.lossRatio) == [0, 0.005])
    #expect(search.trials.map(\.use) == [.warmUp, .counted, .repeated, .counted])
    #expect(search.trials[1].lost == 1_000_000 && search.trials[1].loadMpps == 20)
  }

  /// Frames of a mix count by their mean, unrounded.
  @Test func bitsOfAMixAreThoseOfItsMean() throws {
    let record = try Self.record(Self.found(), sweep: "frame_bytes: 'imix'")
    let gbps = try #require(record.metrics["ndr_gbps"])
    let mean: Double = 4342.0 / 12
    #expect(abs(gbps - 0.064 * mean) < 1e-9)
    #expect(record.coordinates.frameBytes == 362 && record.coordinates.axes["frame_mix"] == "imix")
  }

  @Test func aGatewayThatOpensHasCostsOfItsOwn() throws {
    let record = try Self.record(Self.found(), sweep: "direction: 'open'")
    let sealing = try Self.record(Self.found()).metrics
    #expect(record.coordinates.axes["direction"] == "open")
    for name in ["cycles_per_packet", "mean_cycles_per_packet", "capacity_mpps", "mean_capacity_mpps"] {
      #expect(record.metrics["open_\(name)"] == sealing["seal_\(name)"] && sealing["seal_\(name)"] != nil)
      #expect(record.metrics["seal_\(name)"] == nil)
    }
  }

  /// Its threads work beside each other, so no cost is one of the whole, and no capacity follows.
  @Test func aRoundTripHasNoCostOfItsOwn() throws {
    let record = try Self.record(
      Self.found { found in for index in found.trials.indices { found.trials[index].report.dut = [] } },
      sweep: "direction: 'round-trip'")
    #expect(record.metrics["ndr_mpps"] == 8 && record.coordinates.direction == "round-trip")
    #expect(!record.metrics.keys.contains { $0.contains("cycles") || $0.contains("capacity") })
  }

  @Test func aRoundTripOnSharedCoresIsAGap() throws {
    let text = DescriptorFixture.text(
      systems: "['vpe']", "sweep: { direction: 'round-trip' }, measure: { what: 'rate-search' }")
    let point = try #require(DescriptorFixture.parse(text).cases.first)
    let record = RateAnalysis(sharing: point, cpus: 2).record(sample: 0, startedAt: "now")
    #expect(record.valid && record.basis == .carried && record.metrics.isEmpty && record.search == nil)
    #expect(
      record.gaps == [
        "a round trip takes 6 threads with a core of its own each, and this run has 2 CPUs, where latency "
          + "would be how long threads wait for their turns; allow it 6 cores"
      ])
  }

  /// Where trials of a higher load would not fit into memory, shorter ones would.
  @Test func memoryThatIsTooSmallIsNamed() throws {
    let record = try Self.record(
      Self.found { found in
        for index in 0..<2 { found.results[index].end = .maxLoad }
        found.isLimitedByMemory = true
      })
    #expect(record.gaps.count == 2 && record.gaps[0].hasSuffix("so shorten measure.trial_seconds"))
  }

  @Test func whatIsCarriedNeverStandsBesideACapacity() throws {
    let record = try Self.record(Self.found(), .carried)
    #expect(record.basis == .carried && record.metrics["ndr_mpps"] == 8)
    #expect(record.metrics.keys.allSatisfy { !$0.contains("capacity") })
  }

  @Test func whatIsWrongIsNamed() throws {
    let damaged = try Self.record(Self.found { $0.trials[1].report.wrong = 1 })
    #expect(damaged.faults == ["1 of 200 frames is wrong"] && !damaged.valid)
    let twice = try Self.record(Self.found { $0.trials[3].report.duplicated = 2 })
    #expect(twice.faults == ["2 frames came out of the DUT that nobody sent, or a second time"])
  }

  @Test(arguments: [
    (RateResult.End.maxLoad, "even the highest load, 20 Mpps, fulfils it"),
    (.minLoad, "not even the lowest load, 0.01 Mpps, fulfils it"), (.outOfTime, "not found within 12 s"),
  ])
  func aSearchThatFindsNothingIsAGap(end: RateResult.End, reason: String) throws {
    let record = try Self.record(
      Self.found { found in for index in 0..<2 { found.results[index].end = end } })
    #expect(record.valid && record.gaps.count == 2 && record.metrics["ndr_mpps"] == nil)
    #expect(record.gaps[0].hasPrefix("ndr: \(reason)") && record.gaps[1].hasPrefix("pdr: "))
    // One goal that has a rate is enough for a figure.
    let half = try Self.record(Self.found { $0.results[0].end = end })
    #expect(half.gaps == [] && half.metrics["ndr_mpps"] == nil && half.metrics["pdr_mpps"] == 9)
  }

  /// Where most of what is missing at the upper bound was never offered, it is the tester's rate.
  @Test func aTesterThatIsTooSlowIsAGap() throws {
    let record = try Self.record(
      Self.found { found in
        found.results.removeLast()
        found.results[0].upper = 2e7
        found.trials[1].report.unsent = 600_000
        found.trials[1].report.refused = 400_000
      })
    #expect(record.metrics["ndr_mpps"] == nil && record.valid)
    #expect(record.gaps.count == 1 && record.gaps[0].contains("it may be the tester that was measured"))
    let none = try Self.record(nil)
    #expect(none.gaps.count == 1 && none.gaps[0].contains("cannot offer the lowest load") && none.valid)
  }

  @Test func goalsHaveTheirNamesInTheCatalogue() {
    #expect(MetricCatalog.goals.map(\.name) == RateGoal.presets.map(\.name))
    #expect(MetricCatalog.entry(for: "ndr_mpps").description.hasPrefix("Highest load"))
  }
}
