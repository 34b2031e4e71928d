import Foundation

/// How two systems compare that were measured one after the other, repetition by repetition: a machine whose
/// speed changes disturbs both of a pair, so it cancels out of their ratio.
///
/// Of the samples of two cases, the ratio is that of their figures, with a bootstrap over the launches that
/// both share (``LaunchEstimate``). Of ratios alone, as over the points of a curve or where launches are not
/// known, it is their geometric mean with Student's interval over the logarithms: so the ratio of A to B is
/// exactly the inverse of that of B to A, and two systems that are alike come out as 1 however they vary.
public struct PairedRatio: Sendable, Equatable {
  /// The ratio.
  public private(set) var value: Double
  /// Lower end of its 95 % interval; nil where there is none.
  public private(set) var low: Double?
  /// Upper end of that interval.
  public private(set) var high: Double?
  /// The middle one of the pairs' ratios.
  public let median: Double
  /// A quarter of the ratios lie below it.
  public let lowerQuartile: Double
  /// A quarter of the ratios lie above it.
  public let upperQuartile: Double
  /// The ratio of each pair, in the order of the repetitions.
  public let ratios: [Double]
  /// How many launches the ratio rests on; nil if it is a mean of ratios.
  public private(set) var launches: Int?

  /// How many pairs there were.
  public var pairs: Int { ratios.count }

  /// Compares repetition by repetition. A pair that lacks one value, or whose ratio is not positive and
  /// finite, is left out.
  /// - Parameters:
  ///   - numerators: values by repetition.
  ///   - denominators: values by repetition, in the same unit.
  /// - Returns: nil if there is no pair.
  public init?(of numerators: [Int: Double], to denominators: [Int: Double]) {
    let ratios = numerators.keys.sorted().compactMap { repetition -> Double? in
      guard let numerator = numerators[repetition], let denominator = denominators[repetition] else {
        return nil
      }
      return numerator / denominator
    }
    self.init(ratios: ratios)
  }

  /// Compares two cases by a metric.
  /// - Returns: nil if they have no repetition in common.
  public init?(of metric: String, in records: [SampleRecord], to others: [SampleRecord]) {
    func values(_ records: [SampleRecord]) -> [Int: Double] {
      var values: [Int: Double] = [:]
      for record in records where record.isUsable { values[record.sample] = record.metrics[metric] }
      return values
    }
    guard let pairs = PairedRatio(of: values(records), to: values(others)) else { return nil }
    self = pairs
    if records.haveLaunches, others.haveLaunches,
      let figure = LaunchEstimate(of: metric, in: records, to: others)
    {
      (value, low, high) = (figure.value, figure.low, figure.high)
      launches = figure.launches
    }
  }

  /// Summarises ratios; those that are not positive and finite are left out.
  /// - Returns: nil if none is left.
  public init?(ratios: [Double]) {
    let ratios = ratios.filter { $0.isFinite && $0 > 0 }
    guard let logarithms = Estimate(ratios.map { log($0) }),
      let lower = Statistics.percentile(25, of: ratios), let median = Statistics.percentile(50, of: ratios),
      let upper = Statistics.percentile(75, of: ratios)
    else { return nil }
    value = exp(logarithms.mean)
    low = logarithms.ci95Low.map { exp($0) }
    high = logarithms.ci95High.map { exp($0) }
    lowerQuartile = lower
    self.median = median
    upperQuartile = upper
    self.ratios = ratios
  }

  /// The relative difference of the two, and its interval: -0.05 is five percent less.
  public var difference: (value: Double, low: Double?, high: Double?) {
    (value - 1, low.map { $0 - 1 }, high.map { $0 - 1 })
  }
}

/// How two figures compare that were measured apart, as in two runs: nothing cancels, and the spread of both
/// counts.
public struct UnpairedRatio: Sendable, Equatable {
  /// Ratio of the figures.
  public let ratio: Double
  /// Lower end of its 95 % interval; nil where one of the figures has none.
  public let ci95Low: Double?
  /// Upper end of that interval.
  public let ci95High: Double?

  /// A mean with what is known of its spread.
  public struct Mean: Sendable, Equatable {
    /// The mean, of any unit.
    public let mean: Double
    /// Half the width of its 95 % Student interval; nil for a single sample.
    public let margin: Double?
    /// How many samples it rests on.
    public let samples: Int

    /// Makes a mean from its parts.
    public init(mean: Double, margin: Double?, samples: Int) {
      (self.mean, self.margin, self.samples) = (mean, margin, samples)
    }
  }

  /// Compares a metric of two cases whose launches are known: each side is resampled by itself.
  /// - Returns: nil unless both figures are positive.
  init?(of metric: String, in records: [SampleRecord], to others: [SampleRecord]) {
    guard let basis = records.first?.basis,
      let figure = LaunchEstimate(
        of: records.byLaunch { $0.metrics[metric] }, toSeparate: others.byLaunch { $0.metrics[metric] },
        by: Estimator(of: metric, basis))
    else { return nil }
    (ratio, ci95Low, ci95High) = (figure.value, figure.low, figure.high)
  }

  /// Compares two ratios that were measured apart, with the spread of both.
  init(of numerator: PairedRatio, to denominator: PairedRatio) {
    let value = numerator.value / denominator.value
    let margins = [numerator, denominator].map { ratio in
      ratio.low.flatMap { low in ratio.high.map { Foundation.log($0 / low) / 2 } }
    }
    ratio = value
    guard let own = margins[0], let its = margins[1] else {
      (ci95Low, ci95High) = (nil, nil)
      return
    }
    let factor = exp((own * own + its * its).squareRoot())
    (ci95Low, ci95High) = (value / factor, value * factor)
  }

  /// Whether the interval leaves 1 out; false where there is none.
  public var leavesOutOne: Bool {
    guard let ci95Low, let ci95High else { return false }
    return ci95Low > 1 || ci95High < 1
  }

  /// Compares two means by the propagated relative errors (on the logarithm, as in ``PairedRatio``), with the
  /// degrees of freedom of Welch and Satterthwaite.
  /// - Returns: nil unless both means are positive and finite.
  public init?(of numerator: Mean, to denominator: Mean) {
    guard numerator.mean.isFinite, denominator.mean.isFinite, numerator.mean > 0, denominator.mean > 0 else {
      return nil
    }
    let ratio = numerator.mean / denominator.mean
    self.ratio = ratio
    guard let first = Self.relativeVariance(numerator), let second = Self.relativeVariance(denominator) else {
      (ci95Low, ci95High) = (nil, nil)
      return
    }
    let variance = first + second
    guard variance > 0 else {
      (ci95Low, ci95High) = (ratio, ratio)
      return
    }
    let parts = [(first, numerator.samples), (second, denominator.samples)]
    let freedom = variance * variance / parts.reduce(0) { $0 + $1.0 * $1.0 / Double($1.1 - 1) }
    let factor = exp(
      Statistics.studentT(degreesOfFreedom: max(Int(freedom.rounded(.down)), 1)) * variance.squareRoot())
    (ci95Low, ci95High) = (ratio / factor, ratio * factor)
  }

  /// The square of the mean's relative standard error.
  private static func relativeVariance(_ mean: Mean) -> Double? {
    guard let margin = mean.margin, mean.samples > 1 else { return nil }
    let error = margin / Statistics.studentT(degreesOfFreedom: mean.samples - 1) / mean.mean
    return error * error
  }
}
