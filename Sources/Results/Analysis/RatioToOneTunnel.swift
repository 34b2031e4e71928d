/// Costs with many tunnels as multiples of what the same system costs with one.
public enum RatioToOneTunnel {
  /// The costs that have such a ratio.
  public static let costs = [
    "seal_cycles_per_packet", "open_cycles_per_packet", "seal_stage_cycles_per_packet",
    "open_stage_cycles_per_packet",
  ]

  /// The name of a cost's ratio, such as `seal_cycles_per_packet_to_one_tunnel_ratio`.
  public static func name(of metric: String) -> String { "\(metric)_to_one_tunnel_ratio" }

  private static let axis = "tunnels"

  /// `samples` with the ratios added to the metrics of each sample of a case with tunnels.
  ///
  /// A sample is compared with the valid sample of the same repetition whose coordinates differ in the
  /// tunnels alone and say 1. Without it, or if its figure is not positive, there is no ratio.
  public static func adding(to samples: [SampleRecord]) -> [SampleRecord] {
    var ones: [Key: SampleRecord] = [:]
    for sample in samples where sample.valid && sample.coordinates.axes[axis] == "1" {
      ones[Key(sample)] = sample
    }
    return samples.map { sample in
      guard sample.coordinates.axes[axis] != nil, let one = ones[Key(sample)] else { return sample }
      var sample = sample
      for metric in costs {
        guard let cost = sample.metrics[metric], let least = one.metrics[metric], least > 0 else { continue }
        let ratio = cost / least
        if ratio.isFinite { sample.metrics[name(of: metric)] = ratio }
      }
      return sample
    }
  }

  /// What a sample and the one with one tunnel have in common.
  private struct Key: Hashable {
    let coordinates: CaseCoordinates
    let basis: Basis
    let sample: Int

    init(_ sample: SampleRecord) {
      var coordinates = sample.coordinates
      coordinates.name = ""
      coordinates.axes[axis] = nil
      self.coordinates = coordinates
      basis = sample.basis
      self.sample = sample.sample
    }
  }
}
