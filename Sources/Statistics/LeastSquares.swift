/// Explains values as a weighted sum of given quantities, by least squares.
public struct LeastSquares: Sendable, Equatable {
  /// A coefficient for each quantity, in the order of the quantities.
  public let coefficients: [Double]
  /// The difference of each value from the sum.
  public let residuals: [Double]
  /// The share of the values' variance that the sum explains; 1 if the values do not vary.
  public let rSquared: Double

  /// Uses a QR decomposition (modified Gram-Schmidt), which unlike normal equations does not square the
  /// condition number.
  /// - Parameters:
  ///   - rows: the quantities of each value; for a constant, a quantity of 1.
  ///   - values: a value for each row.
  /// - Returns: nil if there are fewer values than quantities, or if a quantity is a linear combination of
  ///   others.
  public init?(_ rows: [[Double]], _ values: [Double]) {
    guard let width = rows.first?.count, width > 0, rows.count == values.count, rows.count >= width,
      rows.allSatisfy({ $0.count == width && $0.allSatisfy(\.isFinite) }), values.allSatisfy(\.isFinite)
    else { return nil }
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    var columns = (0..<width).map { column in rows.map { $0[column] } }
    var upper = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
    var rest = values
    var projected = [Double](repeating: 0, count: width)
    for column in 0..<width {
      let before = product(rows.map { $0[column] }, rows.map { $0[column] }).squareRoot()
      let norm = product(columns[column], columns[column]).squareRoot()
      guard norm > 1e-9 * before else { return nil }
      upper[column][column] = norm
      columns[column] = columns[column].map { $0 / norm }
      for later in (column + 1)..<max(width, column + 1) {
        upper[column][later] = product(columns[column], columns[later])
        columns[later] = zip(columns[later], columns[column]).map { $0 - upper[column][later] * $1 }
      }
      projected[column] = product(columns[column], rest)
      rest = zip(rest, columns[column]).map { $0 - projected[column] * $1 }
    }
    var found = projected
    for column in (0..<width).reversed() {
      for later in (column + 1)..<max(width, column + 1) {
        found[column] -= upper[column][later] * found[later]
      }
      found[column] /= upper[column][column]
    }
    self.init(coefficients: found, residuals: rest, values: values)
  }

  /// A robust fit for data with outliers (Huber's M estimator): the weight of a value decreases if its
  /// residual exceeds 1.345 standard deviations. The standard deviation is estimated from the median
  /// distance.
  /// - Returns: nil under the same conditions. Residuals are those of the unweighted values.
  public init?(robust rows: [[Double]], _ values: [Double]) {
    guard var found = LeastSquares(rows, values) else { return nil }
    for _ in 0..<Self.roundsMax {
      let distances = found.residuals.map(abs)
      guard let middle = Statistics.percentile(50, of: distances), middle > 0 else { break }
      let bound = 1.345 * 1.4826 * middle
      // Values and quantities are multiplied by the root of the weight.
      let roots = distances.map { min(1, bound / $0).squareRoot() }
      guard
        let next = LeastSquares(
          zip(rows, roots).map { row, root in row.map { $0 * root } }, zip(values, roots).map { $0 * $1 })
      else { break }
      let off = zip(rows, values).map { row, value in
        value - zip(row, next.coefficients).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let step = zip(next.coefficients, found.coefficients).map { abs($0 - $1) }.max() ?? 0
      found = LeastSquares(coefficients: next.coefficients, residuals: off, values: values)
      if step < 1e-9 { break }
    }
    self = found
  }

  /// The most iterations, in each of which new weights give new coefficients; a handful usually suffices.
  private static let roundsMax = 30

  private init(coefficients: [Double], residuals: [Double], values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    let total = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let left = residuals.reduce(0) { $0 + $1 * $1 }
    (self.coefficients, self.residuals) = (coefficients, residuals)
    rSquared = total > 0 ? max(1 - left / total, 0) : 1
  }
}
