import Foundation

extension Statistics {
  /// The values that are more than three interquartile ranges outside the quartiles (Tukey's *far out*; in
  /// normal noise one value in half a million).
  /// - Returns: their indices, in ascending order; none if there are fewer than four values.
  public static func outliers(in values: [Double]) -> [Int] {
    guard values.count >= 4, let lower = percentile(25, of: values), let upper = percentile(75, of: values)
    else { return [] }
    let fence = 3 * (upper - lower)
    return values.indices.filter { values[$0] < lower - fence || values[$0] > upper + fence }
  }

  /// The geometric mean; nil without values, or if a value is not positive.
  public static func geometricMean(_ values: [Double]) -> Double? {
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    return exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
  }

  /// Whether values rise or fall over time.
  public struct Trend: Sendable, Equatable {
    /// Kendall's tau: 1 if every later value is larger, -1 if every later one is smaller.
    public let tau: Double
    /// Two-sided p value of the Mann-Kendall test that there is no trend.
    public let pValue: Double
    /// Change from the first value to the last along the Theil-Sen line (the median slope), relative to the
    /// median.
    public let change: Double
  }

  /// The fewest values for a test. Its p value is that of the normal approximation.
  public static let trendValuesMin = 8

  /// Looks for a trend by the Mann-Kendall test, with a correction for ties.
  /// - Returns: nil for fewer than ``trendValuesMin`` values, for equal values, or for a median of 0.
  public static func trend(of values: [Double]) -> Trend? {
    let count = values.count
    guard count >= trendValuesMin, let median = percentile(50, of: values), median != 0 else { return nil }
    var score = 0
    var slopes: [Double] = []
    slopes.reserveCapacity(count * (count - 1) / 2)
    for first in values.indices {
      for second in values.indices.dropFirst(first + 1) {
        let difference = values[second] - values[first]
        score += difference > 0 ? 1 : difference < 0 ? -1 : 0
        slopes.append(difference / Double(second - first))
      }
    }
    func weight(_ n: Int) -> Double { Double(n) * Double(n - 1) * Double(2 * n + 5) }
    var ties: [Double: Int] = [:]
    for value in values { ties[value, default: 0] += 1 }
    let variance = (weight(count) - ties.values.reduce(0) { $0 + weight($1) }) / 18
    guard variance > 0, let slope = percentile(50, of: slopes) else { return nil }
    let z = Double(max(abs(score) - 1, 0)) / variance.squareRoot()
    return Trend(
      tau: Double(score) / Double(slopes.count), pValue: erfc(z / 2.0.squareRoot()),
      change: slope * Double(count - 1) / abs(median))
  }

  /// The slope of the least-squares line through `points`; nil unless there are three points or more, with
  /// different x and different y.
  public static func slope(through points: [(x: Double, y: Double)]) -> Double? {
    guard points.count >= 3 else { return nil }
    let count = Double(points.count)
    let meanX = points.reduce(0) { $0 + $1.x } / count
    let meanY = points.reduce(0) { $0 + $1.y } / count
    var (xx, xy, yy) = (0.0, 0.0, 0.0)
    for point in points {
      xx += (point.x - meanX) * (point.x - meanX)
      xy += (point.x - meanX) * (point.y - meanY)
      yy += (point.y - meanY) * (point.y - meanY)
    }
    return xx > 0 && yy > 0 ? xy / xx : nil
  }
}
