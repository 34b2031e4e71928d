import Cases

extension Basis {
  /// The name of the throughput metric in rows of this basis: goodput if measured, otherwise a capacity or a
  /// carried rate.
  public var throughputMetric: String { name(of: Metric.goodput) }

  /// The names of throughput that count in comparisons: goodput, and capacity for capacities and models.
  public static let throughputMetrics = [Metric.goodput, Metric.capacity]

  /// The name that a throughput metric has in rows of this basis, such as `capacity_gbps` for `goodput_gbps`.
  /// Other metrics keep their names. So old tables, which called both goodput, can still be read.
  public func name(of metric: String) -> String {
    switch self {
    case .measured: metric
    case .capacity, .model: metric.replacing("goodput", with: "capacity")
    case .carried: metric.replacing("goodput", with: "carried")
    }
  }

  /// The name of throughput for readers, for rows of these bases together.
  public static func throughputName(of bases: Set<Basis>) -> String {
    bases == [.measured] ? "goodput" : bases.contains(.measured) ? "goodput or capacity" : "capacity"
  }

  /// Whether rows of this basis can have the metric.
  func suits(_ metric: String) -> Bool {
    switch self {
    case .measured: !metric.contains("capacity")
    case .capacity, .model: !metric.contains("goodput")
    case .carried: !metric.contains("capacity") && !metric.contains("goodput")
    }
  }
}
