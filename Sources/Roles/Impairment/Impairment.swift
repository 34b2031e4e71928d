import Cases
import Model
import Wire

extension Impairment {
  /// Why gateways refuse what the attacker makes, and what comes too late.
  public var refusals: Set<DropReason> {
    var reasons: Set<DropReason> = []
    if forgedPercent > 0 { reasons.insert(.authentication) }
    if replayedPercent > 0 { reasons.insert(.replayed) }
    // A number before the window counts as one of the next 2^32 where numbers are extended (RFC 4303 A2.2).
    if replayedPercent > 0 && replayAgePackets > 0 || latePackets > 0 {
      reasons.formUnion([.tooOld, .authentication])
    }
    return reasons
  }

  /// Every reason for drops that it brings about.
  var drops: Set<DropReason> { lossRatio > 0 ? refusals.union([.impaired]) : refusals }

  /// Packets that a gateway's stage dropped for one of these reasons.
  public func refused(by stage: StageReport) -> UInt64 {
    guard StageKind(rawValue: stage.stage).map(StageKind.wayThrough(.open).contains) == true else { return 0 }
    return refusals.reduce(0) { $0 + stage.counters.drops[Int($1.rawValue)] }
  }
}
