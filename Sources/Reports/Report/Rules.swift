import Basics
import Cases
import Foundation
import Results
import Statistics

/// The rules that judge claims, as functions of figures alone. The hardware differs from the paper's, so no
/// rule judges absolute rates: rules judge which of two figures is larger, ratios, and the shapes of curves.
package enum Rules {
  /// The version of the rules. It increases with every change of a rule; the changelog states the changes.
  package static let version = 4

  /// The significance level of all tests (two-sided), over the claims of an experiment together.
  package static let level = 0.05

  /// Two systems, or two parts of a curve, count as equal if they differ by less than this share.
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

  /// Judges that the first figure is larger than the second. If the two are equal, that counts against the
  /// claim only if the paper's ratio lies outside the interval.
  package static func more(_ ratio: LaunchEstimate, paper: Double?) -> Judgement {
    let judgement = beyond(ratio, 1, "the ratio")
    guard judgement.direction == .open, let equal = ratio.pValue(equalWithin: equalWithin), equal <= level,
      Magnitude(paper, in: ratio) != .inside
    else { return judgement }
    return .other(
      "the two are equal within \(Display.percent(equalWithin)): \(Display.estimate(ratio))", equal)
  }

  /// Judges that two figures are equal, that is, differ by no more than `margin`.
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
    /// The values of the goodput.
    package let rounds: LaunchEstimate.Rounds
    /// The values by launch.
    package var values: LaunchEstimate.Values { LaunchEstimate.values(rounds) }
    package var estimator: Estimator { Estimator(of: basis.throughputMetric, basis) }
    /// The estimated goodput.
    package var mean: Double { estimator.value(of: values.values.flatMap { $0 }) ?? 0 }
    /// Whether the point was run, not only modelled.
    package var isRun: Bool { basis != .model }

    package init(threads: Int, basis: Basis, rounds: LaunchEstimate.Rounds) {
      (self.threads, self.basis, self.rounds) = (threads, basis, rounds)
    }
  }

  /// The fewest points of a curve that the rules judge.
  package static let pointsMin = 4
  /// With this exponent 38 threads carry 10.5 times what two threads do, 55 % of the proportional 19 times.
  package static let exponentMin = 0.8

  /// The exponent of goodput as a power of the number of threads (the slope on logarithmic axes); 1 means
  /// proportional.
  package static func exponent(_ points: [Point]) -> LaunchEstimate? {
    guard points.count >= pointsMin, let estimator = points.first?.estimator else { return nil }
    let logThreads = points.map { log(Double($0.threads)) }
    return LaunchEstimate(comparing: points.map(\.rounds), by: estimator) { figures in
      let known = zip(logThreads, figures).filter { $0.1 > 0 }.map { (x: $0.0, y: log($0.1)) }
      return known.count >= pointsMin ? Statistics.slope(through: known) ?? .nan : .nan
    }
  }

  /// Judges that goodput grows in proportion to the number of threads.
  package static func linear(_ points: [Point]) -> Judgement {
    guard let exponent = exponent(points) else { return tooFew }
    return beyond(exponent, exponentMin, "the exponent")
  }

  /// One point's goodput as a multiple of another's.
  package static func ratio(_ point: Point, to other: Point) -> LaunchEstimate? {
    LaunchEstimate(of: point.rounds, to: other.rounds, by: point.estimator)
  }

  /// Judges that goodput grows with threads about as in the paper: from the first point to the last by at
  /// least 80 % of the growth that follows from the paper's growth per thread.
  package static func growth(_ points: [Point], paperPerThread: Double) -> Judgement {
    guard let first = points.first, let last = points.last, last.threads >= 4 * first.threads,
      let growth = ratio(last, to: first)
    else { return .open("the thread counts span less than a factor of four; sweep more of them") }
    let threads = Double(last.threads) / Double(first.threads)
    return beyond(growth, 0.8 * paperPerThread * threads, "the growth")
  }

  /// The ratio of two curves' peaks. The estimated goodputs decide which points are the peaks.
  package static func peaks(_ upper: [Point], _ lower: [Point]) -> LaunchEstimate? {
    func peak(_ points: [Point]) -> Point? { points.max { $0.mean < $1.mean } }
    return peak(upper).flatMap { high in peak(lower).flatMap { ratio(high, to: $0) } }
  }

  /// Judges that the first curve's peak is far above the second's: on a logarithmic scale the ratio is nearer
  /// to the paper's than to 1. The second curve must have stopped rising: its last point carries at most 5 %
  /// more than its best earlier one.
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

  /// The ratio of the threads that two curves need for a goodput, interpolated between thread counts. If a
  /// curve does not reach the goodput, nine tenths of its peak count instead.
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

  /// Judges that the first curve needs more threads than the second: the ratio is nearer to the paper's than
  /// to 1.
  package static func needsMore(
    _ first: [Point], than second: [Point], for goodput: Double, paper: Double
  ) -> Judgement {
    guard (first + second).allSatisfy(\.isRun), let ratio = threadsNeeded(first, second, for: goodput) else {
      return tooFew
    }
    return beyond(ratio, paper.squareRoot(), "the ratio of threads")
  }

  /// The thread counts at which goodput is lower than at the count before, beyond the noise.
  package static func dips(_ points: [Point]) -> [(threads: Int, pValue: Double)] {
    let steps = zip(points, points.dropFirst()).map { before, after in
      (after.threads, ratio(after, to: before)?.pValue(below: 1) ?? 1)
    }
    return zip(steps, Statistics.holm(steps.map(\.1))).filter { 2 * $0.1 <= level }
      .map { (threads: $0.0.0, pValue: 2 * $0.1) }
  }

  /// Judges that at some thread count goodput is lower than at the count before. If there is no such count,
  /// that refutes nothing: here each count has the best assignment of stages, which avoids the dips of a
  /// fixed assignment.
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
