import Cases

extension Basis {
  /// What a gateway carries in rows of this basis: goodput is what came back, anything else is a capacity.
  public var throughputMetric: String { name(of: Metric.goodput) }

  /// The names that it has in rows of any basis.
  public static let throughputMetrics = [Metric.goodput, Metric.capacity]

  /// The name that a figure of throughput has in rows of this basis, such as `capacity_gbps` of
  /// `goodput_gbps`; any other metric's own. So tables read that were written when both were called goodput.
  public func name(of metric: String) -> String {
    switch self {
    case .measured: metric
    case .capacity, .model: metric.replacing("goodput", with: "capacity")
    case .carried: metric.replacing("goodput", with: "carried")
    }
  }

  /// What to call the throughput of rows of these bases together.
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
