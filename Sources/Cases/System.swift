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
  /// WireGuard's data packets, one association on threads that share its counter and its window.
  case wireguardParallel = "wireguard-parallel"
  /// WireGuard's data packets, which any thread encrypts or decrypts, and which keep their order.
  case wireguardOrdered = "wireguard-ordered"
  /// PSP with cached keys, one association on threads that share nothing.
  case psp
  /// PSP with a key derived for each packet, likewise.
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
}

// MARK: - One entry for each

extension System {
  /// What a system's packets are, and what is there of it; by default as of a format without a gateway.
  private struct Entry {
    /// How far it protects: not at all, or not against replays.
    enum Protection { case none, butReplays, full }

    var floor: System?
    var quantities: [MeasuredQuantity] = [.packetCost]
    var threads = 1...1
    var linksAsDUT: [LinkKind] = []
    var protection = Protection.full
    var ciphers = AEADAlgorithm.allCases
    var hasESN = false
    var isAlwaysInUDP = false
    var isTransport = false

    /// A gateway, of which all can be measured.
    static func gateway(_ threads: ClosedRange<Int> = 2...2, floor: System) -> Entry {
      Entry(
        floor: floor, quantities: [.throughput, .packetCost, .rateSearch], threads: threads,
        linksAsDUT: [.ring, .memif])
    }

    /// Another threading model of a format that has a gateway.
    static func model(_ threads: ClosedRange<Int> = 2...128, _ quantities: MeasuredQuantity...) -> Entry {
      Entry(quantities: [.throughput] + quantities, threads: threads, linksAsDUT: [.ring])
    }

    /// With extended sequence numbers, if a descriptor wants them.
    var esp: Entry { with(\.hasESN, true) }

    /// In UDP, with one cipher.
    var wireguard: Entry { with(\.isAlwaysInUDP, true).with(\.ciphers, [.chaCha20Poly1305]) }

    func with<Value>(_ property: WritableKeyPath<Entry, Value>, _ value: Value) -> Entry {
      var entry = self
      entry[keyPath: property] = value
      return entry
    }
  }

  private var entry: Entry {
    switch self {
    case .null: .gateway(floor: .raw).with(\.protection, .none)
    case .raw: Entry(floor: .raw, protection: .none)
    case .rawAAD, .cryptodev: Entry(floor: .rawAAD, protection: .none, hasESN: true)
    case .espSingle: .gateway(floor: .rawAAD).esp
    // On fewer threads it is no pipeline: the paper's starts with three (section 5.4).
    case .espPipeline: .model(3...128, .packetCost).esp
    case .espPipelinePaper: .model(3...128).esp
    case .espMultiSA: .model(2...128, .packetCost).esp
    case .espParallel, .espOrdered: .model().esp
    case .vpe: .gateway(2...128, floor: .raw)
    case .wireguard: .gateway(floor: .raw).wireguard
    case .wireguardParallel, .wireguardOrdered: .model().wireguard
    case .psp, .pspDerive:
      .gateway(2...128, floor: .rawAAD).with(\.isAlwaysInUDP, true)
        .with(\.ciphers, [.aes128GCM, .aes256GCM]).with(\.protection, .butReplays)
    case .eespSubSA: .gateway(2...128, floor: .rawAAD)
    // Of b and c neither call has as much: a trailer without additional data.
    case .ladderB, .ladderC: Entry()
    case .ladderA, .espSenderWindows: Entry(floor: .rawAAD)
    case .ladderD, .ladderE: Entry(floor: .raw)
    case .espImplicitIV: Entry(floor: .rawAAD, hasESN: true)
    case .espSenders: Entry(floor: .rawAAD, protection: .butReplays)
    case .espTransport: Entry(floor: .rawAAD, hasESN: true, isTransport: true)
    case .vpeTransportA, .vpeTransportB: Entry(floor: .raw, isTransport: true)
    case .ipsecSecgw:
      Entry(
        quantities: [.throughput], threads: 2...2, linksAsDUT: [.memif],
        ciphers: [.aes128GCM, .aes192GCM, .aes256GCM], hasESN: true)
    case .tester:
      Entry(quantities: [.throughput], threads: 2...2, linksAsDUT: [.ring, .memif], protection: .none)
    }
  }

  /// What this version measures of the system; descriptors that ask for more are refused.
  public var quantities: [MeasuredQuantity] { entry.quantities }

  /// The dataplane threads that it can have: of a gateway both directions together, and one of the bare call.
  /// A packet's cost is always measured on one.
  public var threadCounts: ClosedRange<Int> { entry.threads }

  /// The links over which it can be a DUT between a tester's ports.
  public var linksAsDUT: [LinkKind] { entry.linksAsDUT }

  /// The system that is the floor under its costs: the bare call with the additional data of its format, so
  /// that a ratio to it is the price of everything else.
  public var floor: System? { entry.floor }

  /// The ciphers that it has.
  public var ciphers: [AEADAlgorithm] { entry.ciphers }

  /// Whether it has the cipher.
  public func offers(_ aead: AEADAlgorithm) -> Bool { ciphers.contains(aead) }

  /// Whether packets are of tunnels, so that it matters how many there are.
  public var hasAssociations: Bool { entry.protection != .none }

  /// Whether packets are checked for replay, so that the window matters.
  public var hasReplayWindow: Bool { entry.protection == .full }

  /// Whether sequence numbers may be extended ones, and the additional data with them four bytes longer;
  /// VPE's are 64 bits wide anyway.
  public var hasESN: Bool { entry.hasESN }

  /// Whether its packets lie in UDP whatever a descriptor says.
  public var isAlwaysInUDP: Bool { entry.isAlwaysInUDP }

  /// Whether its packets keep their IP header, and none comes before it.
  public var isTransport: Bool { entry.isTransport }

  /// What it protects less than ESP and VPE do, as a sentence for readers of its figures; nil for the same.
  public var weakness: String? {
    switch self {
    case .psp: "PSP refuses no replays."
    case .espSenders: "ESP for many senders as RFC 6054 has it refuses no replays."
    case .pspDerive: "PSP refuses no replays; with derived keys, one secret opens all tunnels."
    default: nil
    }
  }
}

// MARK: - What follows, and what some have

extension System {
  /// The systems of which this version measures the quantity.
  public static func implemented(for quantity: MeasuredQuantity) -> [System] {
    allCases.filter { $0.quantities.contains(quantity) }
  }

  /// The systems that a gateway of this suite can be.
  public static let gateways = implemented(for: .throughput).filter { $0 != .ipsecSecgw && $0 != .tester }

  /// The systems whose packets are worked on in memory by a process of this suite.
  public static let inMemory = implemented(for: .packetCost).filter { $0 != .cryptodev }

  /// Whether threads that run to completion share the numbers and the window of one association.
  public var sharesNumbers: Bool { self == .espParallel || self == .wireguardParallel }

  /// Whether any thread encrypts or decrypts a packet of one association, and packets keep their order.
  public var keepsOrder: Bool { self == .espOrdered || self == .wireguardOrdered }

  /// Whether many threads work on one association in either way.
  public var sharesAssociation: Bool { sharesNumbers || keepsOrder }

  /// Whether any number of threads run to completion beside each other in a direction.
  public var runsInParallel: Bool {
    sharesNumbers || [.vpe, .eespSubSA, .espMultiSA, .psp, .pspDerive].contains(self)
  }

  /// Whether the thread that seals a packet decides which one opens it.
  public var opensByThread: Bool { runsInParallel && !sharesNumbers }

  /// Whether a descriptor can say how many of the threads seal.
  public var choosesSealThreads: Bool { runsInParallel || keepsOrder }

  /// Whether each traffic class has windows, or associations, of its own where there are several.
  public var keepsClassesApart: Bool { runsInParallel && hasReplayWindow && !sharesNumbers }

  /// Whether packets are handed from thread to thread, by an assignment of stages to threads.
  public var isPipeline: Bool { self == .espPipeline || self == .espPipelinePaper }

  /// Whether it reorders what is in flight, so that its window must hold as many packets.
  public var reorders: Bool { isPipeline || sharesNumbers }

  /// The threads that it has as a DUT: one each way, or one for each of a pipeline's stages. Those of a
  /// direction run in turn on one core.
  public var threadsAsDUT: Int { isPipeline ? 6 : 2 }

  /// Whether packets are encrypted, so that the cipher matters.
  public var hasCrypto: Bool { self != .null && self != .tester }

  /// Whether there is more to do to a packet than the bare call.
  public var hasStages: Bool { ![.raw, .rawAAD, .cryptodev].contains(self) }

  /// Whether its gateways may have many tunnels: those that run to completion, each thread with tables.
  public var hasTunnelTables: Bool {
    Self.gateways.contains(self) && hasAssociations && !isPipeline && !sharesAssociation
  }

  /// Whether packets may be of a group with many senders, so that it matters how many there are.
  public var hasSenders: Bool { [.espSingle, .espSenders, .espSenderWindows, .vpe].contains(self) }

  /// Whether it can pad inner packets, so that their lengths tell less.
  public var pads: Bool { [.espSingle, .espMultiSA, .vpe].contains(self) }

  /// Whether its gateways can renew associations while packets flow: where keys are derived for each packet,
  /// they keep none that could be renewed.
  public var renews: Bool { Self.gateways.contains(self) && hasAssociations && self != .pspDerive }

  /// Whether packets may lie in several buffers.
  public var hasSegments: Bool { [.raw, .rawAAD, .espSingle, .vpe].contains(self) }

  /// Whether inner packets may be cut into pieces that are sealed each on its own.
  public var hasFragments: Bool { [.espSingle, .vpe].contains(self) }

  /// Whether its gateways may cut packets: these, and ESP's answer on several threads.
  public var cutsInGateways: Bool { hasFragments || self == .espMultiSA }
}
