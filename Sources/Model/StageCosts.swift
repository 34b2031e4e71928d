import Foundation

/// What it makes of a stage's cost that it deals its packets to many rings: each ring has cache lines of its
/// own, which other cores read. Measured, like the costs themselves.
public struct RingGrowth: Codable, Equatable, Sendable {
  /// Rings when measured, 2 or more.
  public let rings: Int
  /// The cost with so many over that with one ring, by stage.
  public let ratios: [StageKind: Double]

  /// - Throws: `ModelFailure.rings`; `notPositive` for a ratio that is not above 0 and finite.
  public init(rings: Int, ratios: [StageKind: Double]) throws {
    guard rings > 1 else { throw ModelFailure.rings(rings) }
    for kind in StageKind.allCases {
      guard let ratio = ratios[kind] else { continue }
      _ = try ModelFailure.positive(ratio, "the growth of the stage \(kind.rawValue) over its rings")
    }
    self.rings = rings
    self.ratios = ratios
  }

  /// The same checks as when made from parts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      rings: container.decode(Int.self, forKey: .rings),
      ratios: container.decode([StageKind: Double].self, forKey: .ratios))
  }

  /// By what a stage's cost with one ring is to be multiplied. In between it follows the logarithm of the
  /// number of rings; above what was measured nothing further is assumed.
  public func factor(_ kind: StageKind, rings count: Int) -> Double {
    guard let ratio = ratios[kind], count > 1 else { return 1 }
    return 1 + (ratio - 1) * min(log2(Double(count)) / log2(Double(rings)), 1)
  }
}

/// What each stage costs on one core, for one format, AEAD and frame size.
public struct StageCosts: Codable, Equatable, Sendable {
  /// Busy TSC ticks per packet by stage; a hand-over from another core, where the stage has one, included. A
  /// stage that was not measured is absent, never 0.
  public let ticksPerPacket: [StageKind: Double]
  /// TSC ticks in a second.
  public let ticksPerSecond: Double
  /// How stages that deal to many rings cost more, or less, than with one; nil if that was not measured.
  public let growth: RingGrowth?

  /// - Throws: `ModelFailure.notPositive` for a cost or rate that is not above 0 and finite.
  public init(
    ticksPerPacket: [StageKind: Double], ticksPerSecond: Double, growth: RingGrowth? = nil
  ) throws {
    self.growth = growth
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
      ticksPerSecond: container.decode(Double.self, forKey: .ticksPerSecond),
      growth: container.decodeIfPresent(RingGrowth.self, forKey: .growth))
  }

  /// The cost of a stage that deals its packets to so many rings, ticks per packet.
  /// - Throws: `ModelFailure.missingCost`
  public func ticks(_ kind: StageKind, rings: Int) throws -> Double {
    try ticks(kind) * (growth?.factor(kind, rings: rings) ?? 1)
  }

  /// The cost of a stage, ticks per packet; of one that deals packets that with one ring.
  /// - Throws: `ModelFailure.missingCost`
  public func ticks(_ kind: StageKind) throws -> Double {
    guard let ticks = ticksPerPacket[kind] else { throw ModelFailure.missingCost(kind) }
    return ticks
  }
}
