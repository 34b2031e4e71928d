/// How one figure is computed from the samples of a case (docs/method.md).
///
/// Every disturbance of a machine increases costs and decreases capacities, never the opposite. So the figure
/// is taken from the end of the distribution that disturbances do not affect.
public enum Estimator: Sendable, Equatable {
  /// The 10th percentile, for costs.
  case lowEnd
  /// The 90th percentile, for inverses of costs.
  case highEnd
  /// The median, for everything else.
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
