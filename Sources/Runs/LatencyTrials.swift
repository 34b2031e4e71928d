import Basics
import Descriptors
import Roles

/// Makes the latency trials after a rate search, at shares of the rate that was found: with the DUT, and with
/// a sink in its place, at the same loads.
package struct LatencyTrials {
  private let loads: [(percent: Int, load: Double)]
  private let seconds: (Double) -> Double
  private let probeRate: Double
  private let isInterrupted: () -> Bool

  /// The load at 0 percent, frames per second: so low that no frame waits for another.
  package static let probe = 10_000.0
  /// How often a trial is repeated if a thread was off its core.
  package static let repeatsMax = 3

  /// - Parameters:
  ///   - rate: the rate that was found, frames per second.
  ///   - seconds: the duration for which a load can be offered.
  package init(
    _ search: Descriptor.Search, rate: Double, seconds: @escaping (_ load: Double) -> Double,
    isInterrupted: @escaping () -> Bool = { false }
  ) {
    loads = search.latencyPercents.map { ($0, $0 == 0 ? Self.probe : rate * Double($0) / 100) }
    (self.seconds, self.isInterrupted, probeRate) = (seconds, isInterrupted, search.probeRate)
  }

  /// Makes the trials, the lowest load first.
  ///
  /// While a thread is off its core, all frames that are due wait. Such a trial is repeated, and the one with
  /// the least time off cores counts.
  /// - Throws: `RunError.interrupted`, and what a trial throws.
  package func run(
    as use: FoundRates.Use, _ make: (TrialPlan) throws -> TrialReport
  ) throws -> [FoundRates.Trial] {
    try loads.sorted { $0.percent < $1.percent }.flatMap { percent, load -> [FoundRates.Trial] in
      let plan = TrialPlan(load: load, seconds: seconds(load), isTimed: true, probeLoad: probeRate)
      var made: [FoundRates.Trial] = []
      repeat {
        if isInterrupted() { throw RunError.interrupted }
        let start = Moment.now
        let report = try make(plan)
        made.append(
          FoundRates.Trial(
            plan: plan, report: report, durationSeconds: max(start.secondsAgo, plan.seconds), use: .repeated,
            percent: percent))
      } while made.count <= Self.repeatsMax && made.allSatisfy { $0.awaySeconds > 0 }
      if let best = made.indices.min(by: { made[$0].awaySeconds < made[$1].awaySeconds }) {
        made[best].use = use
      }
      return made
    }
  }
}

extension FoundRates.Trial {
  fileprivate var awaySeconds: Double { report.testerAwaySeconds + report.dutAwaySeconds }
}
