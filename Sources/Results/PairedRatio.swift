import Foundation

/// How two systems compare that were measured one after the other, repetition by repetition: a machine whose
/// speed changes disturbs both of a pair, so it cancels out of their ratio.
///
/// The mean is the geometric one and its interval Student's, over the logarithms of the ratios: so the ratio
/// of A to B is exactly the inverse of that of B to A, and two systems that are alike come out as 1 however
/// much they vary. An arithmetic mean of ratios would not: it lies above 1 by about the square of the noise.
public struct PairedRatio: Sendable, Equatable {
  /// Geometric mean of the ratios.
  public let mean: Double
  /// Lower end of the mean's 95 % confidence interval; nil for a single pair.
  public let ci95Low: Double?
  /// Upper end of that interval; nil for a single pair.
  public let ci95High: Double?
  /// The middle ratio.
  public let median: Double
  /// A quarter of the ratios lie below it.
  public let lowerQuartile: Double
  /// A quarter of the ratios lie above it.
  public let upperQuartile: Double
  /// How many pairs there were.
  public let pairs: Int

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

  /// Summarises ratios; those that are not positive and finite are left out.
  /// - Returns: nil if none is left.
  public init?(ratios: [Double]) {
    let ratios = ratios.filter { $0.isFinite && $0 > 0 }
    guard let logarithms = Estimate(ratios.map { log($0) }),
      let lower = Statistics.percentile(25, of: ratios), let median = Statistics.percentile(50, of: ratios),
      let upper = Statistics.percentile(75, of: ratios)
    else { return nil }
    mean = exp(logarithms.mean)
    ci95Low = logarithms.ci95Low.map { exp($0) }
    ci95High = logarithms.ci95High.map { exp($0) }
    lowerQuartile = lower
    self.median = median
    upperQuartile = upper
    pairs = ratios.count
  }

  /// The relative difference of the two, and its interval: -0.05 is five percent less.
  public var difference: (mean: Double, ci95Low: Double?, ci95High: Double?) {
    (mean - 1, ci95Low.map { $0 - 1 }, ci95High.map { $0 - 1 })
  }
}

/// How two figures compare that were measured apart, as in two runs: nothing cancels, and the spread of both
/// counts.
public struct UnpairedRatio: Sendable, Equatable {
  /// Ratio of the means.
  public let ratio: Double
  /// Lower end of its 95 % confidence interval; nil where one of the means has none.
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
