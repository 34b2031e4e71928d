import Model
import Wire

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
  /// Part of the packets that is lost, 0 to 1, each at random.
  public var lossRatio = 0.0
  /// How many packets are held back, of which a random one is let go for each that comes; 0 keeps the order.
  public var shuffleFrames = 0

  /// None, but the stage that would do it is there.
  public init() {}

  /// The name of the stage that carries and impairs what a gateway sends.
  public static let stage = "impair"
  /// The name under which the attacker's own packets count.
  public static let attackStage = "attack"
  /// The stages here that belong to no gateway, though their threads run beside one.
  public static let stages: Set = [stage, attackStage]

  /// Why gateways refuse what the attacker makes.
  public var refusals: Set<DropReason> {
    var reasons: Set<DropReason> = []
    if forgedPercent > 0 { reasons.insert(.authentication) }
    if replayedPercent > 0 { reasons.insert(.replayed) }
    // A number before the window counts as one of the next 2^32 where numbers are extended (RFC 4303 A2.2).
    if replayedPercent > 0, replayAgePackets > 0 { reasons.formUnion([.tooOld, .authentication]) }
    return reasons
  }

  /// Every reason for drops that it brings about.
  var drops: Set<DropReason> { lossRatio > 0 ? refusals.union([.impaired]) : refusals }

  /// Packets that a gateway's stage dropped for one of these reasons.
  public func refused(by stage: StageReport) -> UInt64 {
    guard StageKind(rawValue: stage.stage).map(StageKind.wayThrough(.open).contains) == true else { return 0 }
    return refusals.reduce(0) { $0 + stage.counters.drops[Int($1.rawValue)] }
  }

  /// The most packets on the link for one that was sent.
  var growth: Double { 1 + Double(replayedPercent + forgedPercent) / 100 }
}
