import Crypto
import Dataplane

/// A process in which roles can be played: DPDK is started once, topologies come and go.
public final class RoleHost {
  package let environment: EAL
  private var kept: CostBuffers?
  private var feedPorts: FeedPorts?
  private var ringStore: (store: FrameStore, pool: PacketPool)?

  /// Starts DPDK in this process; only once.
  /// - Parameters:
  ///   - cpus: CPUs for dataplane threads.
  ///   - usesHardware: whether devices may need huge pages and the PCI bus.
  /// - Throws: `DataplaneError.environment`.
  public init(cpus: [Int], usesHardware: Bool = false) throws {
    var options = EAL.Options(cpus: cpus)
    options.usesHardware = usesHardware
    environment = try EAL(options)
  }

  /// Wires the roles of a case.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func topology(_ plan: CasePlan, roles: Set<RoleName>) throws -> Topology {
    try Topology(plan, roles: roles, environment: environment)
  }

  /// Takes one packet-cost sample.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func measure(_ plan: CostPlan) throws -> CostReport {
    let buffers = try costBuffers(plan.packetsInFlight)
    return try CostBench(plan, buffers, environment: environment).run()
  }

  /// Takes a sample, and reads the packets that its last pass has left.
  package func sealedPackets(_ plan: CostPlan) throws -> SealedSample {
    let bench = try CostBench(plan, try costBuffers(plan.packetsInFlight), environment: environment)
    _ = try bench.run()
    return try bench.sealedSample()
  }

  /// Opens the feed's ports, if they are not open yet, and makes what it needs for a case.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func feed(_ plan: FeedPlan) throws -> Feed {
    let ports = try feedPorts ?? FeedPorts(plan)
    feedPorts = ports
    return try Feed(plan, ports, environment: environment)
  }

  /// Feeds a DUT in this process over rings, one direction after the other: the tester on the first CPU, the
  /// DUT on the last.
  /// - Returns: what came of each direction, in the order of `FeedTurn.Side`.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func feedOverRings(_ plan: FeedPlan) throws -> [FeedReport] {
    guard environment.cpus.count > 1 else {
      throw DataplaneError.threads(wanted: 2, available: environment.cpus.count)
    }
    let kept = try ringStore ?? Self.makeStore(bytes: plan.storeBytes)
    ringStore = kept
    return try RingDUT(plan, store: kept.store, environment: environment).run()
  }

  private static func makeStore(bytes: Int) throws -> (store: FrameStore, pool: PacketPool) {
    let pool = try PacketPool(name: "store", count: 1023)
    return (try FrameStore(bytes: bytes, pool: pool), pool)
  }

  /// The working set of the last sample, if it has the right size.
  private func costBuffers(_ packets: Int) throws -> CostBuffers {
    if let kept, kept.holds(packets) { return kept }
    kept = nil
    let made = try CostBuffers(packets: packets)
    kept = made
    return made
  }

  /// Versions of the libraries below, as they are installed.
  public static var libraries: (dpdk: String, ipsecMB: String, ipsecMBArchitecture: String?) {
    (EAL.version, CryptoLibrary.version, try? CryptoLibrary.shared().architecture)
  }

  /// Ticks of the time-stamp counter in a second, once DPDK has been started in this process.
  public static var ticksPerSecond: UInt64 { EAL.ticksPerSecond }
}
