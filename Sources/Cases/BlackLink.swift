/// What carries sealed packets on the black link.
public struct Encapsulation: Codable, Equatable, Sendable {
  /// The IP protocol number for VPE; ESP's is 50 and the null format's 4.
  public var vpeProtocol: UInt8
  /// The UDP port at both ends; nil where packets lie directly in IP.
  public var udpPort: UInt16?
  /// Whether the outer packet is one of IPv6.
  public var isIPv6: Bool

  /// Directly in IP as protocol 50, so that a NIC's RSS on the SPI field sees VPE's IDs (paper, section 4.4).
  public init(vpeProtocol: UInt8 = 50, udpPort: UInt16? = nil, isIPv6: Bool = false) {
    self.vpeProtocol = vpeProtocol
    self.udpPort = udpPort
    self.isIPv6 = isIPv6
  }
}

/// What gateways do to the fields of headers that a tunnel's ends may carry across.
public enum HeaderFields: String, Sendable, CaseIterable {
  /// Nothing: they are bumps in the wire.
  case none
  /// DSCP, ECN and hops, by RFC 4301 section 5.1.2 and RFC 6040.
  case rfc4301
}

/// What happens to sealed packets on the black link, both ways, beyond being carried.
///
/// The attacker reads and writes the link but has no keys (draft-ietf-bmwg-ipsec-meth, 15.2 and 15.3);
/// loss and shuffling are a network's. Only loss and shuffling are left to chance: hostile packets are spread
/// evenly over those that were sent.
public struct Impairment: Codable, Equatable, Sendable {
  /// Whether there is an attacker: one who reads every packet, whether it makes any of its own or not, so
  /// that what its reading does to caches is in a figure at 0 percent, too.
  public var hasAttacker = false
  /// Replays beside 100 packets, 0 to 100: exact copies of packets that the link has carried.
  public var replayedPercent = 0
  /// How many packets of the same queue lie between a packet and its replay; 0 for a replay right behind it.
  public var replayAgePackets = 0
  /// Forgeries beside 100 packets, 0 to 100: copies with a changed bit, right before the packet itself, so
  /// that their sequence number is still fresh and only authentication can tell.
  public var forgedPercent = 0
  /// How many packets of its queue overtake a late one, of paths one of the slowest; 0 where none is late.
  public var latePackets = 0
  /// Traffic classes: of several all but the highest are late, of one what takes a slower path.
  public var classes = 1
  /// Paths over which packets of one class are dealt in turn, as `Paths` has them.
  public var paths = 2
  /// Part of the packets that is lost, 0 to 1, each at random.
  public var lossRatio: Double
  /// How many packets are held back, of which a random one is let go for each that comes; 0 keeps the order.
  public var shuffleFrames: Int

  /// A network's. By default it does nothing, but the stage that would do it is there.
  public init(lossRatio: Double = 0, shuffleFrames: Int = 0) {
    (self.lossRatio, self.shuffleFrames) = (lossRatio, shuffleFrames)
  }

  /// The name of the stage that carries and impairs what a gateway sends.
  public static let stage = "impair"
  /// The name under which the attacker's own packets count.
  public static let attackStage = "attack"
  /// The name under which packets that came late count.
  public static let lateStage = "late"
  /// The stages that are no gateway's work, or counted elsewhere, though their threads run beside one.
  public static let stages = FragmentStages.all.union([stage, attackStage, lateStage, FillPackets.stage])

  /// The most packets on the link for one that was sent.
  public var growth: Double { 1 + Double(replayedPercent + forgedPercent) / 100 }
}

/// A deliberate fault on a link, to show that the accounts find it.
public struct Fault: Codable, Equatable, Sendable {
  /// What happens to the frame.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// It is lost without being counted.
    case drop
    /// It is sent twice.
    case double
    /// A byte of it is changed.
    case damage
    /// It stays in the queue, and all behind it: the queue fills.
    case stall
    /// It is taken and kept, and so are all behind it: the pool of packets runs dry.
    case hold

    /// Whether one frame is harmed and all others go on.
    package var isOfOneFrame: Bool { self != .stall && self != .hold }
  }
  /// On which end's transmit side.
  public var end: LinkEnd
  /// What happens.
  public var kind: Kind
  /// To which frame, counted from 1.
  public var frame: UInt64

  /// A fault.
  public init(end: LinkEnd, kind: Kind, frame: UInt64) {
    self.end = end
    self.kind = kind
    self.frame = frame
  }
}
