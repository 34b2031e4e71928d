import Cases
import Crypto
import Tunnel

/// The parts of a tunnel in a gateway with the plan's threads, and those of the measured thread.
struct CostShape {
  /// Sealing threads; as many open. A pipeline has another thread in each direction, which assigns numbers or
  /// steers; with fewer than four threads it shares one.
  let sealers: Int
  /// Associations of a tunnel in each direction: one for each thread, or one for all.
  let associations: Int
  /// Counters of a tunnel in each direction that are not within a sealer.
  private let numberers: Int
  /// Threads that share the numbers of an association.
  let sharing: Int
  /// Packets that a thread's replay window covers; if threads share the numbers, it spans the others' shares,
  /// too.
  let windowSize: Int
  private let plan: CostPlan

  init(_ plan: CostPlan) {
    self.plan = plan
    let threads = max(1, plan.gatewayThreads / 2)
    switch plan.system {
    case .espMultiSA: (sealers, associations) = (threads, threads)
    case .espPipeline: (sealers, associations) = (max(1, threads - 1), 1)
    case .vpe, .eespSubSA, .psp: (sealers, associations) = (threads, 1)
    default: (sealers, associations) = (1, 1)
    }
    let isShared = plan.system == .espPipeline
    numberers = isShared ? 1 : 0
    sharing = isShared ? sealers : 1
    windowSize = min(plan.windowSize * sharing, ReplayWindow.largest)
  }

  /// The windows of a tunnel that the measured thread owns: those of its queue. The caller deallocates the
  /// result.
  func ownership() -> WindowOwnership {
    WindowOwnership(count: sealers, size: windowSize) { Int($0) % sealers == 0 }
  }

  /// Bytes that a tunnel occupies in the gateway, both directions: its keys, and in each thread its table
  /// entry, sealer or opener, and window. A single tunnel has no table. 0 in a stateless format.
  func tunnelBytes(_ algorithm: AEADAlgorithm) -> Int? {
    guard let format = plan.system.format else { return nil }
    let facts = format.facts
    if facts.isStateless { return 0 }
    let isNumbered = plan.system == .espPipeline
    let entries = format.visit(EntryBytes(isTable: plan.parties > 1, ownership: ownership()))
    let sealer = isNumbered ? EntryBytes.sealer(ESPNumberedSealer.self, plan.parties > 1) : entries.sealer
    let key = plan.parties > 1 ? AEADKeyArena.keyBytes(algorithm) : AEADKey.memoryBytes
    let keys = 2 * associations * facts.keyCount(windows: sealers) * key
    let sealing = sealers * sealer + numberers * MemoryLayout<UInt64>.stride
    // A thread's table has entries for the associations of other threads, too.
    let opening = sealers * (entries.opener + entries.windows + (associations - 1) * entries.foreign)
    return keys + sealing + opening
  }

  /// Bytes that all senders together occupy in a receiver: keys, and in each thread openers and windows.
  func groupBytes(_ algorithm: AEADAlgorithm) -> Int? {
    guard let format = plan.system.format else { return nil }
    let key = plan.parties > 1 ? AEADKeyArena.keyBytes(algorithm) : AEADKey.memoryBytes
    if plan.isGroup {
      let ownership = ownership()
      defer { ownership.deallocate() }
      return key + sealers * (format.visitGroup(GroupBytes(shape: self, ownership: ownership)) ?? 0)
    }
    let entries = format.visit(EntryBytes(isTable: plan.parties > 1, ownership: ownership()))
    return plan.parties * (key + sealers * (entries.opener + entries.windows))
  }

  /// The end of a group's Sender IDs: a key server assigns them in sequence (RFC 9838), here from 1.
  var identities: Int { plan.senders + 1 }

  /// Bytes of the windows of a group in a thread.
  func groupWindowBytes<Format: GroupFormat>(_ format: Format.Type, _ ownership: WindowOwnership) -> Int {
    guard format.refusesReplays else { return 0 }
    return GroupWindows.memoryBytes(capacity: plan.senders, identities: identities, ownership)
  }
}

/// Bytes that a group occupies in a thread.
private struct GroupBytes: GroupVisitor {
  typealias Failure = Never
  let shape: CostShape
  let ownership: WindowOwnership

  func visit<Format: GroupFormat>(_ format: Format.Type) -> Int {
    MemoryLayout<GroupOpener<Format>>.size + shape.groupWindowBytes(format, ownership)
  }
}

/// Bytes that an association of a format occupies in a thread. It deallocates the ownership.
private struct EntryBytes: FormatVisitor {
  typealias Failure = Never
  let isTable: Bool
  let ownership: WindowOwnership

  func visit<Format: TunnelFormat>(
    _ format: Format.Type
  ) -> (sealer: Int, opener: Int, foreign: Int, windows: Int) {
    defer { ownership.deallocate() }
    let opener = MemoryLayout<Format.Opener>.size
    typealias Table = OpenerTable<Format.Opener>
    return (
      EntryBytes.sealer(Format.Sealer.self, isTable), isTable ? Table.associationBytes : opener,
      isTable ? Table.foreignBytes : 0, format.windowBytes(ownership)
    )
  }

  static func sealer<Sealer: AssociationSealer>(_ sealer: Sealer.Type, _ isTable: Bool) -> Int {
    isTable ? SealerTable<Sealer>.associationBytes : MemoryLayout<Sealer>.size
  }
}
