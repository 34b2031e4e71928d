/// The test results for one period of a curve.
public struct PeriodFinding: Sendable, Equatable {
  /// The role of a period in the curve's structure.
  public enum Role: String, Sendable, Equatable, CaseIterable {
    /// The smallest period that explains the structure.
    case base
    /// A multiple of the base that adds to it.
    case adds
    /// Significant by itself, but a multiple or a divisor of a reported period.
    case implied
    /// Not significant, or too small a share to matter.
    case none
  }

  /// The period, in bytes.
  public let period: Int
  /// The role of the period.
  public let role: Role
  /// The share of the residuals' variance that the period explains, from 0 to 1, adjusted for the number of
  /// phases.
  public let share: Double
  /// The p value of the rotation test, adjusted by Holm for the number of periods tested.
  public let pValue: Double
  /// The share of the variance that the period explains in addition to the shorter reported periods; nil
  /// unless it was tested as an addition.
  public let addedShare: Double?
  /// The p value of that addition, adjusted for the number of multiples; nil unless it was tested.
  public let addedPValue: Double?
  /// The phase of the lowest cost, in bytes: the cost is lowest at multiples of the period plus this.
  public let minimumPhase: Int
}
