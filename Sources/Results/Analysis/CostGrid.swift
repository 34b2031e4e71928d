import Basics
import Statistics

/// A curve on a grid of constant step, from its first place to its last: what the methods work on.
///
/// A place without a point is a gap and stays one: nothing is interpolated.
struct CostGrid {
  /// The first place, in bytes.
  let start: Int
  /// Bytes from a place to the next: the greatest common divisor of all distances.
  let step: Int
  /// The repetitions at each place; nil at gaps.
  let repetitions: [[Double?]?]
  /// The launch of each repetition; empty where each had one of its own.
  let launches: [Int]

  /// How repetitions become one figure.
  private let estimator: Estimator

  /// The fewest points that any statement can rest on.
  static let fewestPoints = 6
  /// The most places, so that one stray place cannot make the grid endless.
  static let mostPlaces = 100_000

  /// The places that there may be, in bytes: differences of them never overflow.
  static let places = -(1 << 32)...(1 << 32)

  /// Sorts the points of `curve` into a grid. Points without a finite value are gaps.
  /// - Throws: `CurveProblem` if too few points remain, or there are more gaps than points.
  init(_ curve: CostCurve) throws(CurveProblem) {
    var known: [Int: [Double?]] = [:]
    for point in curve.points {
      guard Self.places.contains(point.x) else { throw .placeOutOfRange(point.x) }
      let values = point.values.map { value in value.flatMap { $0.isFinite ? $0 : nil } }
      guard values.contains(where: { $0 != nil }) else { continue }
      if known.updateValue(values, forKey: point.x) != nil { throw .repeatedPlace(point.x) }
    }
    let places = known.keys.sorted()
    guard places.count >= Self.fewestPoints, let first = places.first, let last = places.last else {
      throw .tooFewPoints(places.count)
    }
    let step = places.reduce(0) { Self.greatestCommonDivisor($0, $1 - first) }
    let count = (last - first) / step + 1
    guard count <= Self.mostPlaces, count <= 2 * places.count else {
      throw .unevenSteps(points: places.count, places: count)
    }
    start = first
    launches = curve.launches
    estimator = Estimator(of: curve.label.metric, .measured)
    self.step = step
    repetitions = (0..<count).map { known[first + $0 * step] }
  }

  /// Places on the grid, gaps included.
  var count: Int { repetitions.count }

  /// The place of a number on the grid.
  func x(_ index: Int) -> Int { start + index * step }

  /// The figure over the repetitions at each position, nil at gaps: by the metric's usual estimator, which is
  /// robust against disturbed repetitions.
  var figures: [Double?] { repetitions.indices.map(figure) }

  /// The figure at a place; nil at a gap.
  func figure(_ index: Int) -> Double? {
    repetitions[index].flatMap { estimator.value(of: $0.compactMap { $0 }) }
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}

/// Why nothing can be said about a curve.
public enum CurveProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// There are only so many points.
  case tooFewPoints(Int)
  /// The points do not lie a constant step apart, or too many of them are missing.
  case unevenSteps(points: Int, places: Int)
  /// This is no place on an axis of bytes.
  case placeOutOfRange(Int)
  /// A place occurs twice.
  case repeatedPlace(Int)
  /// Not one of the periods asked about is a multiple of the step and fits three times into the range.
  case noPeriodFits

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .tooFewPoints(let count):
      "\(count.counted("point", "is", "are")) too few; sweep at least \(CostGrid.fewestPoints)"
    case .unevenSteps(let points, let places):
      "\(points) points lie on a grid of \(places) places; sweep in constant steps"
    case .placeOutOfRange(let x): "the place \(x) is out of range; leave it out"
    case .repeatedPlace(let x): "the place \(x) occurs twice; give each its repetitions at once"
    case .noPeriodFits: "no period fits three times into the range; sweep a longer range in shorter steps"
    }
  }
}
