import Cases
import Model
import Wire

extension Impairment {
  /// The reasons for which gateways refuse the attacker's packets and late ones.
  public var refusals: Set<DropReason> {
    var reasons: Set<DropReason> = []
    if forgedPercent > 0 { reasons.insert(.authentication) }
    if replayedPercent > 0 { reasons.insert(.replayed) }
    // With extended numbers, a number before the window is taken for one of the next 2^32 (RFC 4303 A2.2).
    if replayedPercent > 0 && replayAgePackets > 0 || latePackets > 0 {
      reasons.formUnion([.tooOld, .authentication])
    }
    return reasons
  }

  /// All reasons for drops that the impairment causes.
  var drops: Set<DropReason> { lossRatio > 0 ? refusals.union([.impaired]) : refusals }

  /// Packets that a gateway's stage dropped for one of these reasons.
  public func refused(by stage: StageReport) -> UInt64 {
    guard StageKind(rawValue: stage.stage).map(StageKind.wayThrough(.open).contains) == true else { return 0 }
    return refusals.reduce(0) { $0 + stage.counters.drops[Int($1.rawValue)] }
  }
}
