import Cases
import Crypto
import Tunnel

/// Keys, associations and windows of many tunnels for one operation of a packet-cost sample, as one thread of
/// a gateway has them, and the sealers of what it opens; or those of a group's senders, which have one key if
/// the format knows senders.
///
/// These use the same expanded keys: a second set would double the footprint in the cache.
/// So a key was in use a pass before it is timed; with thousands of packets in flight it has left the core's
/// own caches by then, but may be in the shared one. Expanding keys anew for sealing would leave nothing
/// behind, but takes so long (7 µs each) that other cores empty the shared cache meanwhile.
final class CostTunnels {
  let keys: [TestKeys]
  let traffic: CostTraffic
  private let plan: CostPlan
  private let shape: CostShape
  private let algorithm: AEADAlgorithm
  private let arena: AEADKeyArena
  /// Of each tunnel or sender, or of all where nothing is kept for one.
  private let terms: [TunnelTerms]
  /// Keys from a tunnel's to the next one's; 0 where all have the same.
  private let keyDistance: Int
  private let scratches: [AEADScratch]
  private var windows: [PageArena] = []
  private let starts: [UInt64]
  private var atEnd: [() -> Void] = []

  /// Keys from the plan's seed and the operation.
  /// - Throws: `RoleError.aead`, `CryptoError`.
  init(_ plan: CostPlan, _ operation: MeasuredOperation, packets: Int) throws {
    self.plan = plan
    let shape = CostShape(plan)
    self.shape = shape
    let algorithm = try CostSession.algorithm(plan)
    self.algorithm = algorithm
    var random = CostSession.random(plan, operation)
    let seed = random.next()
    keys = (0..<plan.parties).map { party in
      let number = plan.isGroup ? 0 : party * shape.associations
      let keys = TestKeys(
        seed: seed, .aToB, number: number, algorithm: algorithm,
        usesESN: plan.esn, windows: shape.sealers, format: plan.system.format)
      return plan.isGroup ? keys.ofSender(UInt16(party + 1)) : keys
    }
    if plan.isGroup, let sender = SenderIDs.duplicate(keys.map(\.terms.sender)) {
      throw RoleError.senderTwice(sender)
    }
    let facts = plan.system.format?.facts
    var materials = try keys.prefix(facts?.isStateless == true ? 1 : keys.count).map { try $0.material() }
    if facts?.isStateless == true { materials[0].terms.associations = plan.tunnels }
    terms = materials.map(\.terms)
    keyDistance = plan.isGroup ? 0 : materials[0].keys.count
    let distinct = plan.isGroup ? materials[0].keys : materials.flatMap(\.keys)
    arena = try AEADKeyArena(materials[0].algorithm, count: distinct.count)
    for (index, key) in distinct.enumerated() { try arena.set(index, key) }
    scratches = [try AEADScratch(), try AEADScratch()]
    // Anywhere, or the windows' words in use would all lie at the same place.
    let before = keys.map { _ in random.next() >> 44 }
    starts = before.map { CostTraffic.number($0, workers: UInt64(shape.sharing)) }
    traffic = CostTraffic(
      packets: packets, starts: before, workers: shape.sharing, seed: random.next())
  }

  deinit { atEnd.forEach { $0() } }

  private func aead(_ tunnel: Int, _ scratch: AEADScratch) -> AEAD {
    AEAD(arena, tunnel * keyDistance, scratch: scratch)
  }

  private func table<Sealer: AssociationSealer>(
    _ make: (_ tunnel: Int, AEAD) -> Sealer
  ) throws -> SealerTable<Sealer> {
    let table = try SealerTable(
      keys.indices.map { make($0, aead($0, scratches[0])) }, algorithm: algorithm)
    atEnd.append { table.deallocate() }
    return table
  }

  /// The sealer of all tunnels, of a format that keeps nothing for any.
  func sealer<Format: TunnelFormat>(_ format: Format.Type) -> Format.Sealer {
    format.sealer(format.association(terms[0]), window: 0, aead: aead(0, scratches[0]), sequence: 0)
  }

  /// The opener of all tunnels, likewise.
  func opener<Format: TunnelFormat>(_ format: Format.Type) throws -> Format.Opener {
    let ownership = shape.ownership()
    atEnd.append { ownership.deallocate() }
    let memory = try PageArena(bytes: max(format.windowBytes(ownership), 1))
    windows.append(memory)
    return format.opener(
      format.association(terms[0]), aead: aead(0, scratches[1]), ownership, top: 0, in: memory.start)
  }

  func sealers<Format: TunnelFormat>(_ format: Format.Type) throws -> SealerTable<Format.Sealer> {
    try table {
      format.sealer(
        format.association(self.terms[$0]), window: 0, aead: $1, sequence: self.starts[$0])
    }
  }

  func espNumberedSealers() throws -> SealerTable<ESPNumberedSealer> {
    try table { ESPNumberedSealer(self.keys[$0].esp, aead: $1, cursor: self.traffic.cursor) }
  }

  /// The opener of what all senders send under one key, with nothing seen.
  func groupOpener<Format: GroupFormat>(_ format: Format.Type) throws -> GroupOpener<Format> {
    let windows = try format.refusesReplays ? groupWindows(format) : nil
    return GroupOpener(terms[0], aead: aead(0, scratches[1]), windows: windows)
  }

  private func groupWindows<Format: GroupFormat>(_ format: Format.Type) throws -> GroupWindows {
    let ownership = shape.ownership()
    atEnd.append { ownership.deallocate() }
    let memory = try PageArena(bytes: shape.groupWindowBytes(format, ownership))
    windows.append(memory)
    return GroupWindows(
      capacity: plan.senders, identities: shape.identities, ownership, in: memory.start)
  }

  func openers<Format: TunnelFormat>(_ format: Format.Type) throws -> OpenerTable<Format.Opener> {
    let ownership = shape.ownership()
    atEnd.append { ownership.deallocate() }
    let bytes = format.windowBytes(ownership)
    let memory = try PageArena(bytes: max(keys.count * bytes, 1))
    windows.append(memory)
    // Of each tunnel's associations the first is this thread's.
    let openers: [Format.Opener?] = (0..<(keys.count * shape.associations)).map { number in
      let tunnel = number / shape.associations
      guard number % shape.associations == 0 else { return nil }
      return format.opener(
        format.association(terms[tunnel]), aead: aead(tunnel, scratches[1]), ownership,
        top: starts[tunnel], in: memory.start + tunnel * bytes)
    }
    let table = try OpenerTable(
      firstSPI: TestKeys.firstSPI(.aToB), openers: openers, algorithm: algorithm)
    atEnd.append { table.deallocate() }
    return table
  }
}
