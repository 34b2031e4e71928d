import Cases

/// Costs as multiples of their floor, which is the cost of the crypto library's bare call over the same
/// bytes.
public enum RatioToFloor {
  /// The costs that have a floor, each with the floor's metric. A whole stage is compared with the call
  /// inside it.
  public static let denominators = [
    Metric.seal: Metric.seal, Metric.open: Metric.open, Metric.sealStage: Metric.seal,
    Metric.openStage: Metric.open,
  ]

  private static let floors = Set(System.allCases.compactMap { $0.floor?.rawValue })

  /// The name of a cost's ratio to its floor, such as `seal_cycles_per_packet_to_raw_ratio`.
  public static func name(of metric: String) -> String { "\(metric)_to_raw_ratio" }

  /// The axes that a floor may lack. The bare call has no sequence numbers, windows, tunnels or senders.
  private static let optionalAxes = [Axis.esn, .windowSize, .tunnels, .senders]

  /// The cipher's name in the coordinates of a system without a cipher.
  private static let noCipher = "none"

  /// Adds the ratios to the metrics of each sample that has a floor.
  ///
  /// The floor of a sample is the usable sample of the floor's system in the same repetition, at the same
  /// coordinates; the optional axes count only if the floor has them. A system without a cipher uses the
  /// floor of the only cipher at its coordinates; if there are several ciphers, it has no floor. Without a
  /// floor, or if the floor's figure is not positive, there is no ratio.
  public static func adding(to samples: [SampleRecord]) -> [SampleRecord] {
    let candidates = Dictionary(
      grouping: samples.filter { $0.isUsable && floors.contains($0.coordinates.system) }
    ) { key($0, system: $0.coordinates.system) }
    return samples.map { sample in
      guard let system = System(rawValue: sample.coordinates.system)?.floor?.rawValue,
        let floor = floor(of: sample, among: candidates[key(sample, system: system)] ?? [])
      else { return sample }
      return denominators.reduce(sample) { sample, known in
        sample.adding(name(of: known.key), known.key, over: floor.metrics[known.value])
      }
    }
  }

  /// Finds the sample among `candidates` with the same cipher and the same optional axes. All candidates have
  /// the key of `sample`.
  private static func floor(of sample: SampleRecord, among candidates: [SampleRecord]) -> SampleRecord? {
    let fitting = candidates.filter { candidate in
      optionalAxes.allSatisfy { axis in
        candidate.coordinates[axis].map { $0 == sample.coordinates[axis] } ?? true
      }
    }
    if let same = fitting.first(where: { $0.coordinates.aead == sample.coordinates.aead }) { return same }
    guard sample.coordinates.aead == noCipher, Set(fitting.map(\.coordinates.aead)).count == 1 else {
      return nil
    }
    return fitting.first
  }

  /// The key that a sample shares with its floor. Its system is the floor's.
  private static func key(_ sample: SampleRecord, system: String) -> SampleKey {
    var coordinates = sample.coordinates
    (coordinates.name, coordinates.system, coordinates.aead) = ("", system, "")
    for axis in optionalAxes { coordinates.axes[axis.rawValue] = nil }
    return SampleKey(sample, at: coordinates)
  }
}
