import Foundation

/// The ratio of two figures that were measured separately, as in two runs. Disturbances do not cancel, so the
/// spread of both counts.
public struct UnpairedRatio: Sendable, Equatable {
  /// The ratio of the figures.
  public let ratio: Double
  /// Lower end of the 95 % interval; nil if one of the figures has no interval.
  public let ci95Low: Double?
  /// Upper end of that interval.
  public let ci95High: Double?

  /// The ratio of two figures that were resampled separately.
  package init(_ figure: LaunchEstimate) {
    (ratio, ci95Low, ci95High) = (figure.value, figure.low, figure.high)
  }

  /// The ratio of two ratios that were measured separately, with the spread of both.
  package init(of numerator: LaunchEstimate, to denominator: LaunchEstimate) {
    let value = numerator.value / denominator.value
    let margins = [numerator, denominator].map { ratio in
      ratio.low.flatMap { low in ratio.high.map { log($0 / low) / 2 } }
    }
    ratio = value
    guard let own = margins[0], let its = margins[1] else {
      (ci95Low, ci95High) = (nil, nil)
      return
    }
    let factor = exp((own * own + its * its).squareRoot())
    (ci95Low, ci95High) = (value / factor, value * factor)
  }

  /// Whether the interval excludes 1; false without an interval.
  public var leavesOutOne: Bool {
    guard let ci95Low, let ci95High else { return false }
    return ci95Low > 1 || ci95High < 1
  }

  /// The ratio of two means, by the propagated relative errors. It uses the logarithm, as ``LaunchEstimate``
  /// does, and the degrees of freedom of Welch and Satterthwaite.
  /// - Returns: nil unless both means are positive and finite.
  public init?(of numerator: Estimate, to denominator: Estimate) {
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
  private static func relativeVariance(_ mean: Estimate) -> Double? {
    guard let margin = mean.margin, mean.samples > 1 else { return nil }
    let error = margin / Statistics.studentT(degreesOfFreedom: mean.samples - 1) / mean.mean
    return error * error
  }
}
