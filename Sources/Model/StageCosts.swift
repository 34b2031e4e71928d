/// What each stage costs on one core, for one format, AEAD and frame size.
public struct StageCosts: Codable, Equatable, Sendable {
  /// Busy TSC ticks per packet by stage; a hand-over from another core, where the stage has one, included. A
  /// stage that was not measured is absent, never 0.
  public let ticksPerPacket: [StageKind: Double]
  /// TSC ticks in a second.
  public let ticksPerSecond: Double

  /// - Throws: `ModelFailure.notPositive` for a cost or rate that is not above 0 and finite.
  public init(ticksPerPacket: [StageKind: Double], ticksPerSecond: Double) throws {
    self.ticksPerSecond = try ModelFailure.positive(ticksPerSecond, "the number of ticks per second")
    for kind in StageKind.allCases {
      guard let ticks = ticksPerPacket[kind] else { continue }
      _ = try ModelFailure.positive(ticks, "the cost of the stage \(kind.rawValue)")
    }
    self.ticksPerPacket = ticksPerPacket
  }

  /// The same checks as when made from parts: costs may come from a file.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      ticksPerPacket: container.decode([StageKind: Double].self, forKey: .ticksPerPacket),
      ticksPerSecond: container.decode(Double.self, forKey: .ticksPerSecond))
  }

  /// The cost of a stage, ticks per packet.
  /// - Throws: `ModelFailure.missingCost`
  public func ticks(_ kind: StageKind) throws -> Double {
    guard let ticks = ticksPerPacket[kind] else { throw ModelFailure.missingCost(kind) }
    return ticks
  }
}
