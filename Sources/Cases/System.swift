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

  /// The systems that a gateway of this suite can be.
  public static let gateways: [System] = [.null, .espSingle, .espPipeline, .espMultiSA, .vpe]

  /// The systems whose packets are worked on in memory by a process of this suite.
  public static let inMemory: [System] = [.raw, .rawAAD] + gateways

  /// The system that is the floor under its costs: the bare call with the additional data of its format, so
  /// that a ratio to it is the price of everything else.
  public var floor: System? {
    switch self {
    case .vpe, .null, .raw: .raw
    case .espSingle, .rawAAD, .cryptodev: .rawAAD
    case .espPipeline, .espMultiSA, .ipsecSecgw, .tester: nil
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
    // The paper's starts with three (section 5.4): on fewer it is no pipeline.
    case .espPipeline: 3...128
    case .espMultiSA, .vpe: 2...128
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
  public func offers(_ aead: AEADAlgorithm) -> Bool { self != .ipsecSecgw || aead != .chaCha20Poly1305 }

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
