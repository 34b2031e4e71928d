/// What a descriptor measures.
public enum MeasuredQuantity: String, Sendable, CaseIterable {
  /// Goodput, packet rate, loss and the cycles of each stage.
  case throughput
  /// What one thread spends on a packet in memory, without roles and links.
  case packetCost = "packet-cost"
  /// The highest rates at which one direction of a gateway alone fulfils goals (RFC 9971).
  case rateSearch = "rate-search"

  /// What a descriptor measures that does not say.
  public static let standard = MeasuredQuantity.throughput
}

/// What the roles of a measurement of throughput are put up as.
public enum MeasuredSetup: String, Sendable, CaseIterable {
  /// Generator, two gateways and reflector: every frame goes round.
  case circuit
  /// One direction of one gateway at a time as the device under test, between a tester's ports.
  case dut

  /// That of a descriptor that does not say.
  public static let standard = MeasuredSetup.circuit
}

/// What is done to a packet whose cost is measured.
public enum MeasuredOperation: String, Codable, Sendable, CaseIterable {
  /// Inner packet to sealed packet, in memory.
  case seal
  /// Sealed packet to inner packet, in memory; every packet is fresh.
  case open
  /// A gateway's whole stage from ring to ring: receive, check, seal, outer headers, transmit.
  case sealStage = "seal-stage"
  /// The whole stage the other way.
  case openStage = "open-stage"

  /// Whether it is a whole stage, not the format alone.
  public var isStage: Bool { self == .sealStage || self == .openStage }
  /// Whether it begins with sealed packets.
  public var isOpening: Bool { self == .open || self == .openStage }
}

/// How many cores work at once where a packet's cost is measured.
public enum CoreSet: String, CaseIterable, Sendable {
  /// The one that is timed.
  case one
  /// All that the run may use; the others seal meanwhile.
  case all
}

/// What the packets lie in whose cost is measured.
public enum PacketBuffers: String, CaseIterable, Sendable {
  /// A buffer for frames of up to 1518 bytes.
  case single
  /// Buffers of 2 KiB, one behind the other, sealed and opened piece by piece.
  case chained
  /// The same, copied into one buffer of 9 KiB before the cipher.
  case merged
  /// One buffer of 9 KiB.
  case contiguous
  /// The same by the crypto library's calls for pieces, of which there is one.
  case stepwise
}

/// How a figure came about. A reader must never mistake one basis for another, so it travels with every row.
public enum Basis: String, Codable, Sendable, Equatable, Hashable, CaseIterable {
  /// Every thread of the case had a core of its own.
  case measured
  /// Threads shared cores: the figure is what the slowest thread, judged by its busy cycles per packet, could
  /// carry with a core of its own.
  case capacity
  /// More threads than were run: computed from measured costs per stage.
  case model
  /// Threads shared cores, and the figure is what came through all the same. It says nothing about cores of
  /// their own, and never stands beside a capacity.
  case carried

  /// What a capacity is known to leave out, beside every such figure.
  public static let capacityCaveat =
    "Capacity leaves out what cores share: memory bandwidth, the last cache, frequency, ways between sockets."
}
