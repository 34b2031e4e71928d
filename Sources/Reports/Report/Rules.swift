import Basics
import Cases
import Foundation
import Results
import Statistics

/// The rules by which claims are judged, as functions of figures alone. Absolute rates are never judged,
/// since the hardware differs: only which of two is larger, ratios, and the shapes of curves.
package enum Rules {
  /// Changes with every rule; the changelog says how.
  package static let version = 4

  /// The level of all tests, two-sided, over the claims of an experiment together.
  package static let level = 0.05

  /// Two systems that differ by less are called equal, and so are two parts of a curve.
  package static let equalWithin = 0.02

  /// Judges that a figure lies above a bound (or below, if that is claimed), by a test over launches.
  package static func beyond(
    _ estimate: LaunchEstimate, _ bound: Double, above: Bool = true, _ what: String
  ) -> Judgement {
    guard let high = estimate.pValue(above: bound), let low = estimate.pValue(below: bound) else {
      return .open(
        "\(estimate.launches.counted("launch", "is", "are")) too few for an interval; run at least "
          + "\(LaunchEstimate.launchesMin)")
    }
    let (own, counter) = above ? (high, low) : (low, high)
    if 2 * own <= level { return .same(2 * own) }
    let range = "\(what), \(Display.estimate(estimate)),"
    if 2 * counter <= level {
      return .other("\(range) lies \(above ? "below" : "above") \(Display.number(bound))", 2 * counter)
    }
    return .open(
      "\(range) includes \(Display.number(bound)); run more launches, or on a machine that does nothing else")
  }

  /// The first is more than the second. That they are equal counts against it only where the paper's ratio
  /// is not possible.
  package static func more(_ ratio: LaunchEstimate, paper: Double?) -> Judgement {
    let judgement = beyond(ratio, 1, "the ratio")
    guard judgement.direction == .open, let equal = ratio.pValue(equalWithin: equalWithin), equal <= level,
      Magnitude(paper, in: ratio) != .inside
    else { return judgement }
    return .other(
      "the two are equal within \(Display.percent(equalWithin)): \(Display.estimate(ratio))", equal)
  }

  /// Two figures are equal: no further apart than `margin`.
  package static func equal(_ ratio: LaunchEstimate, within margin: Double = equalWithin) -> Judgement {
    guard let equal = ratio.pValue(equalWithin: margin), let below = ratio.pValue(below: 1 / (1 + margin)),
      let above = ratio.pValue(above: 1 + margin)
    else { return beyond(ratio, 1, "the ratio") }
    if equal <= level { return .same(equal) }
    let apart = 2 * min(below, above)
    let figure = "the ratio, \(Display.estimate(ratio)),"
    if apart <= level { return .other("\(figure) is further from 1 than \(Display.percent(margin))", apart) }
    return .open("\(figure) shows neither equality nor a difference; run more launches")
  }

  /// A point of a curve over threads.
  package struct Point {
    package let threads: Int
    package let basis: Basis
    /// Goodput.
    package let rounds: LaunchEstimate.Rounds
    /// The values by launch.
    package var values: LaunchEstimate.Values { LaunchEstimate.values(rounds) }
    package var estimator: Estimator { Estimator(of: basis.throughputMetric, basis) }
    /// The figure.
    package var mean: Double { estimator.value(of: values.values.flatMap { $0 }) ?? 0 }
    /// Whether threads were run for it.
    package var isRun: Bool { basis != .model }

    package init(threads: Int, basis: Basis, rounds: LaunchEstimate.Rounds) {
      (self.threads, self.basis, self.rounds) = (threads, basis, rounds)
    }
  }

  /// The fewest points of a curve that are judged.
  package static let pointsMin = 4
  /// With this exponent 38 threads carry 55 % of 19 times what two do.
  package static let exponentMin = 0.8

  /// The exponent of goodput as a power of the threads: the slope in log-log. 1 is in proportion.
  package static func exponent(_ points: [Point]) -> LaunchEstimate? {
    guard points.count >= pointsMin, let estimator = points.first?.estimator else { return nil }
    let places = points.map { log(Double($0.threads)) }
    return LaunchEstimate(comparing: points.map(\.rounds), by: estimator) { figures in
      let known = zip(places, figures).filter { $0.1 > 0 }.map { (x: $0.0, y: log($0.1)) }
      return known.count >= pointsMin ? Statistics.slope(through: known) ?? .nan : .nan
    }
  }

  /// Goodput grows in proportion to threads.
  package static func linear(_ points: [Point]) -> Judgement {
    guard let exponent = exponent(points) else { return tooFew }
    return beyond(exponent, exponentMin, "the exponent")
  }

  /// One point's goodput as a multiple of another's.
  package static func ratio(_ point: Point, to other: Point) -> LaunchEstimate? {
    LaunchEstimate(of: point.rounds, to: other.rounds, by: point.estimator)
  }

  /// Goodput grows with threads at least as the paper's: from the first point to the last by at least 80 % of
  /// what the paper's growth per thread makes of it.
  package static func growth(_ points: [Point], paperPerThread: Double) -> Judgement {
    guard let first = points.first, let last = points.last, last.threads >= 4 * first.threads,
      let growth = ratio(last, to: first)
    else { return .open("the thread counts span less than a factor of four; sweep more of them") }
    let threads = Double(last.threads) / Double(first.threads)
    return beyond(growth, 0.8 * paperPerThread * threads, "the growth")
  }

  /// The peak of one curve over that of another; the figures say which points these are.
  package static func peaks(_ upper: [Point], _ lower: [Point]) -> LaunchEstimate? {
    func peak(_ points: [Point]) -> Point? { points.max { $0.mean < $1.mean } }
    return peak(upper).flatMap { high in peak(lower).flatMap { ratio(high, to: $0) } }
  }

  /// The first curve's peak is far above the second's: the ratio is nearer to the paper's than to 1, on a
  /// logarithmic scale. The second must have stopped rising: its last point carries no more than 5 % more
  /// than another.
  package static func farAbove(_ upper: [Point], _ lower: [Point], paper: Double) -> Judgement {
    guard upper.allSatisfy(\.isRun), lower.allSatisfy(\.isRun), lower.count >= pointsMin,
      let last = lower.last, let ratio = peaks(upper, lower)
    else { return tooFew }
    let judgement = beyond(ratio, paper.squareRoot(), "the ratio of the peaks")
    let before = lower.dropLast().map(\.mean).max() ?? 0
    if judgement.direction == .same, last.mean > 1.05 * before {
      return .open("the lower curve still rises at \(last.threads) threads; run more of them")
    }
    return judgement
  }

  /// How many times as many threads the first curve needs as the second for a goodput, between thread counts
  /// by interpolation; for nine tenths of the lower peak where one of them does not reach it.
  package static func threadsNeeded(
    _ first: [Point], _ second: [Point], for goodput: Double
  ) -> LaunchEstimate? {
    guard first.count >= pointsMin, second.count >= pointsMin, let estimator = first.first?.estimator else {
      return nil
    }
    return LaunchEstimate(of: (first + second).map(\.values), by: estimator) { figures in
      let curves = [(first, figures.prefix(first.count)), (second, figures.dropFirst(first.count))].map {
        zip($0.0, $0.1).filter { !$0.1.isNaN }.map { (threads: Double($0.0.threads), goodput: $0.1) }
      }
      let goal = curves.reduce(goodput) { goal, curve in min(goal, 0.9 * (curve.map(\.goodput).max() ?? 0)) }
      return threads(curves[0], reaching: goal) / threads(curves[1], reaching: goal)
    }
  }

  private static func threads(
    _ curve: [(threads: Double, goodput: Double)], reaching goal: Double
  ) -> Double {
    var (threads, carried) = (0.0, 0.0)
    for point in curve {
      if point.goodput >= goal {
        return threads + (point.threads - threads) * (goal - carried) / (point.goodput - carried)
      }
      (threads, carried) = (point.threads, point.goodput)
    }
    return .nan
  }

  /// The first curve needs more threads than the second: nearer to the paper's factor than to 1.
  package static func needsMore(
    _ first: [Point], than second: [Point], for goodput: Double, paper: Double
  ) -> Judgement {
    guard (first + second).allSatisfy(\.isRun), let ratio = threadsNeeded(first, second, for: goodput) else {
      return tooFew
    }
    return beyond(ratio, paper.squareRoot(), "the ratio of threads")
  }

  /// The thread counts at which one more step of threads lowers the goodput beyond the noise.
  package static func dips(_ points: [Point]) -> [(threads: Int, pValue: Double)] {
    let steps = zip(points, points.dropFirst()).map { before, after in
      (after.threads, ratio(after, to: before)?.pValue(below: 1) ?? 1)
    }
    return zip(steps, Statistics.holm(steps.map(\.1))).filter { 2 * $0.1 <= level }
      .map { (threads: $0.0.0, pValue: 2 * $0.1) }
  }

  /// Somewhere one more step of threads lowers the goodput. That none does refutes nothing: the assignment of
  /// stages is searched anew at each count, which leaves out the dips of one that is not.
  package static func hasDip(_ points: [Point]) -> Judgement {
    guard points.count >= pointsMin, points.allSatisfy(\.isRun) else { return tooFew }
    if let dip = dips(points).min(by: { $0.pValue < $1.pValue }) { return .same(dip.pValue) }
    return .open(
      "no step of threads lowers the goodput, but each count has the best assignment of stages, which leaves "
        + "dips out; the paper's own assignment at every count would decide it")
  }

  static let tooFew = Judgement.open(
    "fewer than \(pointsMin) thread counts were run, and a model decides nothing; run more of them")
}
