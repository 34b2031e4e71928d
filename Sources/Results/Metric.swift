/// The metrics to which code refers by name; ``MetricCatalog`` has their meanings.
public enum Metric {
  /// The carried rate. ``Basis/throughputMetric`` is the throughput's name in rows of another basis.
  public static let goodput = "goodput_gbps"
  /// The rate that a gateway's busiest thread could carry.
  public static let capacity = "capacity_gbps"
  /// The cost of sealing a packet.
  public static let seal = "seal_cycles_per_packet"
  /// The cost of opening a packet.
  public static let open = "open_cycles_per_packet"
  /// The cost of a packet in a whole sealing stage.
  public static let sealStage = "seal_stage_cycles_per_packet"
  /// The cost of a packet in a whole opening stage.
  public static let openStage = "open_stage_cycles_per_packet"
  /// The costs of the operations alone.
  public static let operations = [seal, open]
  /// The costs of whole stages.
  public static let stages = [sealStage, openStage]
  /// All costs of a packet.
  public static let costs = operations + stages

  package static let packetRate = "packet_rate_mpps"
  package static let loss = "loss_ratio"
  package static let reordered = "reordered_ratio"
  package static let lateDrops = "late_drop_ratio"
  package static let fill = "fill_ratio"
  package static let clockError = "clock_error_ratio"
  package static let firstPacket99 = "first_packet_p99_us"
  package static let saBytes = "sa_bytes"
  package static let groupBytes = "group_bytes"
  package static let replaysAccepted = "replays_accepted_ratio"
  package static let unlimitedCapacity = "unlimited_capacity_gbps"
  package static let modelError = "model_error_ratio"
  package static let handOver = "hand_over_ticks"
  package static let coreRate = "core_ghz"
  package static let issueRate = "core_issue_rate"

  /// The metric of the rate that fulfils a goal of ``MetricCatalog/goals``.
  package static func rate(_ goal: String) -> String { "\(goal)_mpps" }
}
