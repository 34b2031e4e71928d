/// By how much the model was wrong on a point that was measured.
public struct ModelError: Codable, Equatable, Sendable {
  /// The point, such as a case's name.
  public let name: String
  /// What the model said, in the unit of `observed`.
  public let predicted: Double
  /// What was measured.
  public let observed: Double

  /// nil unless `observed` is above 0 and both are finite.
  public init?(name: String, predicted: Double, observed: Double) {
    guard observed > 0, observed.isFinite, predicted.isFinite else { return nil }
    self.name = name
    self.predicted = predicted
    self.observed = observed
  }

  /// predicted ÷ observed − 1: 0.1 is a prediction that is 10 % too high.
  public var relative: Double { predicted / observed - 1 }

  /// What the errors of some points come to.
  public struct Summary: Codable, Equatable, Sendable {
    /// How many points there were.
    public let points: Int
    /// Mean of the relative errors: whether the model is too high or too low as a whole.
    public let mean: Double
    /// Mean of their absolute values.
    public let meanAbsolute: Double
    /// The point with the greatest absolute value; of equal ones the first.
    public let worst: ModelError
  }

  /// Summarises errors; nil if there are none.
  public static func summary(of errors: [ModelError]) -> Summary? {
    guard var worst = errors.first else { return nil }
    for error in errors where abs(error.relative) > abs(worst.relative) { worst = error }
    let count = Double(errors.count)
    return Summary(
      points: errors.count, mean: errors.reduce(0) { $0 + $1.relative } / count,
      meanAbsolute: errors.reduce(0) { $0 + abs($1.relative) } / count, worst: worst)
  }
}
