import Cases
import Crypto
import Dataplane
import Tunnel

/// A process that can play roles: it starts DPDK once, and makes topologies as cases come and go.
public final class RoleHost {
  package let environment: EAL
  /// The arguments with which DPDK was started.
  public let ealArguments: [String]
  private var kept: CostBuffers?
  private var keptSegments: SegmentBuffers?
  private var keptFragments: FragmentBuffers?
  private var company: CostCompany?
  private var testerPorts: TesterPorts?
  private var ringStore: (store: FrameStore, pool: PacketPool)?

  /// Starts DPDK in this process; only once.
  /// - Parameters:
  ///   - cpus: CPUs for dataplane threads.
  ///   - usesHardware: whether devices may need huge pages and the PCI bus.
  /// - Throws: `DataplaneError.environment`.
  public init(cpus: [Int], usesHardware: Bool = false) throws {
    let options = Self.options(cpus, usesHardware)
    environment = try EAL(options)
    ealArguments = Array(options.arguments.dropFirst())
  }

  private static func options(_ cpus: [Int], _ usesHardware: Bool) -> EAL.Options {
    var options = EAL.Options(cpus: cpus)
    options.usesHardware = usesHardware
    return options
  }

  /// The arguments with which DPDK would be started for these CPUs.
  public static func ealArguments(cpus: [Int], usesHardware: Bool) -> [String] {
    Array(options(cpus, usesHardware).arguments.dropFirst())
  }

  /// The CPUs of the dataplane threads.
  public var cpus: [Int] { environment.cpus }

  /// A dataplane thread.
  public struct Thread: Sendable {
    /// The kernel's thread ID.
    public let number: Int32
    /// The CPU that it is pinned to.
    public let cpu: Int

    /// A thread by its parts.
    public init(number: Int32, cpu: Int) { (self.number, self.cpu) = (number, cpu) }
  }

  /// The dataplane threads, which live as long as the process.
  /// - Throws: `DataplaneError.environment` while one of them is busy.
  public func threads() throws -> [Thread] {
    zip(try environment.threadNumbers(), environment.cpus).map { Thread(number: $0, cpu: $1) }
  }

  /// Most CPUs that a process can be given.
  public static var cpusMax: Int { EAL.cpusMax }
  /// The end of the CPU numbers that can be used.
  public static var cpuNumberEnd: Int { EAL.cpuNumberEnd }

  /// Wires the roles of a case.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func topology(_ plan: CasePlan, roles: Set<RoleName>) throws -> Topology {
    try Topology(plan, roles: roles, environment: environment)
  }

  /// Opens ports to probe which of them are connected.
  /// - Throws: `DataplaneError`.
  public func linkProbe(_ plan: LinkProbe.Plan) throws -> LinkProbe { try LinkProbe(plan) }

  /// Properties of the CPUs, such as the cost of moving a cache line between them.
  public typealias Probe = CoreProbe

  /// Probes the CPUs; no topology or tester may be running.
  /// - Throws: `DataplaneError`.
  public func probe() throws -> Probe { try environment.probe() }

  /// Takes one packet-cost sample.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func measure(_ plan: CostPlan) throws -> CostReport {
    let bench = try bench(plan)
    guard plan.cores == .all, bench is CostBench else { return try bench.run() }
    let company = try costCompany()
    var report = try company.during(plan) { try bench.run() }
    if !report.tallies.isEmpty { report.tallies[0].failures += company.failures }
    return report
  }

  /// Measures a plan's operations in a format that need not be registered.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  package func measure<Format: TunnelFormat>(
    _ plan: CostPlan, in format: Format.Type
  ) throws -> [CostReport.Tally] {
    let bench = try CostBench(plan, try workingSet(plan, &kept), environment: environment)
    return try plan.operations.map { try bench.cost(of: $0, in: format) }
  }

  /// The other cores, for packet-cost samples.
  /// - Throws: as `CostCompany` does.
  package func costCompany() throws -> CostCompany {
    let made = try company ?? CostCompany(environment)
    company = made
    return made
  }

  /// Takes a packet-cost sample and returns the packets of its last pass.
  package func sealedPackets(_ plan: CostPlan) throws -> SealedSample {
    let bench = try bench(plan, keeps: true)
    _ = try bench.run()
    return try bench.sealedSample()
  }

  /// Opens the tester's ports, if they are not open yet, and makes what it needs for a case.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func setUpTester(_ plan: TesterPlan) throws -> Tester {
    let ports = try testerPorts ?? TesterPorts(plan)
    testerPorts = ports
    return try Tester(plan, ports, environment: environment)
  }

  /// Tests a DUT in this process over rings, one direction after the other: the tester runs on the first CPU,
  /// the DUT on the last.
  /// - Returns: a report for each direction, in the order of `StageKind.Direction`.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func testOverRings(_ plan: TesterPlan) throws -> [TesterReport] {
    guard environment.cpus.count > 1 else {
      throw DataplaneError.threads(wanted: 2, available: environment.cpus.count)
    }
    let kept = try ringStore ?? Self.makeStore(bytes: plan.storeBytes)
    ringStore = kept
    return try RingDUT(plan, store: kept.store, environment: environment).run()
  }

  /// Makes a rate tester and its DUT. The previous one must be gone, for both would use the same ring names.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public func rateTester(_ plan: CasePlan) throws -> RateTester {
    try RateTester(plan, environment: environment)
  }

  private static func makeStore(bytes: Int) throws -> (store: FrameStore, pool: PacketPool) {
    let pool = try PacketPool(name: "store", count: 1023)
    return (try FrameStore(bytes: bytes, pool: pool), pool)
  }

  /// The working set of the previous sample if it has the right size, else a new one.
  private func workingSet<Buffers: CostWorkingSet>(
    _ plan: CostPlan, _ kept: inout Buffers?
  ) throws -> Buffers {
    if let buffers = kept, buffers.holds(plan.packetsInFlight) { return buffers }
    kept = nil
    let made = try Buffers(packets: plan.packetsInFlight)
    kept = made
    return made
  }

  /// The bench that measures a plan's costs.
  /// - Parameter keeps: whether the packets of the last pass can be read.
  private func bench(_ plan: CostPlan, keeps: Bool = false) throws -> any PacketBench {
    if plan.buffers != .single {
      let buffers = try workingSet(plan, &keptSegments)
      return try SegmentBench(plan, buffers, environment: environment, keeps: keeps)
    }
    if plan.fragments != .none {
      let buffers = try workingSet(plan, &keptFragments)
      return try FragmentBench(plan, buffers, environment: environment, keeps: keeps)
    }
    return try CostBench(plan, try workingSet(plan, &kept), environment: environment)
  }

  /// The version of the installed DPDK.
  public static var dpdkVersion: String { EAL.version }
  /// The compiler options for the processor that DPDK's inline functions are compiled for.
  public static var machineFlags: String { EAL.machineFlags }

  /// The crypto library; see `CryptoLibrary`.
  public static var ipsecMB: (version: String, origin: String, sha256: String, architecture: String?) {
    (
      CryptoLibrary.version, CryptoLibrary.origin, CryptoLibrary.sha256,
      try? CryptoLibrary.shared().architecture
    )
  }

  /// Ticks of the time-stamp counter in a second, once DPDK has been started in this process.
  public static var ticksPerSecond: UInt64 { EAL.ticksPerSecond }
}
