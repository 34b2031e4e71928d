import Cases
import Statistics

extension Estimator {
  /// The estimator of a metric in rows of a basis: the low end for costs, the high end for capacities,
  /// otherwise the middle. So mean costs and carried rates include disturbances.
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
    Metric.capacity, "capacity_per_thread_gbps", Metric.packetRate, "seal_mpps", "open_mpps",
    "seal_capacity_mpps", "open_capacity_mpps", Metric.unlimitedCapacity,
  ]
}
