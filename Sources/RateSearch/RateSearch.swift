import Foundation

/// What a search found for one goal.
public struct RateResult: Codable, Equatable, Sendable {
  /// How a search for a goal ended.
  public enum End: String, Codable, Sendable {
    /// Both bounds are known, and close enough to each other.
    case found
    /// Even the highest load fulfils the goal: the rate may be higher.
    case maxLoad = "max-load"
    /// Not even the lowest load fulfils it: there is no rate.
    case minLoad = "min-load"
    /// The time was over before.
    case outOfTime = "out-of-time"
  }

  /// The goal's name.
  public var goal: String
  /// How it ended.
  public var end: End
  /// The relevant lower bound, frames per second: the result.
  public var lower: Double?
  /// The relevant upper bound, frames per second.
  public var upper: Double?
  /// Frames per second that came through at the lower bound.
  public var conditionalThroughput: Double?

  /// A result.
  public init(goal: String, end: End, lower: Double?, upper: Double?, conditionalThroughput: Double?) {
    (self.goal, self.end) = (goal, end)
    (self.lower, self.upper, self.conditionalThroughput) = (lower, upper, conditionalThroughput)
  }
}

/// Searches the rates that fulfil several goals at once (RFC 9971, MLRsearch): it says which trial comes
/// next, and somebody else makes it.
///
/// The RFC fixes what a load is by its trials (`RateGoal.classify`) and what the result is; which load
/// comes next is left to the implementation. Here it is, for each goal: the highest load, what came through
/// of it, then loads farther away by twice as much each time until there are a lower and an upper bound,
/// then the middle between them, first for coarser targets than the goal. Of the goals' wishes the lowest
/// load comes first.
public struct RateSearch: Sendable {
  /// A trial to be made.
  public struct Request: Equatable, Sendable {
    /// Frames per second.
    public var load: Double
    /// Seconds.
    public var seconds: Double
  }

  /// The bounds at a target, as indices on the grid; a higher index is a lower load.
  private struct Bounds { var (lower, upper): (Int?, Int?) }

  private let goals: [RateGoal]
  private let minLoad: Double
  private let maxLoad: Double
  private let secondsMax: Double
  /// The ratio of a load on the grid to the next higher one: 1 − the smallest width.
  private let ratio: Double
  private let last: Int
  /// All trials so far, by the index of their load.
  private var trials: [Int: [RateTrial]] = [:]
  /// Seconds that all trials have taken.
  public private(set) var seconds = 0.0

  /// - Parameters:
  ///   - loads: frames per second, above 0.
  ///   - secondsMax: what all trials together may take.
  /// - Precondition: there is a goal, and none has a `fault`.
  public init(_ goals: [RateGoal], loads: ClosedRange<Double>, secondsMax: Double) {
    precondition(!goals.isEmpty && goals.allSatisfy { $0.fault == nil } && loads.lowerBound > 0)
    (self.goals, self.secondsMax) = (goals, secondsMax)
    (minLoad, maxLoad) = (loads.lowerBound, loads.upperBound)
    ratio = 1 - (goals.map(\.width).min() ?? 1)
    last = Int((log(minLoad / maxLoad) / log(ratio) - 1e-9).rounded(.up))
  }

  /// The trial that is to be made next; nil if all is known, or the time is over.
  public var next: Request? {
    guard seconds < secondsMax else { return nil }
    let wishes = goals.compactMap(wish)
    guard let index = wishes.map(\.index).max() else { return nil }
    let length = wishes.filter { $0.index == index }.map(\.seconds).max()
    return length.map { Request(load: load(index), seconds: $0) }
  }

  /// Adds a trial that `next` has asked for.
  public mutating func add(_ trial: RateTrial) {
    trials[index(of: trial.load), default: []].append(trial)
    seconds += trial.effectiveSeconds
  }

  /// What is known by now of each goal.
  public var results: [RateResult] {
    goals.map { goal in
      let bounds = bounds(goal)
      let lower = bounds.lower.map(load)
      let end: RateResult.End =
        bounds.lower == 0
        ? .maxLoad
        : bounds.upper == last ? .minLoad : isClose(bounds, within: steps(goal)) ? .found : .outOfTime
      return RateResult(
        goal: goal.name, end: end, lower: lower, upper: bounds.upper.map(load),
        conditionalThroughput: bounds.lower.map { goal.conditionalThroughput(trials[$0] ?? []) })
    }
  }

  // MARK: The grid of loads

  private func load(_ index: Int) -> Double {
    index == 0 ? maxLoad : index >= last ? minLoad : maxLoad * pow(ratio, Double(index))
  }

  private func index(of load: Double) -> Int {
    max(0, min(last, Int((log(max(load, minLoad) / maxLoad) / log(ratio)).rounded())))
  }

  /// A goal's width in steps of the grid.
  private func steps(_ goal: RateGoal) -> Int { max(1, Int(log(1 - goal.width) / log(ratio) + 1e-9)) }

  // MARK: Bounds

  /// The lowest upper bound, and the highest lower bound below it.
  private func bounds(_ target: RateGoal) -> Bounds {
    let classes = trials.mapValues(target.classify)
    let upper = classes.filter { $0.value == .upper }.keys.max()
    let lower = classes.filter { $0.value == .lower && $0.key > upper ?? -1 }.keys.min()
    return Bounds(lower: lower, upper: upper)
  }

  private func isClose(_ bounds: Bounds, within width: Int) -> Bool {
    guard let lower = bounds.lower, let upper = bounds.upper else { return false }
    return lower - upper <= width
  }

  private func isDone(_ bounds: Bounds, within width: Int) -> Bool {
    bounds.lower == 0 || bounds.upper == last || isClose(bounds, within: width)
  }

  // MARK: What comes next

  /// The load and the seconds that a goal needs next; nil if it is known.
  private func wish(_ goal: RateGoal) -> (index: Int, seconds: Double)? {
    let targets = goal.targets
    var before = Bounds()
    for (index, target) in targets.enumerated() {
      let width = steps(goal) << (targets.count - 1 - index)
      let bounds = bounds(target)
      if !isDone(bounds, within: width) {
        return (nextIndex(bounds, before: before, width: width), target.finalTrialSeconds)
      }
      before = bounds
    }
    return nil
  }

  /// - Parameters:
  ///   - before: the bounds at the coarser target.
  ///   - width: that of this target, in steps.
  private func nextIndex(_ bounds: Bounds, before: Bounds, width: Int) -> Int {
    let floor = bounds.lower ?? last + 1
    let ceiling = bounds.upper ?? -1
    // What the coarser target left: its bounds, the lower one first.
    for hint in [before.lower, before.upper] {
      if let hint, hint > ceiling, hint < floor { return hint }
    }
    switch (bounds.lower, bounds.upper) {
    case (nil, nil): return trials.keys.max() ?? 0
    case (nil, let upper?):
      let through = trials[upper]?.map(\.forwardingRate).max().map(index(of:)) ?? upper
      // The highest load says nothing about how far it is: it is only where the search began.
      let higher = trials.keys.filter { $0 < upper && $0 > 0 }.max()
      return min(upper + max(width, through - upper, higher.map { 2 * (upper - $0) } ?? 0), last)
    case (let lower?, nil):
      let further = trials.keys.filter { $0 > lower }.min()
      return max(lower - max(width, further.map { 2 * ($0 - lower) } ?? 0), 0)
    case (let lower?, let upper?): return upper + (lower - upper) / 2
    }
  }
}
