import Basics
import Foundation

/// A figure over the samples of a case, with a confidence interval.
///
/// Launches are resampled, not samples: samples of one process share its memory layout, its cores and its
/// time of day, so they are not independent. A bootstrap over whole launches gives the standard error of the
/// figure, or of its logarithm if the figure is positive. The interval is Student's, with one degree of
/// freedom less than there are launches. A percentile interval would be too narrow with few launches, because
/// it cannot exceed the range that they happened to show (docs/method.md). The random numbers have a fixed
/// seed, so the result is deterministic.
public struct LaunchEstimate: Sendable, Equatable {
  /// The figure, in the unit of the values.
  public let value: Double
  /// Lower end of the 95 % interval; nil with fewer than ``launchesMin`` launches.
  public let low: Double?
  /// Upper end of that interval.
  public let high: Double?
  /// Number of launches on which the figure is based.
  public let launches: Int
  /// Standard error of the figure's logarithm if the figure is positive, otherwise of the figure; nil without
  /// an interval.
  public let standardError: Double?
  private let isLogarithmic: Bool

  /// The fewest launches for an interval.
  public static let launchesMin = 3
  /// Number of resamples for an interval.
  public static let resamples = 1000

  /// The values of a case's samples by launch.
  public typealias Values = [Int: [Double]]
  /// The values of a case's samples by launch and, within it, by repetition.
  public typealias Rounds = [Int: [Int: Double]]

  /// The figure over the samples; nil if there are none.
  /// - Parameter hasInterval: whether to compute the interval, which takes a thousand times longer than the
  ///   figure alone.
  public init?(_ values: Values, by estimator: Estimator, hasInterval: Bool = true) {
    self.init(of: [values], by: estimator, hasInterval: hasInterval) { $0[0] }
  }

  /// A comparison of several cases: the median over repetitions of the comparison within a repetition, whose
  /// samples were taken next to each other. So disturbances of a whole launch or of some time cancel
  /// (docs/method.md). If too few launches have such a repetition and each case has enough launches, as in a
  /// run with several states, the cases' figures are compared instead.
  /// - Parameters:
  ///   - estimator: the estimator of the cases' figures.
  ///   - comparison: computes the comparison from one repetition's values, in the order of the cases. A
  ///     missing value is NaN; the result is NaN if it is undefined.
  /// - Returns: nil if neither way gives a value.
  public init?(comparing cases: [Rounds], by estimator: Estimator, _ comparison: ([Double]) -> Double) {
    let compared = Self.compared(cases, comparison)
    if compared.count < Self.launchesMin, cases.allSatisfy({ $0.count >= Self.launchesMin }) {
      self.init(of: cases.map(Self.values), by: estimator, comparison)
    } else {
      self.init(compared, by: .middle)
    }
  }

  /// One case as a multiple of another; nil if the latter has no positive value.
  public init?(of numerators: Rounds, to denominators: Rounds, by estimator: Estimator) {
    self.init(comparing: [numerators, denominators], by: estimator, Self.ratio)
  }

  /// The values of `rounds` by launch, without repetitions.
  public static func values(_ rounds: Rounds) -> Values { rounds.mapValues { Array($0.values) } }

  /// The comparison within each repetition, by launch.
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

  /// A statistic of the figures of several cases. Each resample has the same launches of all cases.
  /// - Parameters:
  ///   - hasInterval: whether to compute the interval.
  ///   - statistic: computes the statistic from the cases' figures, in their order. A figure is NaN if a
  ///     resample has no sample of its case; the result is NaN if it is undefined.
  /// - Returns: nil if the statistic is undefined.
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

  /// The geometric mean of the ratios of several pairs of cases.
  public init?(ofAll pairs: [(above: Rounds, below: Rounds)]) {
    let ratios = pairs.map { Self.compared([$0.above, $0.below], Self.ratio) }.filter { !$0.isEmpty }
    self.init(of: ratios, by: .middle) { figures in
      let logarithms = figures.map { log($0) }.filter(\.isFinite)
      return exp(logarithms.reduce(0, +) / Double(logarithms.count))
    }
  }

  /// One figure as a multiple of another that was measured separately, as in another run. Each side has its
  /// own resamples.
  /// - Returns: nil if a side has no samples, or if a figure is not positive.
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
  ///   - counts: the number of launches in each set that is resampled independently.
  ///   - figure: computes the figure of a resample, given its number. For each set, `weights` has the number
  ///     of times that each launch occurs, for one resample after the other.
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
    // The variance over resamples of n launches is (n - 1)/n of the variance over launches. A spread as small
    // as rounding errors counts as none.
    let error = (variance * Double(launches) / Double(launches - 1)).squareRoot()
    let least = 1e-12 * (isLogarithmic ? 1 : abs(value))
    let standardError = error > least ? error : 0
    self.standardError = standardError
    let margin = Statistics.studentT(degreesOfFreedom: launches - 1) * standardError
    (low, high) =
      isLogarithmic ? (value / exp(margin), value * exp(margin)) : (value - margin, value + margin)
  }

  /// The prediction interval: a repetition with as many launches has its figure in this interval with a
  /// probability of 95 %, if the machine's state is the same. Since both runs have an error, it is wider than
  /// the confidence interval by the root of 2. Nil without an interval.
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

  /// The one-sided p value against the hypothesis that the true figure is at least `bound`; nil without an
  /// interval.
  public func pValue(below bound: Double) -> Double? { tail(bound) }

  /// The p value of the test that a ratio is 1 within a factor of 1 + `margin` (two one-sided tests,
  /// Schuirmann 1987). It is small if equality is shown, not if nothing is shown.
  public func pValue(equalWithin margin: Double) -> Double? {
    pValue(above: 1 / (1 + margin)).flatMap { low in pValue(below: 1 + margin).map { max(low, $0) } }
  }

  /// The probability of a figure at most as large as this one, if the true figure were `bound`.
  private func tail(_ bound: Double) -> Double? {
    guard let standardError else { return nil }
    let distance = isLogarithmic ? (bound > 0 ? log(value / bound) : .infinity) : value - bound
    if standardError == 0 { return abs(distance) < 1e-12 ? 0.5 : distance < 0 ? 0 : 1 }
    return 1 - Statistics.studentTail(distance / standardError, degreesOfFreedom: launches - 1)
  }

  /// The samples of some launches in ascending order. A resample only changes how often each sample counts.
  private struct Pool {
    private let values: [(value: Double, launch: Int)]
    /// The number of samples of each launch.
    private let sizes: [Int]
    private let share: Double

    init?(_ samples: [Int: [Double]], _ launches: [Int], by estimator: Estimator) {
      values = launches.enumerated().flatMap { index, launch in
        (samples[launch] ?? []).map { (value: $0, launch: index) }
      }.sorted { $0.value < $1.value }
      sizes = launches.map { samples[$0]?.count ?? 0 }
      share = estimator.percent / 100
      if values.isEmpty || !values.allSatisfy({ $0.value.isFinite }) { return nil }
    }

    /// The percentile of the samples themselves.
    var value: Double { value([Int](repeating: 1, count: sizes.count), 0) }

    /// The percentile of a resample, in which each launch occurs as often as its weight says; interpolated as
    /// in `Statistics.percentile`.
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
        // If a value counts several times, it may be both the value at `rank` and the next one.
        if passed <= rank { below = value }
        passed += times
        if passed > rank + 1 || passed == count {
          // Rounding errors could make the result larger than its upper neighbour.
          return min(below + (position - Double(rank)) * (value - below), value)
        }
      }
      return below
    }
  }
}
