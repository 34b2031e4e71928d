/// A value explained as a sum of given quantities, each times a coefficient, by least squares.
public struct LeastSquares: Sendable, Equatable {
  /// One for each quantity, in their order.
  public let coefficients: [Double]
  /// What each value is off from the sum.
  public let residuals: [Double]
  /// Part of the values' variance that the sum explains; 1 where they do not vary.
  public let rSquared: Double

  /// By the QR decomposition (modified Gram and Schmidt), which unlike normal equations does not square the
  /// condition.
  /// - Parameters:
  ///   - rows: the quantities of each value; a constant is a quantity of 1.
  ///   - values: as many.
  /// - Returns: nil if there are fewer values than quantities, or a quantity follows from the others.
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
    let mean = values.reduce(0, +) / Double(values.count)
    let total = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    (coefficients, residuals) = (found, rest)
    rSquared = total > 0 ? max(1 - product(rest, rest) / total, 0) : 1
  }
}
