import Wire

/// An axis of a sweep. Everything follows from its single definition: the member of `sweep` in descriptors,
/// the check and the schema of that member, the cases and their names, and the columns of results.
///
/// A new axis is a case with its definition, an accessor in `AxisValues`, and the code that implements the
/// axis. Cases are ordered by the axes as they are listed here; later ones vary faster.
public enum Axis: String, Codable, CaseIterable, Sendable, CodingKeyRepresentable {
  case aead
  case packetBytes = "packet_bytes"
  case frameBytes = "frame_bytes"
  case threads
  case extraHeadroomBytes = "extra_headroom_bytes"
  case sealThreads = "seal_threads"
  case tunnels
  case senders
  case buffers
  case fragments
  case cores
  case headerFields = "header_fields"
  case selectors
  case innerVersion = "inner_version"
  case outerVersion = "outer_version"
  case encapsulation
  case flows
  case burstFrames = "burst_frames"
  case windowSize = "window_size"
  case esn
  case numberBlock = "number_block"
  case padBytes = "pad_bytes"
  case fillRate = "fill_kpps"
  case rekeyMilliseconds = "rekey_ms"
  case steering
  case hashKeyMilliseconds = "hash_key_ms"
  case replayedPercent = "replayed_percent"
  case replayAgePackets = "replay_age_packets"
  case forgedPercent = "forged_percent"
  case classes
  case paths
  case latePackets = "late_packets"
  case direction

  /// The properties of an axis.
  public struct Definition: Sendable {
    /// The meaning of the values, in a sentence or two.
    public let meaning: String
    /// The values that descriptors may state.
    public let domain: Domain
    /// The unit of numbers.
    public let unit: String?
    /// The default of a descriptor that does not state the axis; nil if the default depends on the system.
    public let standard: AxisValue?
    /// The value of cases to which the axis does not apply; nil for none.
    public let absent: AxisValue?
    /// Whether another member of the descriptor, or the system, determines the value if the sweep does not.
    public let isDecidedElsewhere: Bool
    /// The measured quantities for which the axis can be swept; nil for all.
    public let condition: Condition?
    /// Whether the axis applies to a system.
    public let suits: @Sendable (System) -> Bool
    /// Whether the value is part of every case's name, and not only if a descriptor sweeps the axis.
    public let isAlwaysNamed: Bool
    /// The label of a value in the name of a case.
    public let label: @Sendable (AxisValue) -> String

    init(
      _ meaning: String, _ domain: Domain, unit: String? = nil, standard: AxisValue? = nil,
      absent: AxisValue? = nil, isDecidedElsewhere: Bool = false, _ condition: Condition? = nil,
      suits: @escaping @Sendable (System) -> Bool = { _ in true }, isAlwaysNamed: Bool = false,
      label: @escaping @Sendable (AxisValue) -> String
    ) {
      (self.meaning, self.domain, self.unit, self.standard) = (meaning, domain, unit, standard)
      (self.absent, self.isDecidedElsewhere, self.condition) = (absent, isDecidedElsewhere, condition)
      (self.suits, self.isAlwaysNamed, self.label) = (suits, isAlwaysNamed, label)
    }
  }

  /// The values that descriptors may state.
  public enum Domain: Sendable {
    case integers(ClosedRange<Int>)
    /// Lengths of frames, or words that `FrameMix` reads.
    case frames(ClosedRange<Int>)
    case flags
    case words([String])
  }

  /// The measured quantities to which a member of a descriptor applies.
  public struct Condition: Sendable {
    /// The quantities to which the member applies.
    public let quantities: [MeasuredQuantity]
    /// What takes the member's role if another quantity is measured; completes "with … ".
    private let otherwise: String

    /// The member applies to throughput only.
    public static func throughput(otherwise: String) -> Condition {
      Condition(quantities: [.throughput], otherwise: otherwise)
    }

    /// The member applies to packet costs only.
    public static func packetCost(otherwise: String) -> Condition {
      Condition(quantities: [.packetCost], otherwise: otherwise)
    }

    /// The member applies to throughput and to packet costs.
    public static func throughputOrCost(otherwise: String) -> Condition {
      Condition(quantities: [.throughput, .packetCost], otherwise: otherwise)
    }

    /// The member applies to rate searches only.
    public static let rateSearch = Condition(quantities: [.rateSearch], otherwise: "no rate is searched")

    /// The member applies to everything but rate searches.
    public static let costOrThroughput = Condition(quantities: [.packetCost, .throughput], otherwise: "")

    /// The member applies if frames are sent over links.
    public static func traffic(otherwise: String) -> Condition {
      Condition(quantities: [.throughput, .rateSearch], otherwise: otherwise)
    }

    /// The quantities as in descriptors, such as `"throughput" or "rate-search"`.
    public var names: String { quantities.map { "\"\($0.rawValue)\"" }.joined(separator: " or ") }

    /// What takes the member's role if this other quantity is measured.
    public func otherwise(_ other: MeasuredQuantity) -> String {
      other == .rateSearch
        ? "one direction of one gateway is fed at the rates that a search asks for" : otherwise
    }
  }

  /// The axis's definition.
  public var definition: Definition { Self.definitions[self].unsafelyUnwrapped }

  private static let definitions = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.defined) })

  private var defined: Definition {
    switch self {
    case .aead:
      Definition(
        "Cipher of the systems that encrypt.", .words(AEADAlgorithm.allCases.map(\.rawValue)),
        standard: "aes-128-gcm", suits: \.hasCrypto, isAlwaysNamed: true
      ) { String($0.text.filter { $0 != "-" }) }
    case .packetBytes:
      Definition(
        "Inner IP packet in bytes, in place of frame_bytes; above 1500 as buffers or fragments allow.",
        .integers(28...Self.packetBytesMax), unit: "byte",
        isDecidedElsewhere: true, .packetCost(otherwise: "frame_bytes says how long frames are"),
        isAlwaysNamed: true
      ) { "\($0.text)P" }
    case .frameBytes:
      Definition(
        "Ethernet frame on the red side with its 4-byte FCS, in bytes (RFC 2544), or a mix of lengths, of "
          + "which tables have the mean.", .frames(Ethernet.frameBytes), unit: "byte", standard: 64,
        isAlwaysNamed: true
      ) { $0.integer == nil ? FrameMix.label($0.text) : "\($0.text)B" }
    case .threads:
      Definition(
        "Dataplane threads of a gateway, both directions together.", .integers(2...128), unit: "thread",
        standard: 2, absent: 1, .throughput(otherwise: "one thread does all the work"), isAlwaysNamed: true
      ) { "\($0.text)t" }
    case .extraHeadroomBytes:
      Definition(
        "Bytes added to the headroom that headroom says; moves the packet against cache lines.",
        .integers(0...64), unit: "byte", standard: 0, absent: 0, isAlwaysNamed: true
      ) { "\($0.text)h" }
    case .sealThreads:
      Definition(
        "How many of the threads seal where any number can: vpe (a window each), esp-multi-sa, psp and more; "
          + "half, rounded up, if missing.",
        .integers(1...64), unit: "thread", isDecidedElsewhere: true,
        .throughput(otherwise: "one thread does all the work"), suits: \.choosesSealThreads
      ) { "s\($0.text)" }
    case .tunnels:
      Definition(
        "Tunnels that packets are of, each with security associations of its own: in random order where a "
          + "packet's cost is measured, else a tunnel for each flow. Gateways whose threads share an "
          + "association have 1 of a sweep alone.",
        .integers(1...10_000), unit: "tunnel", standard: 1, absent: 1,
        .costOrThroughput, suits: \.hasAssociations
      ) { "\($0.text)sa" }
    case .senders:
      Definition(
        "Senders of a multicast group whose packets come in random order: each with a Sender ID of its own "
          + "under one key, or, in esp-single, with a security association of its own.",
        .integers(1...256), unit: "sender", standard: 1, absent: 1,
        .packetCost(otherwise: "a tunnel has one sender"), suits: \.hasSenders
      ) { "\($0.text)snd" }
    case .buffers:
      Definition(
        "What packets lie in: a buffer for frames of up to 1518 bytes (single); buffers of 2 KiB, one behind "
          + "the other (chained); these copied into one before the cipher (merged); one of 9 KiB "
          + "(contiguous); that by the crypto library's calls for pieces (stepwise).",
        .words(PacketBuffers.allCases.map(\.rawValue)), standard: "single", absent: "single",
        .packetCost(otherwise: "each frame lies in one buffer"), suits: \.hasSegments
      ) { $0.text }
    case .fragments: Self.definitionOfFragments
    case .cores:
      Definition(
        "Cores that work at once: the figure is the first core's, while all others seal the same packets.",
        .words(CoreSet.allCases.map(\.rawValue)), standard: "one", absent: "one",
        .packetCost(otherwise: "threads says how many work"), suits: { $0 != .cryptodev }
      ) { $0.text }
    case .headerFields:
      Definition(
        "What gateways do to DSCP, ECN and hops, in place of tunnel.header_fields.",
        .words(HeaderFields.allCases.map(\.rawValue)), standard: "none", absent: "none",
        isDecidedElsewhere: true,
        .packetCost(otherwise: "tunnel.header_fields is the same for all cases"), suits: \.hasStages
      ) { $0 == "none" ? "plain" : "fields" }
    case .selectors:
      Definition(
        "Whether the addresses of opened packets are checked, in place of tunnel.selectors.", .flags,
        standard: false, absent: false, isDecidedElsewhere: true,
        .packetCost(otherwise: "tunnel.selectors is the same for all cases"), suits: \.hasStages
      ) { $0 == true ? "checked" : "unchecked" }
    case .innerVersion: Self.definitionOfInnerVersion
    case .outerVersion: Self.definitionOfOuterVersion
    case .encapsulation: Self.definitionOfEncapsulation
    case .flows:
      Definition(
        "UDP flows that the generator sends.", .integers(1...65_536), unit: "flow", standard: 64, absent: 1,
        .traffic(otherwise: "all packets are of one flow")
      ) { "\($0.text)f" }
    case .burstFrames:
      Definition(
        "Frames that are due together, at the same mean rate: rate searches, and circuits at a fixed "
          + "traffic.rate_mpps.", .integers(1...4096), unit: "frame", standard: 1, absent: 1,
        .traffic(otherwise: "packets are worked on in full bursts")
      ) { "burst\($0.text)" }
    case .windowSize:
      Definition(
        "Replay window of the systems that have one, in packets. If missing 1,024, but for pipelines, "
          + "which reorders: there as many as frames are in flight, rounded up to a power of two.",
        .integers(64...65_536), unit: "packet", standard: 1024, absent: 0, isDecidedElsewhere: true,
        suits: \.hasReplayWindow
      ) { "w\($0.text)" }
    case .esn:
      Definition(
        "Extended sequence numbers for ESP and raw-aad.", .flags, standard: true, absent: false,
        suits: \.hasESN
      ) { $0 == true ? "esn" : "noesn" }
    case .numberBlock:
      Definition(
        "Numbers that a sealing thread of esp-parallel or wireguard-parallel takes by one atomic add; 0: "
          + "those of its burst.",
        .integers(0...8192), unit: "packet", standard: 0, absent: 0,
        .throughput(otherwise: "no threads share numbers"), suits: \.sharesNumbers
      ) { "b\($0.text)" }
    case .padBytes:
      Definition(
        "Inner packets are padded to the next multiple of so many bytes, at most to 1500, for traffic-flow "
          + "confidentiality (RFC 4303 section 2.7); 0: not at all.", .integers(0...1500), unit: "byte",
        standard: 0, absent: 0,
        .throughputOrCost(otherwise: "packets are as long as they come"), suits: \.pads
      ) { "p\($0.text)" }
    case .fillRate: Self.definitionOfFillRate
    case .rekeyMilliseconds:
      Definition(
        "Milliseconds after which each security association is renewed while packets flow, the new one made "
          + "before the old one goes; 0: never.", .integers(0...600_000), unit: "millisecond", standard: 0,
        absent: 0, .throughput(otherwise: "no association lives that long"), suits: \.renews
      ) { "k\($0.text)" }
    case .steering:
      Definition(
        "How packets find their threads, in place of steering.", .words(Steering.allCases.map(\.rawValue)),
        standard: "queue", isDecidedElsewhere: true, .throughput(otherwise: "packets stay in memory"),
        suits: { $0.runsInParallel || $0 == .espPipeline }
      ) { $0.text }
    case .hashKeyMilliseconds:
      Definition(
        "Milliseconds after which the key changes by which flows are hashed onto threads, where steering is "
          + "\"hash\"; 0: never.", .integers(0...60_000), unit: "millisecond", standard: 0, absent: 0,
        .throughput(otherwise: "packets stay in memory"), suits: \.runsInParallel
      ) { "hk\($0.text)" }
    case .replayedPercent:
      Definition(
        "Replays that an attacker adds to 100 packets on the black link, each way.", .integers(0...100),
        unit: "percent", standard: 0, absent: 0, Self.noAttacker, suits: \.hasReplayWindow
      ) { "r\($0.text)" }
    case .replayAgePackets:
      Definition(
        "Packets between a packet and its replay; beyond window_size it is too old.", .integers(0...65_536),
        unit: "packet", standard: 0, absent: 0, Self.noAttacker, suits: \.hasReplayWindow
      ) { "a\($0.text)" }
    case .forgedPercent:
      Definition(
        "Forgeries that an attacker adds to 100 packets on the black link, each way.", .integers(0...100),
        unit: "percent", standard: 0, absent: 0, Self.noAttacker, suits: \.hasReplayWindow
      ) { "x\($0.text)" }
    case .classes:
      Definition(
        "Traffic classes, by DSCP's class selectors, of which each flow has one. VPE, EESP and esp-multi-sa "
          + "give each a window for every sealing thread; all others have one for all.",
        .integers(1...TrafficClass.most), unit: "class", standard: 1, absent: 1,
        .throughput(otherwise: "packets are of one class"), suits: \.hasReplayWindow
      ) { "c\($0.text)" }
    case .paths:
      Definition(
        "Paths of the black link, k, over which packets of one class are dealt in turn; path i, 0 to k - 1, "
          + "is slower than the fastest by i / (k - 1) of late_packets, rounded down.",
        .integers(2...16), unit: "path", standard: 2, absent: 2,
        .throughput(otherwise: "packets cross no link"), suits: \.hasReplayWindow
      ) { "\($0.text)paths" }
    case .latePackets:
      Definition(
        "Packets of its queue that overtake a late one on the black link, each way. With several classes all "
          + "but the highest are late; with one what takes the slowest of the paths.",
        .integers(0...16_384), unit: "packet", standard: 0, absent: 0,
        .throughput(otherwise: "packets cross no link"), suits: \.hasReplayWindow
      ) { "l\($0.text)" }
    case .direction:
      Definition(
        "Which direction of a gateway alone is fed; round-trip: frames pass both directions of two gateways, "
          + "with a reflector behind them, each on a core of its own: six with the tester's.",
        .words(["seal", "open", AxisValues.roundTrip]), standard: "seal", absent: "seal", .rateSearch
      ) { $0.text }
    }
  }

  /// The longest inner packet, which is that of a jumbo frame.
  public static let packetBytesMax = 9000

  private static let noAttacker = Condition.throughput(otherwise: "no link is there to be attacked")
}
