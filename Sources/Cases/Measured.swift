/// The quantity that a descriptor measures.
public enum MeasuredQuantity: String, Sendable, CaseIterable {
  /// Goodput, packet rate, loss and the cycles of each stage.
  case throughput
  /// The cost of a packet on one thread in memory, without roles and links.
  case packetCost = "packet-cost"
  /// The highest rates at which one direction of a single gateway fulfils goals (RFC 9971).
  case rateSearch = "rate-search"

  /// The default quantity.
  public static let standard = MeasuredQuantity.throughput
}

/// The setup of the roles, if throughput is measured.
public enum MeasuredSetup: String, Sendable, CaseIterable {
  /// Generator, two gateways and reflector: every frame passes all of them and comes back.
  case circuit
  /// One direction of one gateway at a time is the device under test, between a tester's ports.
  case dut

  /// The default setup.
  public static let standard = MeasuredSetup.circuit
}

/// An operation on packets whose cost is measured.
public enum MeasuredOperation: String, Codable, Sendable, CaseIterable {
  /// Inner packet to sealed packet, in memory.
  case seal
  /// Sealed packet to inner packet, in memory; no packet is a replay.
  case open
  /// A gateway's whole stage from ring to ring: receive, check, seal, outer headers, transmit.
  case sealStage = "seal-stage"
  /// The whole stage in the other direction.
  case openStage = "open-stage"

  /// Whether the operation is a whole stage, not the format alone.
  public var isStage: Bool { self == .sealStage || self == .openStage }
  /// Whether the operation begins with sealed packets.
  public var isOpening: Bool { self == .open || self == .openStage }
}

/// The cores that work at the same time while packet costs are measured.
public enum CoreSet: String, CaseIterable, Sendable {
  /// Only the core that is timed.
  case one
  /// All cores that the run may use; the others seal meanwhile.
  case all
}

/// The buffers of packets whose cost is measured.
public enum PacketBuffers: String, CaseIterable, Sendable {
  /// A buffer for frames of up to 1518 bytes.
  case single
  /// Chained buffers of 2 KiB, sealed and opened piece by piece.
  case chained
  /// Chained buffers of 2 KiB, copied into one buffer of 9 KiB before the cipher runs.
  case merged
  /// One buffer of 9 KiB.
  case contiguous
  /// One buffer of 9 KiB, encrypted by the crypto library's calls for pieces; there is one piece.
  case stepwise
}

/// How a figure was obtained. Every row states its basis, so that readers cannot mistake one for another.
public enum Basis: String, Codable, Sendable, Equatable, Hashable, CaseIterable {
  /// Every thread of the case had a core of its own.
  case measured
  /// Threads shared cores. The figure is what the slowest thread, by its busy cycles per packet, could carry
  /// with a core of its own.
  case capacity
  /// The threads were not run; the figure is computed from measured costs of stages.
  case model
  /// Threads shared cores, and the figure is what they carried nevertheless. It says nothing about threads
  /// with cores of their own, and is never shown beside a capacity.
  case carried

  /// The effects that a capacity leaves out; the text accompanies every capacity.
  public static let capacityCaveat =
    "Capacity leaves out what cores share: memory bandwidth, the last cache, frequency, ways between sockets."
}
