import Foundation

/// What is compared: a packet format together with the way in which a gateway spreads it over threads.
public enum System: String, Sendable, CaseIterable {
  /// No crypto and no header: the floor of the harness.
  case null
  /// The crypto library's bare call on each packet, without additional data: the floor under VPE.
  case raw
  /// The bare call with as much additional data as ESP has: the floor under ESP.
  case rawAAD = "raw-aad"
  /// The same call behind DPDK's crypto device, through its queues.
  case cryptodev
  /// ESP, one thread for each direction.
  case espSingle = "esp-single"
  /// ESP, one security association over a pipeline of threads.
  case espPipeline = "esp-pipeline"
  /// ESP, a security association for each thread.
  case espMultiSA = "esp-multi-sa"
  /// VPE, a window for each thread.
  case vpe
  /// DPDK's own example gateway.
  case ipsecSecgw = "ipsec-secgw"
  /// Nothing at all: what the tester before and behind a DUT can carry itself.
  case tester

  /// What this version measures of the system; descriptors that ask for more are refused.
  public var quantities: [MeasuredQuantity] {
    switch self {
    case .null, .espSingle, .vpe: [.throughput, .packetCost]
    case .espPipeline, .espMultiSA: [.throughput, .packetCost]
    case .raw, .rawAAD, .cryptodev: [.packetCost]
    case .ipsecSecgw, .tester: [.throughput]
    }
  }

  /// The systems of which this version measures the quantity.
  public static func implemented(for quantity: MeasuredQuantity) -> [System] {
    allCases.filter { $0.quantities.contains(quantity) }
  }

  /// The dataplane threads that it can have: of a gateway both directions together, and one of the bare call.
  /// A packet's cost is always measured on one.
  public var threadCounts: ClosedRange<Int> {
    switch self {
    case .raw, .rawAAD, .cryptodev: 1...1
    case .null, .espSingle, .ipsecSecgw, .tester: 2...2
    case .espPipeline, .espMultiSA, .vpe: 2...128
    }
  }

  /// Whether a descriptor can say how many of the threads seal.
  public var choosesSealThreads: Bool { self == .vpe || self == .espMultiSA }

  /// The links over which it can be a DUT between a tester's ports.
  public var linksAsDUT: [LinkKind] {
    switch self {
    case .raw, .rawAAD, .cryptodev: []
    case .ipsecSecgw: [.memif]
    case .tester, .null, .espSingle, .vpe: [.ring, .memif]
    case .espPipeline, .espMultiSA: [.ring]
    }
  }

  /// The threads that it has as a DUT: one each way, or one for each of a pipeline's stages. Those of a
  /// direction run in turn on one core.
  public var threadsAsDUT: Int { self == .espPipeline ? 6 : 2 }

  /// Whether it has the cipher.
  public func offers(_ aead: AEADName) -> Bool { self != .ipsecSecgw || aead != .chaCha20Poly1305 }

  /// Whether packets are encrypted, so that the cipher matters.
  public var hasCrypto: Bool { self != .null && self != .tester }

  /// Whether packets are checked for replay, so that the window matters.
  public var hasReplayWindow: Bool {
    switch self {
    case .tester, .null, .raw, .rawAAD, .cryptodev: false
    case .espSingle, .espPipeline, .espMultiSA, .vpe, .ipsecSecgw: true
    }
  }

  /// Whether packets are of tunnels, so that it matters how many there are.
  public var hasAssociations: Bool { hasReplayWindow }

  /// Whether there is more to do to a packet than the bare call.
  public var hasStages: Bool { ![.raw, .rawAAD, .cryptodev].contains(self) }

  /// Whether sequence numbers may be extended ones, and the additional data with them four bytes longer;
  /// VPE's are 64 bits wide anyway.
  public var hasESN: Bool {
    switch self {
    case .tester, .null, .raw, .vpe: false
    case .rawAAD, .cryptodev, .espSingle, .espPipeline, .espMultiSA, .ipsecSecgw: true
    }
  }
}

/// An AEAD cipher as descriptors name it.
public enum AEADName: String, Sendable, CaseIterable {
  case aes128GCM = "aes-128-gcm"
  case aes256GCM = "aes-256-gcm"
  case chaCha20Poly1305 = "chacha20-poly1305"

  /// The cipher within the name of a case: `aes128gcm`.
  public var shortName: String { rawValue.replacingOccurrences(of: "-", with: "") }
}

/// What connects the roles.
public enum LinkKind: String, Sendable, CaseIterable {
  /// Rings in one process.
  case ring
  /// Pairs of virtual Ethernet devices; each role its own process in its own network namespace.
  case veth
  /// DPDK devices that the descriptor names.
  case ports
  /// Memory shared with a DUT that is a process of its own.
  case memif
  /// No link, for packets that do not travel; no descriptor asks for it.
  case none

  /// The links that descriptors can ask for.
  public static let selectable: [LinkKind] = [.ring, .veth, .ports, .memif]
}

/// What a descriptor measures.
public enum MeasuredQuantity: String, Sendable, CaseIterable {
  /// Goodput, packet rate, loss and the cycles of each stage.
  case throughput
  /// What one thread spends on a packet in memory, without roles and links.
  case packetCost = "packet-cost"

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
public enum MeasuredOperation: String, Sendable, CaseIterable {
  /// Inner packet to sealed packet.
  case seal
  /// Sealed packet to inner packet.
  case open
  /// A gateway's whole stage from red to black.
  case sealStage = "seal-stage"
  /// A gateway's whole stage from black to red.
  case openStage = "open-stage"
}

/// What carries a sealed packet between the gateways.
public enum Encapsulation: String, Sendable, CaseIterable {
  /// IP directly.
  case ip
  /// UDP in IP, as for network address translation.
  case udp
}

/// Where ports put packets in their buffers.
public enum Headroom: String, CaseIterable, Sendable {
  /// Inner packets begin a cache line; so the headers of ESP and VPE, and VPE's ICV, begin 16 bytes.
  case aligned
  /// Behind DPDK's own headroom.
  case plain
}

/// The outer packet's version of IP.
public enum OuterIP: String, Sendable, CaseIterable {
  case ipv4, ipv6
}

/// What gateways do to the fields of headers that a tunnel's ends may carry across.
public enum HeaderFields: String, Sendable, CaseIterable {
  /// Nothing: they are bumps in the wire.
  case none
  /// DSCP, ECN and hops, by RFC 4301 section 5.1.2 and RFC 6040.
  case rfc4301
}

/// Where a deliberate fault is put in: a port of a gateway.
public enum FaultPoint: String, Sendable, CaseIterable {
  case gatewayARed = "gateway-a.red"
  case gatewayABlack = "gateway-a.black"
  case gatewayBRed = "gateway-b.red"
  case gatewayBBlack = "gateway-b.black"
}

/// What a deliberate fault does to a frame.
public enum FaultKind: String, Sendable, CaseIterable {
  /// The frame is lost without being counted.
  case drop
  /// The frame is sent twice.
  case double
  /// A byte of the frame is changed.
  case damage
  /// The frame and all behind it stay in the queue, which fills.
  case stall
  /// The frame and all behind it are taken and kept, until no packet buffer is left.
  case hold
}

/// How many cores work at once where a packet's cost is measured.
public enum CoreSet: String, CaseIterable, Sendable {
  /// The one that is timed.
  case one
  /// All that the run may use; the others seal meanwhile.
  case all
}
