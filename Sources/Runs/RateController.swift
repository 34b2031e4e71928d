import Basics
import RateSearch
import Results
import Roles

/// Makes the trials that a rate search asks for, one after the other, until it ends.
///
/// 1. a warm-up trial, which does not count, 2. the trials of the search; a disturbed trial is repeated up
/// to `repeatsMax` times, and its last repetition counts in any case.
package struct RateController {
  private let goals: [RateGoal]
  private let loads: ClosedRange<Double>
  private let secondsMax: Double
  private let isInterrupted: () -> Bool
  private let make: (TrialPlan) throws -> TrialReport
  private var found: FoundRates

  /// How often a disturbed trial is repeated.
  package static let repeatsMax = 3

  /// - Parameters:
  ///   - loads: frames per second.
  ///   - secondsMax: the time limit for the search; a trial in progress may exceed it.
  ///   - make: runs a trial.
  package init(
    _ goals: [RateGoal], loads: ClosedRange<Double>, secondsMax: Double,
    isInterrupted: @escaping () -> Bool = { false }, make: @escaping (TrialPlan) throws -> TrialReport
  ) {
    (self.goals, self.loads, self.secondsMax) = (goals, loads, secondsMax)
    (self.isInterrupted, self.make) = (isInterrupted, make)
    found = FoundRates(loads: loads)
  }

  /// - Throws: `RunError.interrupted`, and what a trial throws.
  package mutating func run() throws -> FoundRates {
    let (start, end) = (Moment.now, Moment(in: secondsMax))
    var search = RateSearch(goals, loads: loads, secondsMax: secondsMax)
    let shortest = goals.map(\.initialTrialSeconds).min() ?? 1
    _ = try trial(TrialPlan(load: loads.upperBound, seconds: shortest), as: .warmUp)
    while let request = search.next, !end.isPast {
      let made = try decisive(TrialPlan(load: request.load, seconds: request.seconds), until: end)
      search.add(
        RateTrial(
          load: request.load, seconds: request.seconds, effectiveSeconds: made.durationSeconds,
          lossRatio: made.report.lossRatio))
    }
    found.results = search.results
    found.seconds = start.secondsAgo
    return found
  }

  /// A trial that counts.
  private mutating func decisive(_ plan: TrialPlan, until end: Moment) throws -> FoundRates.Trial {
    for _ in 0..<Self.repeatsMax where !end.isPast {
      let made = try trial(plan, as: .counted)
      guard made.isDisturbed else { return made }
      found.trials[found.trials.count - 1].use = .repeated
    }
    return try trial(plan, as: .counted)
  }

  private mutating func trial(_ plan: TrialPlan, as use: FoundRates.Use) throws -> FoundRates.Trial {
    if isInterrupted() { throw RunError.interrupted }
    let start = Moment.now
    let report = try make(plan)
    // The preparation before the first frame is due does not belong to the trial.
    let seconds = start.secondsAgo - report.preparationSeconds
    let made = FoundRates.Trial(
      plan: plan, report: report, durationSeconds: max(seconds, plan.seconds), use: use)
    found.trials.append(made)
    return made
  }
}

/// The result of a rate search.
package struct FoundRates {
  /// How a trial was used.
  package typealias Use = SearchRecord.Use

  /// A trial with its report.
  package struct Trial {
    package var plan: TrialPlan
    package var report: TrialReport
    /// Seconds that the trial took, draining included.
    package var durationSeconds: Double
    package var use: Use
    /// The load of a latency trial, percent of the rate that was found; nil for other trials.
    package var percent: Int?

    package init(
      plan: TrialPlan, report: TrialReport, durationSeconds: Double, use: Use, percent: Int? = nil
    ) {
      (self.plan, self.report, self.durationSeconds, self.use) = (plan, report, durationSeconds, use)
      self.percent = percent
    }

    /// Whether threads were off their cores for long enough to explain all missing frames.
    package var isDisturbed: Bool { report.isDisturbed(at: plan.load) }
  }

  /// Whether the highest load was limited by the memory for a trial's frames.
  package var isLimitedByMemory = false
  /// The range of loads that was searched, frames per second.
  package var loads: ClosedRange<Double>
  /// The tester's own rate without a DUT, frames per second; nil if it is unknown.
  package var offered: Double?
  /// A result for each goal, in their order.
  package var results: [RateResult] = []
  /// All trials in their order.
  package var trials: [Trial] = []
  /// Seconds that the search took.
  package var seconds = 0.0

  package init(loads: ClosedRange<Double>) { self.loads = loads }

  /// The rate of the goal with the highest allowed loss among those with a rate, frames per second.
  package func highestRate(of goals: [RateGoal]) -> Double? {
    let found = results.filter { $0.end == .found }
    return goals.filter { goal in found.contains { $0.goal == goal.name } }
      .max { $0.lossRatio < $1.lossRatio }
      .flatMap { goal in found.first { $0.goal == goal.name }?.lower }
  }
}
