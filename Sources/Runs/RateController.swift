import Basics
import RateSearch
import Results
import Roles

/// Makes the trials that a search of rates asks for, one after the other, until it ends.
///
/// 1. one trial that is thrown away, 2. what the search asks for; a disturbed trial is made again, up to
/// `repeatsMax` times, and then counts as it is.
package struct RateController {
  private let goals: [RateGoal]
  private let loads: ClosedRange<Double>
  private let secondsMax: Double
  private let isInterrupted: () -> Bool
  private let make: (TrialPlan) throws -> TrialReport
  private var found: FoundRates

  /// How often a disturbed trial is made again.
  package static let repeatsMax = 3

  /// - Parameters:
  ///   - loads: frames per second.
  ///   - secondsMax: what all may take, but for the trial that is under way then.
  ///   - make: makes a trial.
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
    // What is made ready before the first frame is due is no part of the trial.
    let seconds = start.secondsAgo - report.preparationSeconds
    let made = FoundRates.Trial(
      plan: plan, report: report, durationSeconds: max(seconds, plan.seconds), use: use)
    found.trials.append(made)
    return made
  }
}

/// What a search of rates came to.
package struct FoundRates {
  /// What became of a trial.
  package typealias Use = SearchRecord.Use

  /// A trial that was made.
  package struct Trial {
    package var plan: TrialPlan
    package var report: TrialReport
    /// With all that belongs to it.
    package var durationSeconds: Double
    package var use: Use
    /// Of one that is timed: percent of the rate that was found.
    package var percent: Int?

    package init(
      plan: TrialPlan, report: TrialReport, durationSeconds: Double, use: Use, percent: Int? = nil
    ) {
      (self.plan, self.report, self.durationSeconds, self.use) = (plan, report, durationSeconds, use)
      self.percent = percent
    }

    /// Whether a core was taken away, and no more is missing than that explains.
    package var isDisturbed: Bool { report.isDisturbed(at: plan.load) }
  }

  /// Whether the highest load is that of which memory holds a trial's frames.
  package var isLimitedByMemory = false
  /// The loads between which was searched, frames per second.
  package var loads: ClosedRange<Double>
  /// What the tester offers without a DUT, frames per second; nil if it has not shown that.
  package var offered: Double?
  /// A result for each goal, in their order.
  package var results: [RateResult] = []
  /// All trials in their order.
  package var trials: [Trial] = []
  /// What it took.
  package var seconds = 0.0

  package init(loads: ClosedRange<Double>) { self.loads = loads }

  /// The rate of the goal that may lose most, of those that have one, frames per second.
  package func highestRate(of goals: [RateGoal]) -> Double? {
    let found = results.filter { $0.end == .found }
    return goals.filter { goal in found.contains { $0.goal == goal.name } }
      .max { $0.lossRatio < $1.lossRatio }
      .flatMap { goal in found.first { $0.goal == goal.name }?.lower }
  }
}
