/// How the samples of a case become one figure (docs/method.md).
///
/// Whatever disturbs a machine makes costs higher and capacities lower, never the other way: the figure is
/// taken from the end that disturbances do not reach.
public enum Estimator: Sendable, Equatable {
  /// The 10th percentile: of costs.
  case lowEnd
  /// The 90th percentile: of what follows from costs as their inverse.
  case highEnd
  /// The median: of all else.
  case middle

  /// The percentile of the samples.
  public var percent: Double {
    switch self {
    case .lowEnd: 10
    case .highEnd: 90
    case .middle: 50
    }
  }

  /// The figure of `values`; nil if there are none.
  public func value(of values: [Double]) -> Double? { Statistics.percentile(percent, of: values) }
}
