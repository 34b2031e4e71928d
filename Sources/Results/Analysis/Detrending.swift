/// Removes the trend from a curve, so that periodic structure becomes visible.
///
/// Method: at each x a straight line is fitted by least squares to the values of a window around it; the
/// residual is the value less the line's. The window spans three times the longest candidate period, and its
/// two end points weigh half, so it covers whole periods. Over whole periods a periodic structure has the
/// same mean wherever the window lies, so the line follows only the trend. Near the ends of the curve the
/// window stays within the curve, and the line is evaluated away from the window's centre.
///
/// Reason for this method: cost grows with length, in steps of the cipher's block (16 bytes). These steps
/// have a period of 16 and must remain. Cost also jumps and bends at the length of the cipher's unrolled loop
/// (some hundred bytes), which must be removed. A line over a window follows slopes and bends without lag. A
/// running median would be robust, too, but is biased at both ends of a slope. Robustness against single bad
/// repetitions comes from the estimator over the repetitions, which is applied before.
enum Detrending {
  /// The window spans this many of the longest periods.
  static let periodsPerWindow = 3

  /// The residuals of `values`, nil at gaps.
  /// - Parameter period: the longest candidate period, in steps.
  static func residuals(of values: [Double?], period: Int) -> [Double?] {
    let span = min(periodsPerWindow * period, values.count - 1)
    // If the curve is not longer than three periods, its end points are not halved, for it covers whole
    // periods without that.
    let endWeight = span == periodsPerWindow * period ? 0.5 : 1
    return values.indices.map { index in
      values[index].map { value in
        let first = min(max(index - span / 2, 0), values.count - 1 - span)
        return value - level(of: values, at: index, window: first...(first + span), endWeight: endWeight)
      }
    }
  }

  /// The value at `index` of the weighted least-squares line through the values of a window.
  private static func level(
    of values: [Double?], at index: Int, window: ClosedRange<Int>, endWeight: Double
  ) -> Double {
    // Positions are relative to `index`, so the line's value there is its intercept.
    var weights = 0.0
    var sumOfX = 0.0
    var squares = 0.0
    var sum = 0.0
    var products = 0.0
    for position in window {
      guard let value = values[position] else { continue }
      let weight = position == window.lowerBound || position == window.upperBound ? endWeight : 1
      let x = Double(position - index)
      weights += weight
      sumOfX += weight * x
      squares += weight * x * x
      sum += weight * value
      products += weight * x * value
    }
    let determinant = weights * squares - sumOfX * sumOfX
    // If the window has a single value, the line has no slope.
    return determinant > 0 ? (squares * sum - sumOfX * products) / determinant : sum / weights
  }
}
