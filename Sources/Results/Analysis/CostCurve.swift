import Cases

/// A cost against one swept quantity, such as ticks per packet against the packet's length.
public struct CostCurve: Sendable, Equatable {
  /// The metric and the coordinates of a curve.
  public struct Label: Sendable, Equatable, Hashable {
    /// The system's name, such as `esp-single`.
    public var system: String
    /// The cipher's name, such as `aes-128-gcm`.
    public var aead: String
    /// The swept quantity, such as `packet_bytes` or `extra_headroom_bytes`.
    public var axis: String
    /// The cost, such as `seal_cycles_per_packet`.
    public var metric: String
    /// All other coordinates by name, such as `["packet_bytes": "1400"]` for a curve over the headroom.
    public var coordinates: [String: String]

    /// Makes a label from its parts.
    public init(
      system: String, aead: String, axis: String, metric: String, coordinates: [String: String] = [:]
    ) {
      self.system = system
      self.aead = aead
      self.axis = axis
      self.metric = metric
      self.coordinates = coordinates
    }
  }

  /// One point of the curve.
  public struct Point: Sendable, Equatable {
    /// The point's value on the axis, in bytes.
    public var x: Int
    /// The cost in each repetition; nil if it is unknown. The same index means the same repetition at every
    /// point, so that points are compared repetition by repetition.
    public var values: [Double?]

    /// Makes a point from its parts.
    public init(x: Int, values: [Double?]) {
      self.x = x
      self.values = values
    }
  }

  /// The curve's metric and coordinates.
  public var label: Label
  /// The points, in any order; no x occurs twice.
  public var points: [Point]
  /// The launch of each repetition; empty if each repetition had a launch of its own.
  public var launches: [Int]

  /// Makes a curve from its parts.
  public init(label: Label, points: [Point], launches: [Int] = []) {
    self.label = label
    self.points = points
    self.launches = launches
  }
}

extension CostCurve {
  /// The two axes that a packet's length can have; one follows from the other.
  package static let lengthAxes: Set = [Axis.packetBytes.rawValue, Axis.frameBytes.rawValue]

  /// The curves over `axis` in `samples`: one for each metric and combination of all other coordinates, in
  /// order of first appearance, with points in ascending order of x.
  ///
  /// Only valid samples count, and only cases whose value on the axis is a whole number. A packet's length
  /// and its frame's length count as one axis.
  /// - Parameters:
  ///   - axis: `frame_bytes`, `extra_headroom_bytes`, or the name of a further axis such as `packet_bytes`.
  ///   - metrics: the costs; a metric that no sample has makes no curve.
  public static func curves(
    of samples: [SampleRecord], over axis: String, metrics: [String]
  ) -> [CostCurve] {
    var order: [Label] = []
    var values: [Label: [Int: [Int: Double]]] = [:]
    var launches: [Int: Int] = [:]
    for sample in samples where sample.isUsable {
      let known = coordinates(of: sample)
      launches[sample.sample] = sample.launch ?? sample.sample
      guard let x = known[axis].flatMap({ Int($0) }) else { continue }
      let others = known.filter { name, _ in
        name != axis && !(lengthAxes.contains(axis) && lengthAxes.contains(name))
      }
      for metric in metrics {
        guard let value = sample.metrics[metric], value.isFinite else { continue }
        let label = Label(
          system: sample.coordinates.system, aead: sample.coordinates.aead, axis: axis, metric: metric,
          coordinates: others)
        if values[label] == nil { order.append(label) }
        values[label, default: [:]][x, default: [:]][sample.sample] = value
      }
    }
    return order.map { label in
      let valuesByX = values[label] ?? [:]
      let repetitions = Set(valuesByX.values.flatMap(\.keys)).sorted()
      let points = valuesByX.keys.sorted().map { x in
        Point(x: x, values: repetitions.map { valuesByX[x]?[$0] })
      }
      return CostCurve(label: label, points: points, launches: repetitions.map { launches[$0] ?? $0 })
    }
  }

  /// The coordinates of the sample's case, except for system and cipher.
  private static func coordinates(of sample: SampleRecord) -> [String: String] {
    let fixed = sample.coordinates
    var known = [
      "threads": "\(fixed.threads)", "frame_bytes": "\(fixed.frameBytes)",
      "extra_headroom_bytes": "\(fixed.extraHeadroomBytes)", "link": fixed.link,
      "basis": sample.basis.rawValue,
    ]
    for (axis, value) in fixed.axes { known[axis] = value }
    return known
  }
}
