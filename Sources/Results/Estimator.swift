import Cases

/// How the samples of a case become one figure (docs/method.md).
///
/// Whatever disturbs a machine makes costs higher and capacities lower, never the other way: the figure is
/// taken from the end that disturbances do not reach.
public enum Estimator: Sendable, Equatable {
  /// The lower quartile: of costs.
  case lowEnd
  /// The upper quartile: of what follows from costs as their inverse.
  case highEnd
  /// The median: of all else.
  case middle

  /// The percentile of the samples.
  public var percent: Double {
    switch self {
    case .lowEnd: 25
    case .highEnd: 75
    case .middle: 50
    }
  }

  /// The estimator of a metric in rows of a basis. Means stay what they are, disturbances included, and what
  /// came back within a window is what it is.
  public init(of metric: String, _ basis: Basis) {
    let isCost = metric.hasSuffix("_cycles_per_packet") || metric.hasSuffix("_ns_per_packet")
    if isCost && !metric.contains("_mean_") {
      self = .lowEnd
    } else if basis != .measured && Self.capacities.contains(metric) {
      self = .highEnd
    } else {
      self = .middle
    }
  }

  private static let capacities: Set = [
    "capacity_gbps", "capacity_per_thread_gbps", "packet_rate_mpps", "seal_mpps", "open_mpps",
    "seal_capacity_mpps", "open_capacity_mpps", "unlimited_capacity_gbps",
  ]

  /// The figure of `values`; nil if there are none.
  public func value(of values: [Double]) -> Double? { Statistics.percentile(percent, of: values) }
}
