import Cases
import Descriptors
import RateSearch
import Results
import Roles
import Runs
import TestRuns
import Testing

/// `LatencyTrials` and the figures of what they find, from made-up trials.
@Suite struct RunLatencyTrialsTests {
  private static func search(_ percents: String = "[90, 0, 10]") throws -> Descriptor.Search {
    let text = DescriptorFixture.text(
      "measure: { what: 'rate-search', latency_percent: \(percents), latency_seconds: 0.5 }")
    return try #require(DescriptorFixture.parse(text).measure.search)
  }

  /// Frames of which each took as many ticks as its number, of a thousand ticks a microsecond.
  private static func report(frames: UInt64 = 1000, away: Double = 0, unsent: UInt64 = 0) -> TrialReport {
    var report = TrialReport()
    (report.intended, report.received, report.unsent) = (frames + unsent, frames, unsent)
    (report.ticksPerSecond, report.dutAwaySeconds) = (1_000_000_000, away)
    report.latency = (1...frames).map { LatencyBin(ticks: Double($0) * 1000, frames: 1) }
    return report
  }

  @Test func loadsAreSharesOfTheRate() throws {
    var plans: [TrialPlan] = []
    let trials = LatencyTrials(try Self.search(), rate: 8e6, seconds: { min(0.5, 1e6 / $0) })
    let made = try trials.run(as: .timed) { plan in
      plans.append(plan)
      return Self.report()
    }
    #expect(plans.map(\.load) == [10_000, 0.8e6, 7.2e6] && plans.allSatisfy(\.isTimed))
    #expect(plans.map(\.seconds) == [0.5, 0.5, 1e6 / 7.2e6])
    #expect(made.map(\.percent) == [0, 10, 90] && made.allSatisfy { $0.use == .timed })
  }

  /// Up to three more, and the least disturbed one counts.
  @Test(arguments: [
    ([0.0], 1, 0), ([0.2, 0, 0], 2, 1), ([0.3, 0.1, 0.2, 0.4, 0], 4, 1), ([0.1, 0.1, 0.1, 0.1], 4, 0),
  ])
  func whatIsDisturbedIsMadeAgain(away: [Double], count: Int, counted: Int) throws {
    var left = away[...]
    let trials = LatencyTrials(try Self.search("[50]"), rate: 1e6, seconds: { _ in 0.1 })
    let made = try trials.run(as: .floor) { _ in Self.report(away: left.removeFirst()) }
    #expect(made.count == count)
    #expect(made.indices.filter { made[$0].use == .floor } == [counted])
    #expect(made.count { $0.use == .repeated } == count - 1)
  }

  @Test func anInterruptionEndsThem() throws {
    var count = 0
    let trials = LatencyTrials(
      try Self.search(), rate: 1e6, seconds: { _ in 0.1 }, isInterrupted: { count == 2 })
    #expect(throws: RunError.interrupted) {
      _ = try trials.run(as: .timed) { _ in
        count += 1
        return Self.report()
      }
    }
    #expect(count == 2)
  }

  @Test func theRateIsThatOfTheGoalThatMayLoseMost() {
    var found = FoundRates(loads: 1e4...2e7)
    func result(_ goal: String, _ end: RateResult.End, _ lower: Double) -> RateResult {
      RateResult(goal: goal, end: end, lower: lower, upper: nil, conditionalThroughput: nil)
    }
    found.results = [result("ndr", .found, 7e6), result("pdr", .found, 8e6)]
    #expect(found.highestRate(of: [.ndr, .pdr]) == 8e6 && found.highestRate(of: [.ndr]) == 7e6)
    found.results[1].end = .maxLoad
    #expect(found.highestRate(of: [.ndr, .pdr]) == 7e6)
    found.results[0].end = .outOfTime
    #expect(found.highestRate(of: [.ndr, .pdr]) == nil)
  }

  private static func metrics(_ trials: [FoundRates.Trial]) throws -> [String: Double] {
    let point = try #require(
      DescriptorFixture.parse(DescriptorFixture.text("measure: { what: 'rate-search' }")).cases.last)
    var found = FoundRates(loads: 1e4...2e7)
    found.results = [
      RateResult(goal: "pdr", end: .found, lower: 9e6, upper: 9.04e6, conditionalThroughput: 9e6)
    ]
    found.trials = trials
    return RateAnalysis(found, point, .measured).record(sample: 0, startedAt: "now").metrics
  }

  private static func trial(
    _ report: TrialReport, _ use: FoundRates.Use, percent: Int? = 90
  ) -> FoundRates.Trial {
    FoundRates.Trial(
      plan: TrialPlan(load: 1e6, seconds: 1, isTimed: true), report: report, durationSeconds: 1, use: use,
      percent: percent)
  }

  /// A percentile stands where ten frames lie beyond it.
  @Test func percentilesAreMicroseconds() throws {
    let metrics = try Self.metrics([
      Self.trial(Self.report(), .timed), Self.trial(Self.report(frames: 100), .floor),
      Self.trial(Self.report(frames: 5000), .repeated, percent: 10),
    ])
    #expect(metrics["latency_90_p50_us"] == 500 && metrics["latency_90_p99_us"] == 990)
    #expect(metrics["latency_90_p999_us"] == nil && metrics["latency_90_p9999_us"] == nil)
    #expect(metrics["floor_latency_90_p50_us"] == 50 && metrics["floor_latency_90_p90_us"] == 90)
    #expect(metrics["floor_latency_90_p99_us"] == nil)
    #expect(!metrics.keys.contains { $0.hasPrefix("latency_10") })
  }

  /// Probes have figures of their own, by how many of them there are, and stand beside each trial.
  @Test func probesStandApart() throws {
    let text = DescriptorFixture.text(
      "measure: { what: 'rate-search', latency_percent: [0, 90], probe_kpps: 2.5 }")
    let search = try #require(DescriptorFixture.parse(text).measure.search)
    var plans: [TrialPlan] = []
    _ = try LatencyTrials(search, rate: 8e6, seconds: { _ in 0.5 }).run(as: .timed) { plan in
      plans.append(plan)
      return Self.report()
    }
    #expect(plans.map(\.load) == [10_000, 7.2e6] && plans.map(\.probeLoad) == [2500, 2500])

    var report = Self.report()
    (report.probesSent, report.probesReceived) = (110, 100)
    report.probeLatency = (1...100).map { LatencyBin(ticks: Double($0) * 2000, frames: 1) }
    let metrics = try Self.metrics([Self.trial(report, .timed), Self.trial(report, .floor)])
    #expect(metrics["latency_90_p50_us"] == 500 && metrics["probe_latency_90_p50_us"] == 100)
    #expect(metrics["probe_latency_90_p90_us"] == 180 && metrics["probe_latency_90_p99_us"] == nil)
    #expect(metrics["floor_probe_latency_90_p50_us"] == 100)
    #expect(try !Self.metrics([Self.trial(Self.report(), .timed)]).keys.contains { $0.hasPrefix("probe") })
  }

  /// What a sink took is none of the DUT's frames.
  @Test func framesWithoutADUTAreNotCounted() throws {
    let point = try #require(
      DescriptorFixture.parse(DescriptorFixture.text("measure: { what: 'rate-search' }")).cases.last)
    var found = FoundRates(loads: 1e4...2e7)
    found.trials = [.counted, .timed, .floor, .proof].map { Self.trial(Self.report(frames: 100), $0) }
    let record = RateAnalysis(found, point, .measured).record(sample: 0, startedAt: "now")
    #expect(record.counts["frames_received"] == 200 && record.counts["trials"] == 2)
    #expect(record.search?.trials.map(\.use) == [.counted, .timed, .floor, .proof])
  }

  /// Frames that were not offered in time have no latency, and what they would have waited is not known.
  @Test func aTesterThatFellBehindTellsNothing() throws {
    #expect(try Self.metrics([Self.trial(Self.report(unsent: 2), .timed)])["latency_90_p50_us"] == nil)
    #expect(try Self.metrics([Self.trial(Self.report(unsent: 1), .timed)])["latency_90_p50_us"] == 500)
  }
}
