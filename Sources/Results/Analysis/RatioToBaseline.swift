import Cases

/// Figures along an axis as multiples of the same system's figure at the axis's baseline value, within a
/// repetition.
public struct RatioToBaseline: Sendable {
  /// The metrics for which the ratio is reported.
  public let metrics: [String]
  /// The suffix of the ratio's name, after the metric's.
  private let suffix: String
  /// Each axis along which the ratio is reported, with its baseline value.
  private let axes: [Axis: String]

  /// Costs with many tunnels relative to one.
  public static let oneTunnel = RatioToBaseline(
    metrics: Metric.costs, suffix: "_to_one_tunnel_ratio", axes: [.tunnels: "1"])

  /// Costs of opening with many senders relative to one.
  public static let oneSender = RatioToBaseline(
    metrics: [Metric.open, Metric.openStage], suffix: "_to_one_sender_ratio", axes: [.senders: "1"])

  /// Costs while all cores work relative to those while one works.
  public static let oneCore = RatioToBaseline(
    metrics: Metric.costs, suffix: "_to_one_core_ratio", axes: [.cores: "one"])

  /// Costs of stages with header fields and selectors relative to those without.
  public static let plain = RatioToBaseline(
    metrics: Metric.stages, suffix: "_to_plain_ratio", axes: [.headerFields: "none", .selectors: "false"])

  /// Costs of stages with IPv6 or UDP relative to those with IPv4 in IPv4.
  public static let ipv4 = RatioToBaseline(
    metrics: Metric.stages, suffix: "_to_ipv4_ratio",
    axes: [.innerVersion: "ipv4", .outerVersion: "ipv4", .encapsulation: "ip"])

  /// Goodput or capacity under an attacker's packets relative to that without.
  public static let unattacked = RatioToBaseline(
    metrics: Basis.throughputMetrics, suffix: "_to_unattacked_ratio",
    axes: [.replayedPercent: "0", .forgedPercent: "0"])

  /// All ratios to a baseline.
  public static let all = [oneTunnel, oneSender, oneCore, plain, ipv4, unattacked]

  /// The name of a metric's ratio, such as `seal_cycles_per_packet_to_one_tunnel_ratio`.
  public func name(of metric: String) -> String { metric + suffix }

  /// Adds the ratios to the metrics of each sample whose case has one of the axes.
  ///
  /// A sample is compared with the usable sample of the same repetition that has the baseline's values on the
  /// axes and the same coordinates otherwise. If there is no such sample, or its figure is not positive,
  /// there is no ratio.
  public func adding(to samples: [SampleRecord]) -> [SampleRecord] {
    var baselines: [SampleKey: SampleRecord] = [:]
    for sample in samples where sample.isUsable && isBaseline(sample.coordinates) {
      baselines[key(sample)] = sample
    }
    return samples.map { sample in
      guard hasAxis(sample.coordinates), let baseline = baselines[key(sample)] else { return sample }
      return metrics.reduce(sample) { $0.adding(name(of: $1), $1, over: baseline.metrics[$1]) }
    }
  }

  /// Whether a case lies on one of the axes.
  package func hasAxis(_ coordinates: CaseCoordinates) -> Bool {
    axes.keys.contains { coordinates[$0] != nil }
  }

  /// Whether a case lies at the baseline. A case without any of the axes does not.
  package func isBaseline(_ coordinates: CaseCoordinates) -> Bool {
    hasAxis(coordinates) && axes.allSatisfy { coordinates[$0] == nil || coordinates[$0] == $1 }
  }

  /// The key that a sample shares with its baseline.
  private func key(_ sample: SampleRecord) -> SampleKey {
    var coordinates = sample.coordinates
    coordinates.name = ""
    for axis in axes.keys { coordinates.axes[axis.rawValue] = nil }
    return SampleKey(sample, at: coordinates)
  }
}

extension SampleRecord {
  /// Adds the ratio of a metric to `other`, unless `other` is not positive or the ratio is not finite.
  func adding(_ name: String, _ metric: String, over other: Double?) -> SampleRecord {
    guard let own = metrics[metric], let other, other > 0, (own / other).isFinite else { return self }
    var sample = self
    sample.metrics[name] = own / other
    return sample
  }
}
