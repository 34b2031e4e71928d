import Cases

/// Figures along an axis as multiples of what the same system has at the axis's baseline, in the same
/// repetition.
public struct RatioToBaseline: Sendable {
  /// The metrics that have such a ratio.
  public let metrics: [String]
  /// What its name adds to theirs.
  private let suffix: String
  /// Each axis along which it is told, with its value at the baseline.
  private let axes: [String: String]

  /// Costs with many tunnels against one.
  public static let oneTunnel = RatioToBaseline(
    metrics: [
      "seal_cycles_per_packet", "open_cycles_per_packet", "seal_stage_cycles_per_packet",
      "open_stage_cycles_per_packet",
    ], suffix: "_to_one_tunnel_ratio", axes: ["tunnels": "1"])

  /// Costs of opening with many senders against one.
  public static let oneSender = RatioToBaseline(
    metrics: ["open_cycles_per_packet", "open_stage_cycles_per_packet"], suffix: "_to_one_sender_ratio",
    axes: ["senders": "1"])

  /// Costs while all cores work against those while one does.
  public static let oneCore = RatioToBaseline(
    metrics: oneTunnel.metrics, suffix: "_to_one_core_ratio", axes: ["cores": "one"])

  /// Costs of stages with header fields and selectors against those without.
  public static let plain = RatioToBaseline(
    metrics: ["seal_stage_cycles_per_packet", "open_stage_cycles_per_packet"], suffix: "_to_plain_ratio",
    axes: ["header_fields": "none", "selectors": "false"])

  /// Costs of stages with IPv6 or UDP against those with IPv4 in IPv4.
  public static let ipv4 = RatioToBaseline(
    metrics: plain.metrics, suffix: "_to_ipv4_ratio",
    axes: ["inner_version": "ipv4", "outer_version": "ipv4", "encapsulation": "ip"])

  /// Goodput or capacity beside an attacker's packets against that without.
  public static let unattacked = RatioToBaseline(
    metrics: ["goodput_gbps", "capacity_gbps"], suffix: "_to_unattacked_ratio",
    axes: ["replayed_percent": "0", "forged_percent": "0"])

  /// All of them.
  public static let all = [oneTunnel, oneSender, oneCore, plain, ipv4, unattacked]

  /// The name of a metric's ratio, such as `seal_cycles_per_packet_to_one_tunnel_ratio`.
  public func name(of metric: String) -> String { metric + suffix }

  /// `samples` with the ratios added to the metrics of each sample of a case with one of the axes.
  ///
  /// A sample is compared with the valid sample of the same repetition whose coordinates differ in the axes
  /// alone and are the baseline's. Without it, or if its figure is not positive, there is no ratio.
  public func adding(to samples: [SampleRecord]) -> [SampleRecord] {
    var baselines: [Key: SampleRecord] = [:]
    for sample in samples where sample.isUsable && isBaseline(sample.coordinates) {
      baselines[key(sample)] = sample
    }
    return samples.map { sample in
      guard hasAxis(sample.coordinates), let baseline = baselines[key(sample)] else { return sample }
      var sample = sample
      for metric in metrics {
        guard let own = sample.metrics[metric], let other = baseline.metrics[metric], other > 0 else {
          continue
        }
        let ratio = own / other
        if ratio.isFinite { sample.metrics[name(of: metric)] = ratio }
      }
      return sample
    }
  }

  /// Whether a case lies on one of the axes.
  package func hasAxis(_ coordinates: CaseCoordinates) -> Bool {
    axes.keys.contains { coordinates.axes[$0] != nil }
  }

  /// Whether a case lies at the baseline; one without any of the axes does not.
  package func isBaseline(_ coordinates: CaseCoordinates) -> Bool {
    hasAxis(coordinates) && axes.allSatisfy { coordinates.axes[$0] == nil || coordinates.axes[$0] == $1 }
  }

  /// What a sample and its baseline have in common.
  private struct Key: Hashable {
    let coordinates: CaseCoordinates
    let basis: Basis
    let sample: Int
  }

  private func key(_ sample: SampleRecord) -> Key {
    var coordinates = sample.coordinates
    coordinates.name = ""
    for axis in axes.keys { coordinates.axes[axis] = nil }
    return Key(coordinates: coordinates, basis: sample.basis, sample: sample.sample)
  }
}
