import Cases

/// The stages of one thread of a pipeline, and the thread's load.
public struct PlacementRecord: Sendable, Equatable {
  /// The coordinates of the case.
  public var coordinates: CaseCoordinates
  /// `seal` or `open`.
  public var direction: String
  /// The thread's number in its direction, from 0.
  public var thread: Int
  /// The thread's stages, in the order in which it polls them.
  public var stages: [String]
  /// The thread's share of the packets to encrypt or decrypt, in 1/128.
  public var share: Int
  /// The thread's cost per packet of its direction in TSC ticks, computed from the costs on which the
  /// placement is based.
  public var cyclesPerPacket: Double
  /// This cost, relative to that of the gateway's busiest thread.
  public var load: Double

  /// Makes a record from its parts.
  public init(
    coordinates: CaseCoordinates, direction: String, thread: Int, stages: [String], share: Int,
    cyclesPerPacket: Double, load: Double
  ) {
    self.coordinates = coordinates
    self.direction = direction
    self.thread = thread
    self.stages = stages
    self.share = share
    self.cyclesPerPacket = cyclesPerPacket
    self.load = load
  }
}

extension Schemas {
  /// The table `placements`: a row per thread of each pipeline case.
  public static func placements(_ records: [PlacementRecord]) -> Table {
    let fields: [Field<PlacementRecord>] =
      caseFields(\.coordinates)
      + [
        Field("direction", "Direction that the thread works for: seal or open.", \.direction),
        Field("thread", "The thread's number within the direction, from 0.", \.thread),
        Field("stages", "Its stages in the order in which they are polled, joined by +.") {
          $0.stages.joined(separator: "+")
        },
        Field("share", unit: "1/128", "Its share of the packets to encrypt or decrypt.", \.share),
        Field(
          "cycles_per_packet", unit: "TSC ticks/packet",
          "What it spends for each packet of its direction, by the costs that the placement rests on.",
          \.cyclesPerPacket),
        Field("load_ratio", unit: "1", "The same, as a share of what the busiest thread spends.", \.load),
      ]
    return Table(
      name: "placements", title: "Which thread of a pipeline runs which stages", fields: fields,
      sources: records)
  }
}
