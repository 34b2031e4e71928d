/// What is compared: a packet format together with the way in which a gateway spreads it over threads.
public enum System: String, Codable, Sendable, CaseIterable {
  /// No crypto and no header: the floor of the harness.
  case null = "baseline"
  /// The crypto library's bare call on each packet, without additional data: the floor under VPE.
  case raw
  /// The bare call with as much additional data as ESP has: the floor under ESP.
  case rawAAD = "raw-aad"
  /// The same call behind DPDK's crypto device, through its queues.
  case cryptodev
  /// ESP, one thread for each direction.
  case espSingle = "esp-single"
  /// ESP, one security association over a pipeline of threads, of which any number steer.
  case espPipeline = "esp-pipeline"
  /// The same in the paper's shape: one thread steers.
  case espPipelinePaper = "esp-pipeline-paper"
  /// ESP, a security association for each thread.
  case espMultiSA = "esp-multi-sa"
  /// ESP, one security association on threads that share its numbers and its window.
  case espParallel = "esp-parallel"
  /// ESP, one security association whose packets any thread encrypts or decrypts, and which keep their order.
  case espOrdered = "esp-ordered"
  /// VPE, a window for each thread.
  case vpe
  /// WireGuard's data packets, one thread for each direction.
  case wireguard
  /// PSP with cached keys, one thread for each direction.
  case psp
  /// PSP with a key derived for each packet, one thread for each direction.
  case pspDerive = "psp-derive"
  /// EESP, one security association with a Sub SA for each thread.
  case eespSubSA = "eesp-subsa"
  /// ESP with the number taken from the IV.
  case ladderA = "ladder-a"
  /// Rung a without additional data.
  case ladderB = "ladder-b"
  /// Rung b with the nonce in one piece.
  case ladderC = "ladder-c"
  /// Rung c without trailer.
  case ladderD = "ladder-d"
  /// Rung d with the ICV in front.
  case ladderE = "ladder-e"
  /// ESP without a sent IV (RFC 8750).
  case espImplicitIV = "esp-implicit-iv"
  /// ESP of many senders under one key, without protection against replays (RFC 6054).
  case espSenders = "esp-senders"
  /// The same with a replay window for each Sender ID.
  case espSenderWindows = "esp-sender-windows"
  /// ESP in transport mode.
  case espTransport = "esp-transport"
  /// VPE in transport mode, the next header in the nonce.
  case vpeTransportA = "vpe-transport-a"
  /// VPE in transport mode, the next header encrypted.
  case vpeTransportB = "vpe-transport-b"
  /// DPDK's own example gateway.
  case ipsecSecgw = "ipsec-secgw"
  /// Nothing at all: what the tester before and behind a DUT can carry itself.
  case tester

  /// What this version measures of the system; descriptors that ask for more are refused.
  public var quantities: [MeasuredQuantity] {
    switch self {
    case .null, .espSingle, .vpe, .wireguard, .psp, .pspDerive: [.throughput, .packetCost, .rateSearch]
    case .eespSubSA: [.throughput, .packetCost, .rateSearch]
    case .espPipeline, .espMultiSA: [.throughput, .packetCost]
    case .raw, .rawAAD, .cryptodev, .espImplicitIV, .espSenders, .espSenderWindows: [.packetCost]
    case .ladderA, .ladderB, .ladderC, .ladderD, .ladderE: [.packetCost]
    case .espTransport, .vpeTransportA, .vpeTransportB: [.packetCost]
    case .espPipelinePaper, .espParallel, .espOrdered, .ipsecSecgw, .tester: [.throughput]
    }
  }

  /// The systems that a gateway of this suite can be.
  public static let gateways: [System] = [
    .null, .espSingle, .espPipeline, .espPipelinePaper, .espMultiSA, .espParallel, .espOrdered, .vpe,
    .wireguard, .psp, .pspDerive, .eespSubSA,
  ]

  /// The systems whose packets are worked on in memory by a process of this suite.
  public static let inMemory: [System] =
    [.raw, .rawAAD, .ladderA, .ladderB, .ladderC, .ladderD, .ladderE, .espImplicitIV]
    + [.espSenders, .espSenderWindows, .espTransport, .vpeTransportA, .vpeTransportB]
    + gateways.filter { $0.quantities.contains(.packetCost) }

  /// The system that is the floor under its costs: the bare call with the additional data of its format, so
  /// that a ratio to it is the price of everything else.
  public var floor: System? {
    switch self {
    case .vpe, .wireguard, .null, .raw, .ladderD, .ladderE: .raw
    // A trailer without additional data: neither call is of as much.
    case .ladderB, .ladderC: nil
    case .ladderA, .espSingle, .espImplicitIV, .psp, .pspDerive, .eespSubSA, .rawAAD, .cryptodev: .rawAAD
    case .espSenders, .espSenderWindows, .espTransport: .rawAAD
    case .vpeTransportA, .vpeTransportB: .raw
    case .espPipeline, .espPipelinePaper, .espMultiSA, .espParallel, .espOrdered: nil
    case .ipsecSecgw, .tester: nil
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
    case .raw, .rawAAD, .cryptodev, .espImplicitIV, .espSenders, .espSenderWindows: 1...1
    case .ladderA, .ladderB, .ladderC, .ladderD, .ladderE: 1...1
    case .espTransport, .vpeTransportA, .vpeTransportB: 1...1
    case .null, .espSingle, .wireguard, .psp, .pspDerive, .ipsecSecgw, .tester: 2...2
    // The paper's starts with three (section 5.4): on fewer it is no pipeline.
    case .espPipeline, .espPipelinePaper: 3...128
    case .espMultiSA, .espParallel, .espOrdered, .vpe, .eespSubSA: 2...128
    }
  }

  /// Whether a descriptor can say how many of the threads seal.
  public var choosesSealThreads: Bool { runsInParallel || self == .espOrdered }

  /// Whether its packets lie in UDP whatever a descriptor says.
  public var isAlwaysInUDP: Bool { [.wireguard, .psp, .pspDerive].contains(self) }

  /// Whether its packets keep their IP header, and none comes before it.
  public var isTransport: Bool { [.espTransport, .vpeTransportA, .vpeTransportB].contains(self) }

  /// Whether any number of threads run to completion beside each other in a direction.
  public var runsInParallel: Bool {
    switch self {
    case .vpe, .eespSubSA, .espMultiSA, .espParallel: true
    default: false
    }
  }

  /// Whether each traffic class has windows, or associations, of its own where there are several.
  public var keepsClassesApart: Bool {
    switch self {
    case .vpe, .eespSubSA, .espMultiSA: true
    default: false
    }
  }

  /// Whether packets are handed from thread to thread, by an assignment of stages to threads.
  public var isPipeline: Bool { self == .espPipeline || self == .espPipelinePaper }

  /// Whether it reorders what is in flight, so that its window must hold as many packets.
  public var reorders: Bool { isPipeline || self == .espParallel }

  /// The links over which it can be a DUT between a tester's ports.
  public var linksAsDUT: [LinkKind] {
    switch self {
    case .raw, .rawAAD, .cryptodev, .espImplicitIV, .espSenders, .espSenderWindows: []
    case .ladderA, .ladderB, .ladderC, .ladderD, .ladderE: []
    case .espTransport, .vpeTransportA, .vpeTransportB: []
    case .ipsecSecgw: [.memif]
    case .tester, .null, .espSingle, .vpe, .eespSubSA, .wireguard, .psp, .pspDerive: [.ring, .memif]
    case .espPipeline, .espPipelinePaper, .espMultiSA, .espParallel, .espOrdered: [.ring]
    }
  }

  /// The threads that it has as a DUT: one each way, or one for each of a pipeline's stages. Those of a
  /// direction run in turn on one core.
  public var threadsAsDUT: Int { isPipeline ? 6 : 2 }

  /// Whether it has the cipher.
  public func offers(_ aead: AEADAlgorithm) -> Bool {
    switch self {
    case .ipsecSecgw: aead != .chaCha20Poly1305
    case .psp, .pspDerive: aead == .aes128GCM || aead == .aes256GCM
    case .wireguard: aead == .chaCha20Poly1305
    default: true
    }
  }

  /// Whether packets are encrypted, so that the cipher matters.
  public var hasCrypto: Bool { self != .null && self != .tester }

  /// Whether packets are checked for replay, so that the window matters.
  public var hasReplayWindow: Bool {
    switch self {
    case .tester, .null, .raw, .rawAAD, .cryptodev, .psp, .pspDerive, .espSenders: false
    case .espSingle, .espMultiSA, .espParallel, .espOrdered, .vpe, .wireguard, .ipsecSecgw: true
    case .espPipeline, .espPipelinePaper, .eespSubSA, .espSenderWindows: true
    case .ladderA, .ladderB, .ladderC, .ladderD, .ladderE, .espImplicitIV: true
    case .espTransport, .vpeTransportA, .vpeTransportB: true
    }
  }

  /// What it protects less than ESP and VPE do, as a sentence for readers of its figures; nil for the same.
  public var weakness: String? {
    switch self {
    case .psp: "PSP refuses no replays."
    case .espSenders: "ESP for many senders as RFC 6054 has it refuses no replays."
    case .pspDerive: "PSP refuses no replays; with derived keys, one secret opens all tunnels."
    default: nil
    }
  }

  /// Whether packets are of tunnels, so that it matters how many there are.
  public var hasAssociations: Bool { hasReplayWindow || [.psp, .pspDerive, .espSenders].contains(self) }

  /// Whether its gateways may have many tunnels: those that run to completion, each thread with tables.
  public var hasTunnelTables: Bool {
    switch self {
    case .espSingle, .espMultiSA, .vpe, .eespSubSA, .wireguard, .psp, .pspDerive: true
    default: false
    }
  }

  /// Whether packets may be of a group with many senders, so that it matters how many there are.
  public var hasSenders: Bool { [.espSingle, .espSenders, .espSenderWindows, .vpe].contains(self) }

  /// Whether it can pad inner packets, so that their lengths tell less.
  public var pads: Bool { [.espSingle, .espMultiSA, .vpe].contains(self) }

  /// Whether its gateways can renew associations while packets flow.
  public var renews: Bool { [.espSingle, .espMultiSA, .vpe].contains(self) }

  /// Whether packets may lie in several buffers.
  public var hasSegments: Bool { [.raw, .rawAAD, .espSingle, .vpe].contains(self) }

  /// Whether inner packets may be cut into pieces that are sealed each on its own.
  public var hasFragments: Bool { [.espSingle, .vpe].contains(self) }

  /// Whether there is more to do to a packet than the bare call.
  public var hasStages: Bool { ![.raw, .rawAAD, .cryptodev].contains(self) }

  /// Whether sequence numbers may be extended ones, and the additional data with them four bytes longer;
  /// VPE's are 64 bits wide anyway.
  public var hasESN: Bool {
    switch self {
    case .tester, .null, .raw, .vpe, .wireguard, .psp, .pspDerive, .eespSubSA: false
    case .ladderA, .ladderB, .ladderC, .ladderD, .ladderE, .espSenders, .espSenderWindows: false
    case .rawAAD, .cryptodev, .espSingle, .espMultiSA, .espParallel, .espOrdered, .ipsecSecgw: true
    case .espPipeline, .espPipelinePaper, .espImplicitIV, .espTransport: true
    case .vpeTransportA, .vpeTransportB: false
    }
  }
}
