import Cases
import Foundation

/// What became of a claim, by a stated rule.
public enum Verdict: Sendable, Equatable {
  /// The figures bear it out.
  case reproduced
  /// The figures contradict it: how.
  case notReproduced(String)
  /// The figures do not decide it: why, and what would.
  case cannotBeTold(String)

  /// The verdict in two or three words.
  public var words: String {
    switch self {
    case .reproduced: "reproduced"
    case .notReproduced: "not reproduced"
    case .cannotBeTold: "cannot be told on this machine"
    }
  }

  /// The reason; nil for a claim that is reproduced.
  public var reason: String? {
    switch self {
    case .reproduced: nil
    case .notReproduced(let reason), .cannotBeTold(let reason): reason
    }
  }
}

/// The rules by which claims are judged, as functions of figures alone. Absolute rates are never judged,
/// since the hardware differs: only which of two is larger, ratios, and the shapes of curves.
package enum Rules {
  /// A point of a curve over threads.
  package struct Point: Equatable {
    package var threads: Int
    package var mean: Double
    package var low: Double?
    package var high: Double?
    package var basis: Basis

    package init(threads: Int, mean: Double, low: Double?, high: Double?, basis: Basis) {
      (self.threads, self.mean, self.low, self.high, self.basis) = (threads, mean, low, high, basis)
    }
  }

  /// The first is at least the second: the ratio's 95 % interval lies at 1 or above. It is contradicted if
  /// the interval lies below 1, and undecided if 1 is inside.
  package static func atLeast(_ ratio: PairedRatio) -> Verdict {
    guard let low = ratio.low, let high = ratio.high else {
      return .cannotBeTold("a single pair of samples has no interval; run more windows")
    }
    if low >= 1 { return .reproduced }
    let interval = "the 95 % interval of the ratio, \(Display.number(low)) to \(Display.number(high)),"
    return high < 1
      ? .notReproduced("\(interval) lies below 1")
      : .cannotBeTold("\(interval) includes 1; run more windows, or on a machine that does nothing else")
  }

  /// A ratio is nearer to the paper's than to 1, on a logarithmic scale: at least the root of the paper's.
  package static func nearer(_ low: Double, _ high: Double, to paper: Double) -> Verdict {
    let root = paper.squareRoot()
    if low >= root { return .reproduced }
    if high < root { return .notReproduced("the ratio is nearer to 1 than to the paper's") }
    return .cannotBeTold(
      "the ratio's range, \(Display.number(low)) to \(Display.number(high)), includes the "
        + "bound \(Display.number(root)); run more windows")
  }

  /// A frame so many times longer costs less than half of so many times as much.
  package static func costFollowsPackets(cost: Double, length: Double) -> Verdict {
    cost < length / 2
      ? .reproduced
      : .notReproduced(
        "the cost grows \(Display.number(cost)) times where the length grows "
          + "\(Display.number(length)) times")
  }

  /// The fewest points of a curve that are judged.
  package static let pointsMin = 4
  /// The least share of the variance that a line explains of what is linear.
  package static let linearRSquared = 0.98

  /// Goodput is linear in threads: a straight line explains at least 98 % of the variance of at least four
  /// points. What is not measured leaves out what cores share: it can contradict the claim, not bear it out.
  package static func linear(_ points: [Point]) -> Verdict {
    guard points.count >= pointsMin, let line = line(points) else {
      return .cannotBeTold("there are \(points.count) thread counts; sweep at least \(pointsMin)")
    }
    if line.slope <= 0 { return .notReproduced("goodput falls with the threads") }
    if line.rSquared < linearRSquared {
      return .notReproduced(
        "a line explains \(Display.percent(line.rSquared)) of the variance, less than "
          + Display.percent(linearRSquared))
    }
    return optimistic(points) ?? .reproduced
  }

  package static func line(_ points: [Point]) -> Statistics.Line? {
    Statistics.line(through: points.map { (x: Double($0.threads), y: $0.mean) })
  }

  /// Goodput grows with threads at least as the paper's: from the first point to the last by at least 80 % of
  /// what the paper's growth per thread makes of it. As with `linear`, only what is measured can bear it out.
  package static func growth(_ points: [Point], paperPerThread: Double) -> Verdict {
    guard let first = points.first, let last = points.last, last.threads >= 4 * first.threads, first.mean > 0
    else { return .cannotBeTold("the thread counts span less than a factor of four; sweep more of them") }
    let threads = Double(last.threads) / Double(first.threads)
    let perThread = last.mean / first.mean / threads
    if perThread < 0.8 * paperPerThread {
      return .notReproduced(
        "each thread of \(last.threads) carries \(Display.number(perThread)) of what one of "
          + "\(first.threads) carries; in the paper \(Display.number(paperPerThread))")
    }
    return optimistic([first, last]) ?? .reproduced
  }

  /// Why figures cannot bear out a claim about many cores; nil if all are measured.
  private static func optimistic(_ points: [Point]) -> Verdict? {
    guard let first = points.first(where: { $0.basis != .measured }) else { return nil }
    let bases = Set(points.map(\.basis.rawValue)).subtracting([Basis.measured.rawValue]).sorted()
    return .cannotBeTold(
      "from \(first.threads) threads on the figures are of basis "
        + "\(bases.joined(separator: " and ")), which leaves out what cores share; nothing in the threads' "
        + "own cost speaks against the claim, and a machine with a core for each thread decides it")
  }

  /// The peak of one curve over that of the other is nearer to the paper's ratio than to 1. Only points that
  /// were run count, and the lower curve must have stopped rising: its peak lies before its last point, or
  /// within 5 % of what it carried before.
  package static func peaks(_ upper: [Point], _ lower: [Point], paper: Double) -> Verdict {
    let (upper, lower) = (upper.filter(\.isRun), lower.filter(\.isRun))
    guard let high = peak(upper), let low = peak(lower), lower.count >= pointsMin, let last = lower.last
    else {
      return .cannotBeTold(
        "fewer than \(pointsMin) thread counts were run, and a model decides nothing; run "
          + "more of them")
    }
    let before = lower.dropLast().map(\.mean).max() ?? 0
    guard last.mean <= 1.05 * before else {
      return .cannotBeTold(
        "the lower curve still rises at \(last.threads) threads, the most that were run; "
          + "run more of them")
    }
    return nearer(
      (high.low ?? high.mean) / (low.high ?? low.mean), (high.high ?? high.mean) / (low.low ?? low.mean),
      to: paper)
  }

  package static func peak(_ points: [Point]) -> Point? { points.max { $0.mean < $1.mean } }

  /// The fewest threads with which a curve reaches a goodput; nil if it never does.
  package static func threads(_ points: [Point], reaching goodput: Double) -> Int? {
    points.first { $0.mean >= goodput }?.threads
  }

  /// The goodput at which thread counts are compared: nine tenths of what both curves reach.
  package static func commonGoodput(_ first: [Point], _ second: [Point]) -> Double? {
    peak(first).flatMap { first in peak(second).map { 0.9 * min(first.mean, $0.mean) } }
  }

  /// The first curve needs more threads than the second to nine tenths of what both reach: two more at least,
  /// since one may have odd counts only and the other even ones. Only points that were run count.
  package static func needsMoreThreads(_ first: [Point], than second: [Point]) -> Verdict {
    let (first, second) = (first.filter(\.isRun), second.filter(\.isRun))
    guard first.count >= pointsMin, second.count >= pointsMin, let goodput = commonGoodput(first, second),
      let own = threads(first, reaching: goodput), let other = threads(second, reaching: goodput)
    else {
      return .cannotBeTold(
        "fewer than \(pointsMin) thread counts were run, and a model decides nothing; run "
          + "more of them")
    }
    return own > other + 1
      ? .reproduced
      : .notReproduced("\(own) threads are not two more than the \(other) of the other system")
  }

  /// Somewhere one more step of threads lowers the goodput: the intervals of two neighbours do not overlap.
  package static func hasDip(_ points: [Point]) -> Verdict {
    let points = points.filter(\.isRun)
    guard points.count >= pointsMin else {
      return .cannotBeTold("fewer than \(pointsMin) thread counts were run; run more of them")
    }
    return dip(points) != nil ? .reproduced : .notReproduced("no step of threads lowers the goodput")
  }

  /// The thread count after the first such step.
  package static func dip(_ points: [Point]) -> Int? {
    zip(points, points.dropFirst()).first { before, after in
      (after.high ?? after.mean) < (before.low ?? before.mean)
    }?.1.threads
  }
}

extension Rules.Point {
  /// Whether threads were run for it.
  var isRun: Bool { basis != .model }
}
