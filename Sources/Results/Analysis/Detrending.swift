/// Removes the trend from a curve, so that periodic structure can be seen.
///
/// Method: at each place a straight line is fitted by least squares to the places of a window around it, and
/// the place's residual is its value less the line's. The window is three times the longest period asked
/// about, and its two end places weigh half: so it covers whole periods, over which a periodic structure has
/// the same mean wherever the window stands, and only the line follows the trend. Near the ends of the curve
/// the window stays within the curve and the line is read off its centre.
///
/// Why so: cost grows with length, in steps of the cipher's block (16 bytes), which are a structure of period
/// 16 and shall stay, and with jumps and bends at the length of its unrolled loop (some hundred bytes), which
/// shall not. A line over a window follows slope and bends without lag; a running median, the other robust
/// choice, is biased at both ends of a slope. Robustness against single bad repetitions comes from the
/// median over the repetitions before.
enum Detrending {
  /// How many of the longest periods the window covers.
  static let periodsPerWindow = 3

  /// The residuals of `values`, nil at gaps.
  /// - Parameter period: the longest period asked about, in steps.
  static func residuals(of values: [Double?], period: Int) -> [Double?] {
    let span = min(periodsPerWindow * period, values.count - 1)
    // A curve of just three periods has whole periods without the halves.
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
    // Places count from `index`, so that the line's value there is its intercept.
    var weights = 0.0
    var places = 0.0
    var squares = 0.0
    var sum = 0.0
    var products = 0.0
    for place in window {
      guard let value = values[place] else { continue }
      let weight = place == window.lowerBound || place == window.upperBound ? endWeight : 1
      let x = Double(place - index)
      weights += weight
      places += weight * x
      squares += weight * x * x
      sum += weight * value
      products += weight * x * value
    }
    let determinant = weights * squares - places * places
    // A single place in the window has no slope.
    return determinant > 0 ? (squares * sum - places * products) / determinant : sum / weights
  }
}
