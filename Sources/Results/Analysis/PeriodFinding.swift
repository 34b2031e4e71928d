/// The test results for one period of a curve.
public struct PeriodFinding: Sendable, Equatable {
  /// The role of a period in the curve's structure.
  public enum Role: String, Sendable, Equatable, CaseIterable {
    /// The smallest period that explains the structure.
    case base
    /// A multiple of the base that adds to it.
    case adds
    /// Significant by itself, but a multiple or a part of a period that is reported.
    case implied
    /// Not significant, or too small a share to matter.
    case none
  }

  /// The period, in bytes.
  public let period: Int
  /// Its role.
  public let role: Role
  /// Share of the residuals' variance that it explains, adjusted for its number of phases: 0 to 1.
  public let share: Double
  /// The p value of the rotation test, adjusted by Holm for the number of periods tested.
  public let pValue: Double
  /// Share of the variance that it explains beyond the shorter periods reported; nil unless tested as an
  /// addition to them.
  public let addedShare: Double?
  /// The p value of that addition, adjusted for the number of multiples; nil likewise.
  public let addedPValue: Double?
  /// The phase of the lowest cost: places at which it lies are a multiple of the period plus this, in bytes.
  public let minimumPhase: Int
}
