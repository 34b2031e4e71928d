/// How far apart the two cores of a hand-over are.
public enum CoreDistance: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  /// Both stages on one core.
  case sameCore = "same-core"
  /// Two cores that share an L3 cache.
  case sameL3 = "same-l3"
  /// Two cores of one socket without a common L3 cache.
  case otherL3 = "other-l3"
  /// Cores of two sockets.
  case otherSocket = "other-socket"
}

/// What it costs a stage that its packets come from another core: a parameter of the machine.
///
/// There are no defaults. The project's machine has two cores with a common L3 cache, so only `sameCore` and
/// `sameL3` can be measured there; the others are for the user to give.
public struct HandOverCosts: Codable, Equatable, Sendable {
  /// Ticks per packet, 0 or more, by distance.
  public let ticksPerPacket: [CoreDistance: Double]

  /// - Throws: `ModelFailure.handOver` for a cost below 0 or not finite.
  public init(ticksPerPacket: [CoreDistance: Double]) throws {
    for distance in CoreDistance.allCases {
      guard let ticks = ticksPerPacket[distance] else { continue }
      guard ticks.isFinite, ticks >= 0 else { throw ModelFailure.handOver(distance, ticks) }
    }
    self.ticksPerPacket = ticksPerPacket
  }

  /// The same checks as when made from parts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(ticksPerPacket: container.decode([CoreDistance: Double].self, forKey: .ticksPerPacket))
  }

  /// Ticks per packet.
  /// - Throws: `ModelFailure.missingHandOver`
  public func ticks(_ distance: CoreDistance) throws -> Double {
    guard let ticks = ticksPerPacket[distance] else { throw ModelFailure.missingHandOver(distance) }
    return ticks
  }
}

extension StageCosts {
  /// The costs with all cores of a direction at another distance from each other than when measured.
  ///
  /// Each stage whose packets come from another thread (`StageKind.takesFromThread`) pays the difference of
  /// the two hand-overs. The first stage of a direction, and run to completion, take their packets from a
  /// link; how far that is from the core is a question of the NIC and the same for all systems compared, so
  /// it does not change.
  /// - Throws: `ModelFailure.missingHandOver`; `notPositive` if a stage costs less than the hand-over that is
  ///   taken off it.
  public func moved(
    from measured: CoreDistance, to new: CoreDistance, handOver: HandOverCosts
  ) throws -> StageCosts {
    let difference = try handOver.ticks(new) - handOver.ticks(measured)
    let ticks = Dictionary(
      uniqueKeysWithValues: ticksPerPacket.map { kind, ticks in
        (kind, kind.takesFromThread ? ticks + difference : ticks)
      })
    return try StageCosts(ticksPerPacket: ticks, ticksPerSecond: ticksPerSecond, growth: growth)
  }
}
