import Basics
import Cases
import Descriptors
import Foundation
import Model
import Results
import Roles

/// Takes one sample of a single gateway, the DUT, on a core of its own: first it seals, then it opens, while
/// a tester on another core sends as fast as the DUT takes packets.
///
/// Over memif: 1. the tester makes frames and opens its ports, 2. the DUT starts, 3. a turn in each
/// direction, 4. the DUT ends. Over rings both are in one process. Every sample counts, however fast it was:
/// `TesterRule` decides from all samples whether the tester was fast enough for a case.
final class DUTRunner {
  private let context: RunContext
  private var tester: RoleProcess?
  private var generation = 0

  init(_ context: RunContext) { self.context = context }

  private var crew: RoleCrew { context.crew }

  /// Ends the tester; the next sample starts a new one.
  func dismiss() { tester = nil }

  /// Takes a sample.
  /// - Throws: `RunError.interrupted`.
  func run(_ point: Case, sample: Int) throws -> SampleRecord {
    func clear() {
      dismiss()
      if point.link == .ring { crew.dismiss() }
    }
    return try context.take(point, sample: sample, basis: .capacity, clear: clear) { startedAt in
      let observed =
        point.link == .memif ? try observe(point, sample: sample) : try observeRings(point, sample: sample)
      return DUTAnalysis(observed, point).record(sample: sample, startedAt: startedAt)
    }
  }

  private func plan(_ point: Case, sample: Int, cpus: [Int]) throws -> CasePlan {
    try CasePlan(dut: point, sample: sample, of: context.descriptor, run: context.runID, cpus: cpus)
  }

  private func testerPlan(_ plan: CasePlan) -> TesterPlan {
    TesterPlan(gateway: plan, framesMax: context.descriptor.blackBox.packets)
  }

  private func observeRings(_ point: Case, sample: Int) throws -> ObservedDUT {
    try crew.assemble()
    let plan = try plan(point, sample: sample, cpus: crew.cpus)
    if let file = context.keysFile { try TestKeysFile.write(plan, to: file) }
    var tester = testerPlan(plan)
    tester.storeBytes = Self.ringStoreBytes
    let reports = try crew.testOverRings(tester)
    var observed = ObservedDUT()
    observed.directions = Array(zip(StageKind.Direction.allCases, reports))
    return observed
  }

  /// Memory for which a turn takes some 50 ms, a hundred times the longest accepted stall.
  private static let ringStoreBytes = 128 << 20

  private func observe(_ point: Case, sample: Int) throws -> ObservedDUT {
    let cpus = crew.cpus
    guard let testerCPU = cpus.first, let gatewayCPU = cpus.last, cpus.count > 1 else {
      throw RunError.cpus(wanted: "a DUT needs a CPU beside its tester's", available: cpus.count)
    }
    let tester = try self.tester ?? startTester(on: testerCPU)
    self.tester = tester
    var plan = try plan(point, sample: sample, cpus: [gatewayCPU])
    let ports = MemoryPorts(generation: generation)
    // The legacy data path has no extended numbers, and the tester must seal accordingly.
    if point.peerMode == .legacy { plan.esn = false }
    if let file = context.keysFile { try TestKeysFile.write(plan, to: file) }
    plan.devices = .init(ports.tester)
    try tester.ask(.setUpTester(testerPlan(plan)))
    plan.devices = .init(ports.gateway)
    let gateway = try startGateway(point, plan, on: gatewayCPU)
    defer { gateway.end() }
    var observed = ObservedDUT()
    do {
      try waitUntil(isUp: true, of: tester, gateway)
      for direction in StageKind.Direction.allCases {
        if context.isInterrupted() { throw RunError.interrupted }
        guard
          case .testerReport(let report) = try tester.ask(.turn(TesterTurn(direction)), within: 120)
        else { continue }
        observed.directions.append((direction, report))
      }
      if point.system != .tester {
        var twice = TesterTurn(.open)
        (twice.copies, twice.frames) = (2, Self.replayedFrames)
        if case .testerReport(let report) = try tester.ask(.turn(twice)) { observed.replays = report }
      }
      observed.stages = try gateway.finish()
    } catch {
      // A gateway that dies takes its shared memory along, which may kill the tester, too.
      throw gateway.death ?? error
    }
    gateway.end()
    // The links must go down before the next gateway starts, or the tester would take it for this one.
    do { try waitUntil(isUp: false, of: tester, nil) } catch { self.tester = nil }
    return observed
  }

  /// Frames that are sent twice after the measurement, to test the gateway's replay window.
  private static let replayedFrames = 64

  private func startTester(on cpu: Int) throws -> RoleProcess {
    generation += 1
    return try RoleProcess(
      roles: [.generator, .gatewayB, .reflector], options(on: cpu, log: "tester"))
  }

  private func startGateway(_ point: Case, _ plan: CasePlan, on cpu: Int) throws -> DUTProcess {
    if let mode = point.peerMode {
      return .theirs(
        try PeerProgram.start(
          PeerConfiguration(plan, .gatewayA, mode: mode), plan, besides: crew.executable, cpu: cpu,
          logFolder: crew.logFolder, name: point.system.rawValue))
    }
    let process = try RoleProcess(roles: [.gatewayA], options(on: cpu, log: "gateway-a"))
    try process.ask(.setUp(plan))
    try process.ask(.start)
    return .ours(process)
  }

  private func options(on cpu: Int, log: String) -> RoleProcess.Options {
    RoleProcess.Options(
      executable: crew.executable, cpus: [cpu], logPath: "\(crew.logFolder)/\(log).log")
  }

  /// Waits until both links of the tester are up, or both are down.
  private func waitUntil(isUp wanted: Bool, of tester: RoleProcess, _ gateway: DUTProcess?) throws {
    let limit = Moment(in: SampleRunner.linkSeconds)
    while true {
      if case .linked(let isUp) = try tester.ask(.areTesterLinksUp), isUp == wanted { return }
      if let death = gateway?.death { throw death }
      if limit.isPast { throw RunError.linksDown(seconds: SampleRunner.linkSeconds) }
      if context.isInterrupted() { throw RunError.interrupted }
      usleep(10_000)
    }
  }
}

/// The process of the DUT: this suite's, or a third party's program.
private enum DUTProcess {
  case ours(RoleProcess)
  case theirs(PeerProcess)

  func end() {
    switch self {
    case .ours(let process): process.end()
    case .theirs(let process): process.end()
    }
  }

  /// Stops the threads, after checking that they stayed on their CPUs.
  /// - Returns: the counts of its stages; empty for a third party's program.
  /// - Throws: `RunError`.
  func finish() throws -> [StageReport] {
    guard case .ours(let process) = self, case .final(let report, _) = try process.ask(.finish) else {
      return []
    }
    return report.stages
  }

  var death: RunError? {
    if case .theirs(let process) = self { return process.death() }
    return nil
  }
}

/// Ports in shared memory (memif) between a tester and a gateway.
///
/// The gateway is the client and hands its own packet buffers over (zero-copy): the tester's core writes into
/// them and reads from them, as a NIC does, and the gateway's core copies nothing.
struct MemoryPorts {
  /// A new number for each tester: a device cannot be removed while its process lives.
  let generation: Int

  /// Makes socket names unpredictable: any user could otherwise take one first.
  private static let secret = String(UInt64.random(in: .min ... .max), radix: 16)
  private func name(_ side: String) -> String { "vpebench-\(Self.secret)-\(generation)-\(side)" }

  /// Slots of a ring, a power of two: as many buffers as a NIC's queue has.
  private static let logSlots = 10

  private func device(_ index: Int, _ side: String, _ role: String) -> String {
    "net_memif\(index),role=\(role),id=0,socket=\(name(side)),rsize=\(Self.logSlots)"
  }

  /// The tester's ends.
  var tester: [LinkEnd: String] {
    [.generator: device(0, "red", "server"), .gatewayBBlack: device(1, "black", "server")]
  }

  /// The gateway's ends.
  var gateway: [LinkEnd: String] {
    func client(_ index: Int, _ side: String, _ end: LinkEnd) -> String {
      device(index, side, "client") + ",zero-copy=yes,mac=\(end.address)"
    }
    return [
      .gatewayARed: client(0, "red", .gatewayARed), .gatewayABlack: client(1, "black", .gatewayABlack),
    ]
  }
}
