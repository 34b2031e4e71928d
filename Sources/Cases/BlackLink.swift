/// The encapsulation of sealed packets on the black link.
public struct Encapsulation: Codable, Equatable, Sendable {
  /// The IP protocol number of VPE; ESP has 50, and the null format 4.
  public var vpeProtocol: UInt8
  /// The UDP port at both ends; nil if packets are directly in IP.
  public var udpPort: UInt16?
  /// Whether the outer packet is IPv6.
  public var isIPv6: Bool

  /// The default is protocol 50 directly in IP, so that a NIC's RSS on the SPI field sees VPE's IDs (paper,
  /// section 4.4).
  public init(vpeProtocol: UInt8 = 50, udpPort: UInt16? = nil, isIPv6: Bool = false) {
    self.vpeProtocol = vpeProtocol
    self.udpPort = udpPort
    self.isIPv6 = isIPv6
  }
}

/// How gateways treat header fields that a tunnel's ends may copy between inner and outer headers.
public enum HeaderFields: String, Sendable, CaseIterable {
  /// Gateways leave them alone, as bumps in the wire.
  case none
  /// DSCP, ECN and the hop limit are treated as in RFC 4301, section 5.1.2, and RFC 6040.
  case rfc4301
}

/// What happens to sealed packets on the black link in both directions.
///
/// The attacker reads and writes the link, but has no keys (draft-ietf-bmwg-ipsec-meth, 15.2 and 15.3). Loss
/// and shuffling are those of a network. Only loss and shuffling are random: hostile packets are spread
/// evenly over the packets sent.
public struct Impairment: Codable, Equatable, Sendable {
  /// Whether there is an attacker. An attacker reads every packet, whether it adds packets or not. So figures
  /// at 0 percent include the effects of its reading on caches.
  public var hasAttacker = false
  /// Replays per 100 packets, 0 to 100: exact copies of packets that the link has carried.
  public var replayedPercent = 0
  /// The number of packets of the same queue between a packet and its replay; 0 for a replay directly behind
  /// it.
  public var replayAgePackets = 0
  /// Forgeries per 100 packets, 0 to 100: copies with a changed bit, directly before the packet itself. Their
  /// sequence numbers are still fresh, so only authentication can detect them.
  public var forgedPercent = 0
  /// The number of packets of its queue that overtake a late one (with several paths: one of the slowest
  /// path); 0 if none is late.
  public var latePackets = 0
  /// Number of traffic classes. With several, all but the highest are late; with one, packets of slower paths
  /// are.
  public var classes = 1
  /// The number of paths over which packets of one class are distributed in turn, as in `Paths`.
  public var paths = 2
  /// The share of packets that is lost at random, from 0 to 1.
  public var lossRatio: Double
  /// The number of packets that are held back. For each packet that comes, a random one of them is released.
  /// 0 keeps the order.
  public var shuffleFrames: Int

  /// The impairment of a network. The default does nothing, but its stage still runs.
  public init(lossRatio: Double = 0, shuffleFrames: Int = 0) {
    (self.lossRatio, self.shuffleFrames) = (lossRatio, shuffleFrames)
  }

  /// The name of the stage that carries and impairs a gateway's packets.
  public static let stage = "impair"
  /// The name under which the attacker's own packets are counted.
  public static let attackStage = "attack"
  /// The name under which late packets are counted.
  public static let lateStage = "late"
  /// Stages that are not a gateway's work, or are counted elsewhere, although their threads run beside a
  /// gateway.
  public static let stages = FragmentStages.all.union([stage, attackStage, lateStage, FillPackets.stage])

  /// The largest number of packets on the link per packet sent.
  public var growth: Double { 1 + Double(replayedPercent + forgedPercent) / 100 }
}

/// A deliberate fault on a link, which shows that the accounts detect it.
public struct Fault: Codable, Equatable, Sendable {
  /// What happens to the frame.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// The frame is lost without being counted.
    case drop
    /// The frame is sent twice.
    case double
    /// A byte of the frame is changed.
    case damage
    /// The frame and all behind it remain in the queue, so the queue fills.
    case stall
    /// The frame and all behind it are taken and kept, so the pool of packet buffers becomes empty.
    case hold

    /// Whether the fault affects one frame only.
    package var isOfOneFrame: Bool { self != .stall && self != .hold }
  }
  /// The link end at whose transmit side the fault happens.
  public var end: LinkEnd
  /// The kind of fault.
  public var kind: Kind
  /// The number of the affected frame, counted from 1.
  public var frame: UInt64

  /// Makes a fault from its parts.
  public init(end: LinkEnd, kind: Kind, frame: UInt64) {
    self.end = end
    self.kind = kind
    self.frame = frame
  }
}
