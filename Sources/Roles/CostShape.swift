import Cases
import Crypto
import Tunnel

/// What a tunnel consists of in a gateway with the plan's threads, and what one of them has of it.
struct CostShape {
  /// Threads that seal, and as many that open. A pipeline has one thread more in each direction, which gives
  /// numbers or steers; with fewer than four threads, that shares one.
  let sealers: Int
  /// Associations of a tunnel in each direction: one for each thread, or one for all.
  let associations: Int
  /// Counters of a tunnel in each direction that are not within a sealer.
  private let numberers: Int
  /// Threads that share the numbers of an association.
  let sharing: Int
  /// Packets that a thread's replay window covers: where threads share the numbers, the others' shares too.
  let windowSize: Int
  /// Bytes that a thread's windows of a tunnel occupy beside its opener.
  let windowBytes: Int
  private let plan: CostPlan

  init(_ plan: CostPlan) {
    self.plan = plan
    let threads = max(1, plan.gatewayThreads / 2)
    switch plan.system {
    case .null, .raw, .rawAAD, .cryptodev, .espSingle, .ipsecSecgw, .tester: (sealers, associations) = (1, 1)
    case .espMultiSA: (sealers, associations) = (threads, threads)
    case .espPipeline: (sealers, associations) = (max(1, threads - 1), 1)
    case .vpe: (sealers, associations) = (threads, 1)
    }
    let isShared = plan.system == .espPipeline
    numberers = isShared ? 1 : 0
    sharing = isShared ? sealers : 1
    windowSize = min(plan.windowSize * sharing, ReplayWindow.largest)
    windowBytes =
      (plan.system == .vpe ? MemoryLayout<UInt64>.stride : 0) + ReplayWindow.memoryBytes(size: windowSize)
  }

  /// Whether the thread that is measured owns a window of VPE: those that its queue carries.
  func owns(_ window: UInt16) -> Bool { Int(window) % sealers == 0 }

  /// Bytes that a tunnel occupies in the gateway, both directions: its keys, and in each thread its place in
  /// a table, its sealer or opener, and its window. With a single tunnel there is no table, but all the rest.
  func tunnelBytes(_ algorithm: AEADAlgorithm) -> Int? {
    let entries: (sealer: Int, opener: Int, foreign: Int)
    switch plan.system {
    case .null, .raw, .rawAAD, .cryptodev, .ipsecSecgw, .tester: return nil
    case .espSingle, .espMultiSA:
      entries = CostShape.entries(ESPSealer.self, ESPOpener.self, isTable: plan.tunnels > 1)
    case .espPipeline:
      entries = CostShape.entries(ESPNumberedSealer.self, ESPOpener.self, isTable: plan.tunnels > 1)
    case .vpe:
      entries = CostShape.entries(VPESealer.self, VPEOpener.self, isTable: plan.tunnels > 1)
    }
    let key = plan.tunnels > 1 ? AEADKeyArena.keyBytes(algorithm) : AEADKey.memoryBytes
    let keys = 2 * associations * key
    let sealing = sealers * entries.sealer + numberers * MemoryLayout<UInt64>.stride
    // A thread's table has a place for the others' associations too.
    let opening = sealers * (entries.opener + windowBytes + (associations - 1) * entries.foreign)
    return keys + sealing + opening
  }

  private static func entries<S: AssociationSealer, O: AssociationOpener>(
    _ sealer: S.Type, _ opener: O.Type, isTable: Bool
  ) -> (sealer: Int, opener: Int, foreign: Int) {
    isTable
      ? (SealerTable<S>.associationBytes, OpenerTable<O>.associationBytes, OpenerTable<O>.foreignBytes)
      : (MemoryLayout<S>.size, MemoryLayout<O>.size, 0)
  }
}
