import Cases
import Crypto
import Tunnel

/// Keys, associations and windows of many tunnels for one operation of a packet-cost sample, as one thread of
/// a gateway has them, and the sealers of the packets to be opened; or those of a group's senders, which
/// share a key if the format knows senders.
///
/// Sealers and openers use the same expanded keys: a second set would double the footprint in the cache. So
/// each key is used by the untimed pass before the timed one; with thousands of packets in flight it has left
/// the core's own caches by then, but may be in the shared one. Separate expansion for sealing would avoid
/// this, but takes so long (7 µs each) that other cores evict the shared cache meanwhile.
final class CostTunnels {
  var keys: [TestKeys] { associations.keys }
  let traffic: CostTraffic
  private let plan: CostPlan
  private let shape: CostShape
  private let associations: AssociationSet
  private let sealing: AEADScratch
  private let opening: AEADScratch
  private let starts: [UInt64]
  private let ownership: WindowOwnership

  /// Keys from the plan's seed and the operation.
  /// - Throws: `RoleError.aead`, `CryptoError`.
  init(_ plan: CostPlan, _ operation: MeasuredOperation, packets: Int) throws {
    self.plan = plan
    let shape = CostShape(plan)
    self.shape = shape
    let algorithm = try CostSession.algorithm(plan)
    var random = CostSession.random(plan, operation)
    let seed = random.next()
    let keys = (0..<plan.parties).map { party in
      let number = plan.isGroup ? 0 : party * shape.associations
      let keys = TestKeys(
        seed: seed, .aToB, number: number, algorithm: algorithm,
        usesESN: plan.esn, windows: shape.sealers, format: plan.system.format)
      return plan.isGroup ? keys.ofSender(UInt16(party + 1)) : keys
    }
    if plan.isGroup, let sender = SenderIDs.duplicate(keys.map(\.terms.sender)) {
      throw RoleError.senderTwice(sender)
    }
    associations = try AssociationSet(keys, format: plan.system.format, isGroup: plan.isGroup)
    (sealing, opening) = (try associations.scratch(), try associations.scratch())
    // Random starts, or the words in use would be at the same offset in all windows.
    let before = keys.map { _ in random.next() >> 44 }
    starts = before.map { CostTraffic.number($0, workers: UInt64(shape.sharing)) }
    traffic = CostTraffic(
      packets: packets, starts: before, workers: shape.sharing, seed: random.next())
    ownership = shape.ownership()
  }

  deinit { ownership.deallocate() }

  /// The sealer of all tunnels, for a stateless format.
  func sealer<Format: TunnelFormat>(_ format: Format.Type) -> Format.Sealer {
    associations.sealer(format, sealing)
  }

  /// The opener of all tunnels, for a stateless format.
  func opener<Format: TunnelFormat>(_ format: Format.Type) throws -> Format.Opener {
    try associations.opener(format, opening, ownership)
  }

  func sealers<Format: TunnelFormat>(_ format: Format.Type) throws -> SealerTable<Format.Sealer> {
    try associations.sealers(format, Array(keys.indices), sealing, after: { self.starts[$0] })
  }

  func espNumberedSealers() throws -> SealerTable<ESPNumberedSealer> {
    try associations.table(Array(keys.indices), sealing) {
      ESPNumberedSealer(self.keys[$0].esp, aead: $1, cursor: self.traffic.cursor)
    }
  }

  /// The opener for all senders that share a key, with empty windows.
  func groupOpener<Format: GroupFormat>(_ format: Format.Type) throws -> GroupOpener<Format> {
    let (plan, shape, ownership) = (plan, shape, ownership)
    return try associations.groupOpener(
      format, opening,
      windows: format.refusesReplays
        ? (
          shape.groupWindowBytes(format, ownership),
          { GroupWindows(capacity: plan.senders, identities: shape.identities, ownership, in: $0) }
        ) : nil)
  }

  func openers<Format: TunnelFormat>(_ format: Format.Type) throws -> OpenerTable<Format.Opener> {
    // The measured thread owns the first association of each tunnel.
    let numbers = (0..<(keys.count * shape.associations)).map { number in
      number % shape.associations == 0 ? number / shape.associations : nil
    }
    return try associations.openers(
      format, firstSPI: TestKeys.firstSPI(.aToB), numbers, opening, ownership, after: { self.starts[$0] })
  }
}
