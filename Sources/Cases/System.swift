/// What is compared: a packet format and how a gateway distributes it over threads.
public enum System: String, Codable, Sendable, CaseIterable {
  /// No crypto and no header; the floor of the harness.
  case null = "baseline"
  /// The crypto library's bare call on each packet, without additional data; the floor of VPE.
  case raw
  /// The bare call with as much additional data as ESP has; the floor of ESP.
  case rawAAD = "raw-aad"
  /// The call of `raw-aad`, made through the queues of DPDK's crypto device.
  case cryptodev
  /// ESP, one thread per direction.
  case espSingle = "esp-single"
  /// ESP, one security association on a pipeline of threads; any number of threads steer.
  case espPipeline = "esp-pipeline"
  /// ESP on a pipeline like the paper's, in which one thread steers.
  case espPipelinePaper = "esp-pipeline-paper"
  /// ESP, one security association for each thread.
  case espMultiSA = "esp-multi-sa"
  /// ESP, one security association on threads that share its sequence numbers and its window.
  case espParallel = "esp-parallel"
  /// ESP, one security association. Any thread encrypts or decrypts any packet, and packets keep their order.
  case espOrdered = "esp-ordered"
  /// VPE, one window for each thread.
  case vpe
  /// WireGuard's data packets, one thread per direction.
  case wireguard
  /// WireGuard's data packets, one association on threads that share its counter and its window.
  case wireguardParallel = "wireguard-parallel"
  /// WireGuard's data packets. Any thread encrypts or decrypts any packet, and packets keep their order.
  case wireguardOrdered = "wireguard-ordered"
  /// PSP with cached keys, one association on threads that share nothing.
  case psp
  /// PSP with a key derived for each packet, one association on threads that share nothing.
  case pspDerive = "psp-derive"
  /// EESP, one security association with a Sub SA for each thread.
  case eespSubSA = "eesp-subsa"
  /// The first step from ESP to VPE: ESP with the sequence number taken from the IV.
  case ladderA = "ladder-a"
  /// Like `ladder-a`, without additional data.
  case ladderB = "ladder-b"
  /// Like `ladder-b`, with the nonce in one piece.
  case ladderC = "ladder-c"
  /// Like `ladder-c`, without a trailer.
  case ladderD = "ladder-d"
  /// Like `ladder-d`, with the ICV in front.
  case ladderE = "ladder-e"
  /// ESP without an IV on the wire (RFC 8750).
  case espImplicitIV = "esp-implicit-iv"
  /// ESP of many senders under one key, without protection against replays (RFC 6054).
  case espSenders = "esp-senders"
  /// ESP of many senders under one key, with a replay window for each Sender ID.
  case espSenderWindows = "esp-sender-windows"
  /// ESP in transport mode.
  case espTransport = "esp-transport"
  /// VPE in transport mode, with the next header in the nonce.
  case vpeTransportA = "vpe-transport-a"
  /// VPE in transport mode, with the next header encrypted.
  case vpeTransportB = "vpe-transport-b"
  /// DPDK's example gateway.
  case ipsecSecgw = "ipsec-secgw"
  /// No gateway: what the tester itself can carry.
  case tester
}

// MARK: - One entry for each

extension System {
  /// The properties of a system. The defaults are those of a format without a gateway.
  private struct Entry {
    /// How far the format protects packets: not at all, except against replays, or completely.
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

    /// A gateway for which every quantity can be measured.
    static func gateway(_ threads: ClosedRange<Int> = 2...2, floor: System) -> Entry {
      Entry(
        floor: floor, quantities: [.throughput, .packetCost, .rateSearch], threads: threads,
        linksAsDUT: [.ring, .memif])
    }

    /// A further threading model for a format that has a gateway.
    static func model(_ threads: ClosedRange<Int> = 2...128, _ quantities: MeasuredQuantity...) -> Entry {
      Entry(quantities: [.throughput] + quantities, threads: threads, linksAsDUT: [.ring])
    }

    /// The entry with extended sequence numbers, which descriptors can switch off.
    var esp: Entry { with(\.hasESN, true) }

    /// The entry with UDP encapsulation and one cipher.
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
    // A pipeline has at least three threads, as the paper's does (section 5.4).
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
    // Rungs b and c have no floor: they encrypt a trailer, but have no additional data, and no bare call does
    // the same.
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

  /// The quantities that this version measures for the system; others are refused in descriptors.
  public var quantities: [MeasuredQuantity] { entry.quantities }

  /// The possible numbers of dataplane threads: of a gateway both directions together, of a bare call one.
  /// Packet costs are always measured on one thread.
  public var threadCounts: ClosedRange<Int> { entry.threads }

  /// The links over which the system can be a DUT between a tester's ports.
  public var linksAsDUT: [LinkKind] { entry.linksAsDUT }

  /// The system that is the floor of this system's costs: the bare call with the additional data of its
  /// format. So a ratio to the floor shows the price of everything else.
  public var floor: System? { entry.floor }

  /// The supported ciphers.
  public var ciphers: [AEADAlgorithm] { entry.ciphers }

  /// Whether the system supports the cipher.
  public func offers(_ aead: AEADAlgorithm) -> Bool { ciphers.contains(aead) }

  /// Whether packets belong to security associations, so that the number of tunnels matters.
  public var hasAssociations: Bool { entry.protection != .none }

  /// Whether packets are checked for replays, so that the window matters.
  public var hasReplayWindow: Bool { entry.protection == .full }

  /// Whether sequence numbers may be extended, which makes the additional data four bytes longer. VPE's are
  /// always 64 bits wide.
  public var hasESN: Bool { entry.hasESN }

  /// Whether packets are always encapsulated in UDP, whatever the descriptor states.
  public var isAlwaysInUDP: Bool { entry.isAlwaysInUDP }

  /// Whether packets keep their IP header, with no outer header before it.
  public var isTransport: Bool { entry.isTransport }

  /// What is weaker than the protection of ESP and VPE, as a sentence for readers of figures; nil if nothing
  /// is.
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
  /// The systems for which this version measures the quantity.
  public static func implemented(for quantity: MeasuredQuantity) -> [System] {
    allCases.filter { $0.quantities.contains(quantity) }
  }

  /// The systems that a gateway of this suite can have.
  public static let gateways = implemented(for: .throughput).filter { $0 != .ipsecSecgw && $0 != .tester }

  /// The systems whose packets a process of this suite processes in memory.
  public static let inMemory = implemented(for: .packetCost).filter { $0 != .cryptodev }

  /// Whether threads that run to completion share the sequence numbers and the window of one association.
  public var sharesNumbers: Bool { self == .espParallel || self == .wireguardParallel }

  /// Whether any thread encrypts or decrypts any packet of one association, and packets keep their order.
  public var keepsOrder: Bool { self == .espOrdered || self == .wireguardOrdered }

  /// Whether many threads work on one association, in either way.
  public var sharesAssociation: Bool { sharesNumbers || keepsOrder }

  /// Whether any number of threads run to completion side by side in a direction.
  public var runsInParallel: Bool {
    sharesNumbers || [.vpe, .eespSubSA, .espMultiSA, .psp, .pspDerive].contains(self)
  }

  /// Whether the thread that seals a packet determines the thread that opens it.
  public var opensByThread: Bool { runsInParallel && !sharesNumbers }

  /// Whether a descriptor can state the number of sealing threads.
  public var choosesSealThreads: Bool { runsInParallel || keepsOrder }

  /// Whether each traffic class has windows, or associations, of its own.
  public var keepsClassesApart: Bool { runsInParallel && hasReplayWindow && !sharesNumbers }

  /// Whether packets are handed from thread to thread, with stages assigned to threads.
  public var isPipeline: Bool { self == .espPipeline || self == .espPipelinePaper }

  /// Whether the system reorders packets in flight, so that its window must hold as many packets.
  public var reorders: Bool { isPipeline || sharesNumbers }

  /// The number of threads as a DUT: one per direction, or one for each stage of a pipeline. The threads of a
  /// direction run in turn on one core.
  public var threadsAsDUT: Int { isPipeline ? 6 : 2 }

  /// Whether packets are encrypted, so that the cipher matters.
  public var hasCrypto: Bool { self != .null && self != .tester }

  /// Whether processing a packet involves more than the bare call.
  public var hasStages: Bool { ![.raw, .rawAAD, .cryptodev].contains(self) }

  /// Whether its gateways may have many tunnels. That is so if threads run to completion, each with its own
  /// tables.
  public var hasTunnelTables: Bool {
    Self.gateways.contains(self) && hasAssociations && !isPipeline && !sharesAssociation
  }

  /// Whether packets may belong to a group with many senders, so that the number of senders matters.
  public var hasSenders: Bool { [.espSingle, .espSenders, .espSenderWindows, .vpe].contains(self) }

  /// Whether the system can pad inner packets to hide their lengths.
  public var pads: Bool { [.espSingle, .espMultiSA, .vpe].contains(self) }

  /// Whether its gateways can renew associations while packets flow. A gateway that derives a key for each
  /// packet keeps no keys that could be renewed.
  public var renews: Bool { Self.gateways.contains(self) && hasAssociations && self != .pspDerive }

  /// Whether packets may be spread over several buffers.
  public var hasSegments: Bool { [.raw, .rawAAD, .espSingle, .vpe].contains(self) }

  /// Whether inner packets may be cut into pieces, each of which is sealed.
  public var hasFragments: Bool { [.espSingle, .vpe].contains(self) }

  /// Whether its gateways may cut packets: the systems with fragments, and ESP with an association for each
  /// thread.
  public var cutsInGateways: Bool { hasFragments || self == .espMultiSA }
}
