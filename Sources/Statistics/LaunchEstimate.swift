import Basics
import Foundation

/// A figure over the samples of a case, with an interval that tells how far another run on the same machine
/// may come out.
///
/// The launch is what is resampled: samples of one process share its memory layout, its place on the cores
/// and its minute of the day, so they are no independent observations. A bootstrap over whole launches gives
/// the figure's standard error, of its logarithm where the figure is positive; the interval is Student's with
/// as many degrees of freedom as there are launches less one. A percentile interval of so few launches is too
/// narrow: it cannot reach beyond what they happened to show (docs/method.md). It is deterministic.
public struct LaunchEstimate: Sendable, Equatable {
  /// The figure, in the unit of the values.
  public let value: Double
  /// Lower end of its 95 % interval; nil with fewer than ``launchesMin`` launches.
  public let low: Double?
  /// Upper end of that interval.
  public let high: Double?
  /// Launches that the figure rests on.
  public let launches: Int
  /// Standard error: of the logarithm of a figure that is positive, else of the figure; nil likewise.
  public let standardError: Double?
  private let isLogarithmic: Bool

  /// Fewer launches have no interval.
  public static let launchesMin = 3
  /// Resamples of an interval.
  public static let resamples = 1000

  /// The values of a case's samples by launch.
  public typealias Values = [Int: [Double]]
  /// The values of a case's samples by launch and, within it, by repetition.
  public typealias Rounds = [Int: [Int: Double]]

  /// The figure of the samples of each launch, by its number; nil if there are none.
  /// - Parameter hasInterval: false where only the figure is asked for, which is a thousand times less work.
  public init?(_ values: Values, by estimator: Estimator, hasInterval: Bool = true) {
    self.init(of: [values], by: estimator, hasInterval: hasInterval) { $0[0] }
  }

  /// A comparison of several cases: made within each repetition, of samples that were taken next to each
  /// other, and of these the median. What disturbs a while or a launch as a whole cancels out
  /// (docs/method.md). Where too few launches have such a repetition and each case has enough by itself, as
  /// in a run of several states, it is made of the cases' figures.
  /// - Parameters:
  ///   - estimator: of the cases' figures.
  ///   - comparison: of one repetition's values, in the order of the cases, NaN for a case that has none; NaN
  ///     if it has no value.
  /// - Returns: nil if neither has a value.
  public init?(comparing cases: [Rounds], by estimator: Estimator, _ comparison: ([Double]) -> Double) {
    let compared = Self.compared(cases, comparison)
    if compared.count < Self.launchesMin, cases.allSatisfy({ $0.count >= Self.launchesMin }) {
      self.init(of: cases.map(Self.values), by: estimator, comparison)
    } else {
      self.init(compared, by: .middle)
    }
  }

  /// One case as a multiple of another; nil where that has no positive value.
  public init?(of numerators: Rounds, to denominators: Rounds, by estimator: Estimator) {
    self.init(comparing: [numerators, denominators], by: estimator, Self.ratio)
  }

  /// The same values without their repetitions.
  public static func values(_ rounds: Rounds) -> Values { rounds.mapValues { Array($0.values) } }

  /// The comparisons of the repetitions, by launch.
  public static func compared(_ cases: [Rounds], _ comparison: ([Double]) -> Double) -> Values {
    var values: Values = [:]
    for launch in Set(cases.flatMap(\.keys)) {
      let rounds = cases.map { $0[launch] ?? [:] }
      let figures = Set(rounds.flatMap(\.keys)).map { round in comparison(rounds.map { $0[round] ?? .nan }) }
        .filter(\.isFinite)
      if !figures.isEmpty { values[launch] = figures }
    }
    return values
  }

  private static func ratio(_ figures: [Double]) -> Double {
    figures[0] > 0 && figures[1] > 0 ? figures[0] / figures[1] : .nan
  }

  /// What follows from the figures of several cases: each resample takes the same launches of all.
  /// - Parameters:
  ///   - hasInterval: false where only the figure is asked for.
  ///   - statistic: of the cases' figures, in their order, NaN for one of which a resample has no sample; NaN
  ///     if it has no value.
  /// - Returns: nil if the statistic has no value.
  public init?(
    of cases: [Values], by estimator: Estimator, hasInterval: Bool = true, _ statistic: ([Double]) -> Double
  ) {
    let launches = Set(cases.flatMap { $0.filter { !$0.value.isEmpty }.keys }).sorted()
    let pools = cases.compactMap { Pool($0, launches, by: estimator) }
    guard pools.count == cases.count, statistic(pools.map(\.value)).isFinite else { return nil }
    self.init(launches: [launches.count], hasInterval) { weights, resample in
      statistic(pools.map { $0.value(weights[0], resample) })
    }
  }

  /// The geometric mean of several such ratios.
  public init?(ofAll pairs: [(above: Rounds, below: Rounds)]) {
    let ratios = pairs.map { Self.compared([$0.above, $0.below], Self.ratio) }.filter { !$0.isEmpty }
    self.init(of: ratios, by: .middle) { figures in
      let logarithms = figures.map { log($0) }.filter(\.isFinite)
      return exp(logarithms.reduce(0, +) / Double(logarithms.count))
    }
  }

  /// One figure as a multiple of another that was taken apart from it, as in two runs: each side has its own
  /// resamples.
  /// - Returns: nil if a side has no samples, or a figure is not positive.
  public init?(of numerators: Values, toSeparate denominators: Values, by estimator: Estimator) {
    let launches = [numerators, denominators].map { side in
      side.filter { !$0.value.isEmpty }.keys.sorted()
    }
    guard let above = Pool(numerators, launches[0], by: estimator),
      let below = Pool(denominators, launches[1], by: estimator), above.value > 0, below.value > 0
    else { return nil }
    self.init(launches: launches.map(\.count), true) { weights, resample in
      above.value(weights[0], resample) / below.value(weights[1], resample)
    }
  }

  /// - Parameters:
  ///   - counts: of each set of launches that is resampled by itself, how many there are.
  ///   - figure: the figure of a resample, by its number; for each set how often it has each launch, one
  ///     resample behind the other.
  private init(
    launches counts: [Int], _ hasInterval: Bool, _ figure: (_ weights: [[Int]], _ resample: Int) -> Double
  ) {
    launches = counts.min() ?? 0
    value = figure(counts.map { [Int](repeating: 1, count: $0) }, 0)
    guard hasInterval, launches >= Self.launchesMin else {
      (low, high, standardError, isLogarithmic) = (nil, nil, nil, false)
      return
    }
    var generator = SplitMix64(state: 1)
    let weights = counts.map { count in
      var weights = [Int](repeating: 0, count: count * Self.resamples)
      for resample in 0..<Self.resamples {
        for _ in 0..<count { weights[resample * count + generator.next(below: count)] += 1 }
      }
      return weights
    }
    let figures = (0..<Self.resamples).map { figure(weights, $0) }.filter(\.isFinite)
    isLogarithmic = value > 0 && figures.allSatisfy { $0 > 0 }
    let scaled = isLogarithmic ? figures.map { log($0) } : figures
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    let variance = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scaled.count)
    // Resamples of n launches vary by (n - 1)/n of what launches do. Rounding is no spread.
    let error = (variance * Double(launches) / Double(launches - 1)).squareRoot()
    let least = 1e-12 * (isLogarithmic ? 1 : abs(value))
    let standardError = error > least ? error : 0
    self.standardError = standardError
    let margin = Statistics.studentT(degreesOfFreedom: launches - 1) * standardError
    (low, high) =
      isLogarithmic ? (value / exp(margin), value * exp(margin)) : (value - margin, value + margin)
  }

  /// Where the figure of a repetition with as many launches comes out in 95 % of cases (a prediction
  /// interval), if the machine is as it was: wider than the interval of the true figure by the root of 2,
  /// since both runs err. Nil without an interval.
  public var prediction: (low: Double, high: Double)? {
    guard let high else { return nil }
    let width = 2.0.squareRoot()
    if isLogarithmic {
      let factor = exp(width * log(high / value))
      return (value / factor, value * factor)
    }
    return (value - width * (high - value), value + width * (high - value))
  }

  /// The one-sided p value against the hypothesis that the true figure is at most `bound`; nil without an
  /// interval.
  public func pValue(above bound: Double) -> Double? { tail(bound).map { 1 - $0 } }

  /// The same against the hypothesis that it is at least `bound`.
  public func pValue(below bound: Double) -> Double? { tail(bound) }

  /// The p value that the two figures are no further apart than a factor of 1 + `margin`, as a ratio (two
  /// one-sided tests, Schuirmann 1987): it is small where their equality is shown, not where nothing is.
  public func pValue(equalWithin margin: Double) -> Double? {
    pValue(above: 1 / (1 + margin)).flatMap { low in pValue(below: 1 + margin).map { max(low, $0) } }
  }

  /// Probability of a figure at or below this one if the true one were `bound`.
  private func tail(_ bound: Double) -> Double? {
    guard let standardError else { return nil }
    let distance = isLogarithmic ? (bound > 0 ? log(value / bound) : .infinity) : value - bound
    if standardError == 0 { return abs(distance) < 1e-12 ? 0.5 : distance < 0 ? 0 : 1 }
    return 1 - Statistics.studentTail(distance / standardError, degreesOfFreedom: launches - 1)
  }

  /// The samples of some launches, sorted once; a resample only counts each so many times.
  private struct Pool {
    private let values: [(value: Double, launch: Int)]
    /// How many samples each launch has.
    private let sizes: [Int]
    private let share: Double

    init?(_ samples: [Int: [Double]], _ launches: [Int], by estimator: Estimator) {
      values = launches.enumerated().flatMap { place, launch in
        (samples[launch] ?? []).map { (value: $0, launch: place) }
      }.sorted { $0.value < $1.value }
      sizes = launches.map { samples[$0]?.count ?? 0 }
      share = estimator.percent / 100
      if values.isEmpty || !values.allSatisfy({ $0.value.isFinite }) { return nil }
    }

    /// The percentile of the samples as they are.
    var value: Double { value([Int](repeating: 1, count: sizes.count), 0) }

    /// The percentile, interpolated as in `Statistics.percentile`, with each launch as often as the resample
    /// has it.
    func value(_ weights: [Int], _ resample: Int) -> Double {
      let first = resample * sizes.count
      let count = sizes.indices.reduce(0) { $0 + weights[first + $1] * sizes[$1] }
      if count == 0 { return .nan }
      let position = share * Double(count - 1)
      let rank = Int(position)
      var (passed, below) = (0, 0.0)
      for (value, launch) in values {
        let times = weights[first + launch]
        if times == 0 { continue }
        // The two values at `rank` and behind it are the same one if it counts several times.
        if passed <= rank { below = value }
        passed += times
        if passed > rank + 1 || passed == count {
          // Rounding can carry it just past its neighbour.
          return min(below + (position - Double(rank)) * (value - below), value)
        }
      }
      return below
    }
  }
}
