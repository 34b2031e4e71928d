import Foundation

/// Statistics of a set of values, in the unit of the values.
public struct Estimate: Sendable, Equatable {
  /// Arithmetic mean.
  public let mean: Double
  /// Lower end of the 95 % Student confidence interval of the mean; nil for a single value.
  public let ci95Low: Double?
  /// Upper end of the 95 % Student confidence interval of the mean; nil for a single value.
  public let ci95High: Double?
  /// Half the width of the confidence interval.
  public var margin: Double? { ci95High.map { $0 - mean } }
  /// The middle value, or the mean of the two middle ones.
  public let median: Double
  /// The smallest value.
  public let minimum: Double
  /// The largest value.
  public let maximum: Double
  /// Percentiles of the values, by percent; the keys are ``percents``.
  public let percentiles: [Int: Double]
  /// The number of values.
  public let samples: Int

  /// The percentiles that tables show in addition to the median.
  public static let percents = [5, 25, 75, 95]

  /// Computes the statistics; nil if there are no values, or if a value is not finite.
  public init?(_ values: [Double]) {
    guard values.allSatisfy(\.isFinite), let minimum = values.min(), let maximum = values.max(),
      let median = Statistics.percentile(50, of: values)
    else { return nil }
    let count = Double(values.count)
    // Rounding errors could carry the mean of equal values past them.
    let mean = min(max(values.reduce(0, +) / count, minimum), maximum)
    if values.count > 1 {
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let standardError = (squares / (count - 1) / count).squareRoot()
      let margin = Statistics.studentT(degreesOfFreedom: values.count - 1) * standardError
      ci95Low = mean - margin
      ci95High = mean + margin
    } else {
      ci95Low = nil
      ci95High = nil
    }
    self.mean = mean
    self.median = median
    self.minimum = minimum
    self.maximum = maximum
    let sorted = values.sorted()
    percentiles = Dictionary(
      uniqueKeysWithValues: Self.percents.compactMap { percent in
        Statistics.percentile(Double(percent), of: sorted).map { (percent, $0) }
      })
    samples = values.count
  }
}

/// Statistics over plain values.
public enum Statistics {
  /// The value below which `percent` (0 to 100) of `values` are, interpolated linearly between neighbours.
  /// - Returns: nil if there are no values or `percent` is out of range.
  public static func percentile(_ percent: Double, of values: [Double]) -> Double? {
    guard !values.isEmpty, (0...100).contains(percent) else { return nil }
    let sorted = values.sorted()
    let position = percent / 100 * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    let value = sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    // Rounding errors could make the result larger than its upper neighbour.
    return min(value, sorted[above])
  }

  /// The two-sided quantile of Student's t distribution: |T| is below it with the probability `confidence`.
  ///
  /// Accurate to 1e-6 at 95 % for any number of degrees of freedom up to a million.
  /// - Parameters:
  ///   - confidence: above 0 and below 1.
  ///   - degreesOfFreedom: at least 1.
  public static func studentT(confidence: Double = 0.95, degreesOfFreedom: Int) -> Double {
    precondition(confidence > 0 && confidence < 1 && degreesOfFreedom >= 1)
    // Quantiles for few degrees of freedom are needed many times, so they are computed in advance.
    return confidence == 0.95 && degreesOfFreedom <= usualQuantiles.count
      ? usualQuantiles[degreesOfFreedom - 1] : quantile(confidence, degreesOfFreedom)
  }

  private static let usualQuantiles = (1...64).map { quantile(0.95, $0) }

  private static func quantile(_ confidence: Double, _ degreesOfFreedom: Int) -> Double {
    func tails(_ t: Double) -> Double { studentTails(t, degreesOfFreedom) }
    var low = 0.0
    var high = 1.0
    while tails(high) > 1 - confidence { high *= 2 }
    // Bisection until the interval holds no further Double.
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { return middle }
      if tails(middle) > 1 - confidence { low = middle } else { high = middle }
    }
  }

  /// P(T > t) of Student's t distribution, which is the p value of a one-sided test.
  /// - Parameter degreesOfFreedom: at least 1.
  package static func studentTail(_ t: Double, degreesOfFreedom: Int) -> Double {
    precondition(degreesOfFreedom >= 1)
    let above = studentTails(t, degreesOfFreedom) / 2
    return t < 0 ? 1 - above : above
  }

  /// P(|T| > |t|)
  private static func studentTails(_ t: Double, _ degreesOfFreedom: Int) -> Double {
    let degrees = Double(degreesOfFreedom)
    return regularizedIncompleteBeta(at: degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// I_x(a, b), for x from 0 to 1 and positive a and b.
  private static func regularizedIncompleteBeta(at x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The continued fraction converges quickly only below the mean; above it, the symmetry is used.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedIncompleteBeta(at: 1 - x, b, a) }
    let logBeta = lgamma(a) + lgamma(b) - lgamma(a + b)
    let front = exp(a * log(x) + b * log1p(-x) - logBeta) / a
    return front * betaContinuedFraction(at: x, a, b)
  }

  /// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), evaluated from
  /// the front by Lentz's method.
  private static func betaContinuedFraction(at x: Double, _ a: Double, _ b: Double) -> Double {
    /// Replaces values near 0, because Lentz's method divides by partial results, which may vanish.
    func away(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var numerator = 1.0
    var denominator = 1 / away(1 - (a + b) * x / (a + 1))
    var fraction = denominator
    // The number of terms grows with the square root of the larger parameter.
    for term in 1...10_000 {
      let m = Double(term)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      var change = 1.0
      for coefficient in [even, odd] {
        denominator = 1 / away(1 + coefficient * denominator)
        numerator = away(1 + coefficient / numerator)
        change = denominator * numerator
        fraction *= change
      }
      if abs(change - 1) < 1e-15 { break }
    }
    return fraction
  }
}
