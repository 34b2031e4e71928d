import Cases

/// Costs as multiples of their floor: what the crypto library's bare call costs over the same bytes.
public enum RatioToFloor {
  /// The costs that have a floor, and which of the floor's figures that is. A whole stage has the floor of
  /// the call that it is built around.
  public static let denominators = [
    "seal_cycles_per_packet": "seal_cycles_per_packet",
    "open_cycles_per_packet": "open_cycles_per_packet",
    "seal_stage_cycles_per_packet": "seal_cycles_per_packet",
    "open_stage_cycles_per_packet": "open_cycles_per_packet",
  ]

  private static let floors = Set(System.allCases.compactMap { $0.floor?.rawValue })

  /// The name of a cost's ratio to its floor, such as `seal_cycles_per_packet_to_raw_ratio`.
  public static func name(of metric: String) -> String { "\(metric)_to_raw_ratio" }

  /// The axes that a floor may lack, for it knows neither numbers nor windows nor tunnels nor senders.
  private static let optionalAxes: Set = ["esn", "window_size", "tunnels", "senders"]

  /// What the coordinates call the cipher of a system that has none.
  private static let noCipher = "none"

  /// `samples` with the ratios added to the metrics of each sample that has a floor.
  ///
  /// The floor of a sample is the valid sample of its floor's system in the same repetition, at the same
  /// coordinates; the optional axes count only if the floor has them. A system without a
  /// cipher takes the floor of the only cipher there is at its coordinates, and none if there are several.
  /// Without a floor, or if the floor's figure is not positive, there is no ratio.
  public static func adding(to samples: [SampleRecord]) -> [SampleRecord] {
    var candidates: [Key: [SampleRecord]] = [:]
    for sample in samples where sample.isUsable && floors.contains(sample.coordinates.system) {
      candidates[Key(sample, system: sample.coordinates.system), default: []].append(sample)
    }
    return samples.map { sample in
      guard let system = System(rawValue: sample.coordinates.system)?.floor?.rawValue,
        let floor = floor(of: sample, among: candidates[Key(sample, system: system)] ?? [])
      else { return sample }
      var sample = sample
      for (metric, denominator) in denominators {
        guard let cost = sample.metrics[metric], let least = floor.metrics[denominator], least > 0 else {
          continue
        }
        let ratio = cost / least
        if ratio.isFinite { sample.metrics[name(of: metric)] = ratio }
      }
      return sample
    }
  }

  /// The sample among `candidates`, which agree with `sample` in its key, that agrees in cipher and optional
  /// axes as well.
  private static func floor(of sample: SampleRecord, among candidates: [SampleRecord]) -> SampleRecord? {
    let axes = sample.coordinates.axes
    let fitting = candidates.filter { candidate in
      optionalAxes.allSatisfy { name in
        candidate.coordinates.axes[name].map { $0 == axes[name] } ?? true
      }
    }
    if let same = fitting.first(where: { $0.coordinates.aead == sample.coordinates.aead }) { return same }
    guard sample.coordinates.aead == noCipher, Set(fitting.map(\.coordinates.aead)).count == 1 else {
      return nil
    }
    return fitting.first
  }

  /// What a sample and its floor have in common, but for the system, which is the floor's.
  private struct Key: Hashable {
    let system: String
    let threads: Int
    let frameBytes: Int
    let extraHeadroomBytes: Int
    let link: String
    let axes: [String: String]
    let basis: Basis
    let sample: Int

    init(_ sample: SampleRecord, system: String) {
      self.system = system
      threads = sample.coordinates.threads
      frameBytes = sample.coordinates.frameBytes
      extraHeadroomBytes = sample.coordinates.extraHeadroomBytes
      link = sample.coordinates.link
      axes = sample.coordinates.axes.filter { !optionalAxes.contains($0.key) }
      basis = sample.basis
      self.sample = sample.sample
    }
  }
}
