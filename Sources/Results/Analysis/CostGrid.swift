import Basics
import Statistics

/// A curve on a grid with a constant step, from its first x to its last. The analysis works on such grids.
///
/// An x without a point is a gap and remains one: nothing is interpolated.
struct CostGrid {
  /// The first x, in bytes.
  let start: Int
  /// The distance between neighbouring x, in bytes: the greatest common divisor of all distances.
  let step: Int
  /// The costs in each repetition, for each x of the grid; nil at gaps.
  let repetitions: [[Double?]?]
  /// The launch of each repetition; empty if each repetition had a launch of its own.
  let launches: [Int]

  /// The estimator that makes one figure of the repetitions.
  private let estimator: Estimator

  /// The fewest points that allow an analysis.
  static let pointsMin = 6
  /// The largest size of a grid, so that one stray x cannot make the grid endless.
  static let sizeMax = 100_000

  /// The allowed x, in bytes; their differences never overflow.
  static let xRange = -(1 << 32)...(1 << 32)

  /// Sorts the points of `curve` into a grid. Points without a finite value are gaps.
  /// - Throws: `CurveProblem` if too few points remain, if there are more gaps than points, or if an x is out
  ///   of range or occurs twice.
  init(_ curve: CostCurve) throws(CurveProblem) {
    var known: [Int: [Double?]] = [:]
    for point in curve.points {
      guard Self.xRange.contains(point.x) else { throw .xOutOfRange(point.x) }
      let values = point.values.map { value in value.flatMap { $0.isFinite ? $0 : nil } }
      guard values.contains(where: { $0 != nil }) else { continue }
      if known.updateValue(values, forKey: point.x) != nil { throw .repeatedX(point.x) }
    }
    let xs = known.keys.sorted()
    guard xs.count >= Self.pointsMin, let first = xs.first, let last = xs.last else {
      throw .tooFewPoints(xs.count)
    }
    let step = xs.reduce(0) { Self.greatestCommonDivisor($0, $1 - first) }
    let count = (last - first) / step + 1
    guard count <= Self.sizeMax, count <= 2 * xs.count else {
      throw .unevenSteps(points: xs.count, size: count)
    }
    start = first
    launches = curve.launches
    estimator = Estimator(of: curve.label.metric, .measured)
    self.step = step
    repetitions = (0..<count).map { known[first + $0 * step] }
  }

  /// The number of x in the grid, gaps included.
  var count: Int { repetitions.count }

  /// The x of an index.
  func x(_ index: Int) -> Int { start + index * step }

  /// The figure over the repetitions at each x; nil at gaps. The metric's usual estimator makes it, which is
  /// robust against disturbed repetitions.
  var figures: [Double?] { repetitions.indices.map(figure) }

  /// The figure at one x; nil at a gap.
  func figure(_ index: Int) -> Double? {
    repetitions[index].flatMap { estimator.value(of: $0.compactMap { $0 }) }
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}

/// Why a curve cannot be analysed.
public enum CurveProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// The curve has only this many points.
  case tooFewPoints(Int)
  /// The points have no constant step, or too many of them are missing.
  case unevenSteps(points: Int, size: Int)
  /// The x is out of range.
  case xOutOfRange(Int)
  /// The x occurs twice.
  case repeatedX(Int)
  /// None of the candidate periods is a multiple of the step and fits three times into the range.
  case noPeriodFits

  /// One sentence that names the remedy.
  public var description: String {
    switch self {
    case .tooFewPoints(let count):
      "\(count.counted("point", "is", "are")) too few; sweep at least \(CostGrid.pointsMin)"
    case .unevenSteps(let points, let size):
      "\(points) points lie on a grid of \(size) places; sweep in constant steps"
    case .xOutOfRange(let x): "the place \(x) is out of range; leave it out"
    case .repeatedX(let x): "the place \(x) occurs twice; give each its repetitions at once"
    case .noPeriodFits: "no period fits three times into the range; sweep a longer range in shorter steps"
    }
  }
}
