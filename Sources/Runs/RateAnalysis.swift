import Basics
import Cases
import Foundation
import RateSearch
import Results
import Roles

/// The figures of one rate search.
package struct RateAnalysis {
  private let found: FoundRates?
  private let point: Case
  private let basis: Basis

  /// The share of unsent frames above which the tester limited a trial.
  static let unsentMax = 0.001

  /// The reason why there was no search; nil if there was one.
  private let unsearched: String?

  /// - Parameter found: nil if the tester could not even offer the lowest load.
  package init(_ found: FoundRates?, _ point: Case, _ basis: Basis) {
    (self.found, self.point, self.basis, unsearched) = (found, point, basis, nil)
  }

  /// For a round trip whose threads would share cores: it is not searched.
  package init(sharing point: Case, cpus: Int) {
    (found, self.point, basis) = (nil, point, .carried)
    let needed = RateTester.roundTripCPUs
    unsearched =
      "a round trip takes \(needed) threads with a core of its own each, and this run has "
      + "\(cpus.counted("CPU")), where latency would be how long threads wait for their turns; allow it "
      + "\(needed) cores"
  }

  private var counted: [FoundRates.Trial] { found?.trials.filter { $0.use == .counted } ?? [] }

  /// The DUT's cost of a frame by its own polls, in the trials that overloaded it; nil without such a trial.
  private var cost: PacketCost? {
    TrialReport.dutCost(of: counted.map(\.report).filter { $0.refused > 0 })
  }

  private var metrics: [String: Double] {
    guard let found else { return [:] }
    var metrics: [String: Double] = [:]
    metrics["tester_mpps"] = found.offered.map { $0 / 1e6 }
    let ticks = counted.first.map { Double($0.report.ticksPerSecond) } ?? 0
    let cost = cost
    let direction = point.opens ? "open" : "seal"
    metrics["\(direction)_cycles_per_packet"] = cost?.primary
    metrics["\(direction)_mean_cycles_per_packet"] = cost?.mean
    metrics["disturbance_ratio"] = PacketCost.disturbance(of: [cost].compactMap(\.self))
    // A rate carried on shared cores is never compared with a capacity.
    let capacity = basis == .measured ? cost.map { ticks / $0.primary } : nil
    metrics["\(direction)_capacity_mpps"] = capacity.map { $0 / 1e6 }
    metrics["\(direction)_mean_capacity_mpps"] = basis == .measured ? cost.map { ticks / $0.mean / 1e6 } : nil
    for result in found.results where result.end == .found && !isOfTester(result) {
      guard let lower = result.lower else { continue }
      metrics["\(result.goal)_mpps"] = lower / 1e6
      metrics["\(result.goal)_gbps"] = lower * point.meanFrameBytes * 8 / 1e9
      metrics["\(result.goal)_upper_mpps"] = result.upper.map { $0 / 1e6 }
      metrics["\(result.goal)_throughput_mpps"] = result.conditionalThroughput.map { $0 / 1e6 }
      metrics["\(result.goal)_capacity_ratio"] = capacity.map { lower / $0 }
    }
    return metrics.merging(latencies) { own, _ in own }
  }

  /// Percentiles of latency, if enough frames lie beyond them, and the tester offered due frames in time.
  private var latencies: [String: Double] {
    var metrics: [String: Double] = [:]
    for trial in found?.trials ?? [] where [.timed, .floor].contains(trial.use) {
      let report = trial.report
      guard let percent = trial.percent, report.unsentRatio <= Self.unsentMax else { continue }
      for (bins, isProbe) in [(report.latency, false), (report.probeLatency, true)] {
        let frames = Double(bins.reduce(0) { $0 + $1.frames })
        for percentile in LatencyMetric.Percentile.allCases
        where (1 - percentile.share) * frames >= LatencyMetric.beyondMin - 1e-6 {
          let metric = LatencyMetric(
            percent: percent, percentile, isFloor: trial.use == .floor, isProbe: isProbe)
          metrics[metric.name] = bins.percentile(percentile.share).map {
            $0 / Double(report.ticksPerSecond) * 1e6
          }
        }
      }
    }
    return metrics
  }

  private var counts: [String: UInt64] {
    // Trials without a DUT send nothing to a DUT.
    guard let trials = found?.trials.filter({ ![.floor, .proof].contains($0.use) }) else { return [:] }
    func sum(_ value: (TrialReport) -> UInt64) -> UInt64 { trials.reduce(0) { $0 + value($1.report) } }
    return [
      "frames_sent": sum(\.sent), "frames_received": sum(\.received), "frames_lost": sum(\.lost),
      "frames_duplicated": sum(\.duplicated), "frames_reordered": sum(\.reordered),
      "frames_checked": sum(\.checked), "frames_damaged": sum(\.wrong), "trials": UInt64(trials.count),
      "trials_repeated": UInt64(trials.count { $0.use == .repeated }),
    ]
  }

  private var faults: [String] {
    let counts = counts
    var faults: [String] = []
    if let wrong = counts["frames_damaged"], let checked = counts["frames_checked"], wrong > 0 {
      faults.append("\(wrong.counted(of: checked, "frame", "is", "are")) wrong")
    }
    if let again = counts["frames_duplicated"], again > 0 {
      faults.append("\(again.counted("frame")) came out of the DUT that nobody sent, or a second time")
    }
    return faults
  }

  /// The reasons why there is no rate at all; empty if there is one.
  private var gaps: [String] {
    if let unsearched { return [unsearched] }
    guard let found else { return ["the tester cannot offer the lowest load; lower measure.min_mpps"] }
    if found.results.contains(where: { $0.end == .found && !isOfTester($0) }) { return [] }
    return found.results.map { result in
      "\(result.goal): "
        + (result.end == .found && isOfTester(result)
          ? "the tester did not offer in time what was due, so it may be the tester that was measured"
          : Self.reason(result, found))
    }
  }

  private static func reason(_ result: RateResult, _ found: FoundRates) -> String {
    func mpps(_ load: Double) -> String { String(format: "%.3g Mpps", load / 1e6) }
    return switch result.end {
    case .found: "found"
    case .maxLoad:
      "even the highest load, \(mpps(found.loads.upperBound)), fulfils it, so the rate may be higher"
        + (found.isLimitedByMemory
          ? "; memory holds no more frames to be opened, so shorten measure.trial_seconds" : "")
    case .minLoad: "not even the lowest load, \(mpps(found.loads.lowerBound)), fulfils it"
    case .outOfTime:
      "not found within \(Int(found.seconds.rounded())) s"
    }
  }

  /// Whether, at the lowest load that failed, most missing frames were unsent by the tester.
  private func isOfTester(_ result: RateResult) -> Bool {
    guard let upper = result.upper else { return false }
    let trials = counted.filter { abs($0.plan.load / upper - 1) < 1e-9 }.map(\.report)
    let (unsent, missing) = trials.reduce((0.0, 0.0)) { sum, report in
      (sum.0 + Double(report.unsent), sum.1 + Double(report.unsent + report.lost))
    }
    return unsent > 0.5 * missing && trials.contains { $0.unsentRatio > Self.unsentMax }
  }

  /// The sample as it goes to the journal.
  package func record(sample: Int, startedAt: String) -> SampleRecord {
    let faults = faults
    var record = SampleRecord(
      coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: basis,
      windowSeconds: found?.seconds ?? 0, metrics: metrics, counts: counts, valid: faults.isEmpty,
      faults: faults, gaps: gaps, stages: [])
    record.search = found.map(SearchRecord.init)
    return record
  }
}

extension SearchRecord {
  fileprivate init(_ found: FoundRates) {
    self.init(
      goals: found.results.map { result in
        Goal(
          name: result.goal, lossRatio: RateGoal.presets.first { $0.name == result.goal }?.lossRatio ?? 0,
          lowerMpps: result.lower.map { $0 / 1e6 }, upperMpps: result.upper.map { $0 / 1e6 },
          throughputMpps: result.conditionalThroughput.map { $0 / 1e6 }, end: result.end.rawValue)
      }, trials: found.trials.map(Trial.init), seconds: found.seconds)
  }
}

extension SearchRecord.Trial {
  fileprivate init(_ trial: FoundRates.Trial) {
    let report = trial.report
    self.init(
      loadMpps: trial.plan.load / 1e6, seconds: trial.plan.seconds, durationSeconds: trial.durationSeconds,
      sent: report.sent, unsent: report.unsent, received: report.received, lost: report.lost,
      duplicated: report.duplicated, reordered: report.reordered,
      awaySeconds: report.testerAwaySeconds + report.dutAwaySeconds, isDisturbed: trial.isDisturbed,
      use: trial.use,
      probes: trial.plan.probeLoad > 0
        ? .init(sent: report.probesSent, received: report.probesReceived) : nil)
  }
}
