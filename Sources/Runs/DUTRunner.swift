import Basics
import Cases
import Descriptors
import Foundation
import Results
import Roles

/// Takes one sample of one gateway alone, the DUT, on a core of its own: what it seals, then what it opens,
/// while a tester on another core sends as fast as it takes packets.
///
/// Over memif: 1. the tester makes frames and opens its ports, 2. the DUT comes up, 3. a turn each way, 4.
/// the DUT goes. Over rings both are in one process. Every sample counts, however fast it was: whether the
/// tester could show what a case carries is told from all of its samples (`TesterRule`).
final class DUTRunner {
  private let descriptor: Descriptor
  private let runID: RunID
  /// A file for the keys of the sample that runs, if any.
  private let keysFile: String?
  private let cpus: [Int]
  private let executable: String
  private let crew: RoleCrew
  private let isInterrupted: () -> Bool
  private var tester: RoleProcess?
  private var generation = 0

  init(
    descriptor: Descriptor, runID: RunID, keysFile: String?, cpus: [Int], executable: String, crew: RoleCrew,
    isInterrupted: @escaping () -> Bool
  ) {
    (self.descriptor, self.cpus, self.executable) = (descriptor, cpus, executable)
    (self.runID, self.keysFile) = (runID, keysFile)
    (self.crew, self.isInterrupted) = (crew, isInterrupted)
  }

  private var logFolder: String { crew.logFolder }

  /// Ends the tester; the next sample starts a new one.
  func dismiss() { tester = nil }

  /// Takes a sample.
  /// - Throws: `RunError.interrupted` only; whatever else goes wrong makes the sample invalid.
  func run(_ point: Case, sample: Int) throws -> SampleRecord {
    if isInterrupted() { throw RunError.interrupted }
    let startedAt = Date().formatted(.iso8601)
    do {
      let observed =
        point.link == .memif ? try observe(point, sample: sample) : try observeRings(point, sample: sample)
      return DUTAnalysis(observed, point).record(sample: sample, startedAt: startedAt)
    } catch RunError.interrupted {
      throw RunError.interrupted
    } catch {
      tester = nil
      if point.link == .ring { crew.dismiss() }
      return SampleRecord(
        coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .capacity,
        windowSeconds: 0, metrics: [:], counts: [:], valid: false, faults: ["\(error)"], stages: [])
    }
  }

  private func observeRings(_ point: Case, sample: Int) throws -> ObservedDUT {
    try crew.assemble()
    let plan = try CasePlan(dut: point, sample: sample, of: descriptor, run: runID, cpus: cpus)
    if let keysFile { try TestKeysFile.write(plan, to: keysFile) }
    var tester = TesterPlan(gateway: plan, framesMax: descriptor.blackBox.packets)
    tester.storeBytes = Self.ringStoreBytes
    let reports = try crew.feedOverRings(tester)
    var observed = ObservedDUT()
    observed.sides = Array(zip(TesterTurn.Side.allCases, reports))
    return observed
  }

  /// So much that a turn takes some 50 ms, which is a hundred times as long as a stall may be.
  private static let ringStoreBytes = 128 << 20

  private func observe(_ point: Case, sample: Int) throws -> ObservedDUT {
    guard let testerCPU = cpus.first, let gatewayCPU = cpus.last, cpus.count > 1 else {
      throw RunError.cpus(wanted: "a DUT needs a CPU beside its tester's", available: cpus.count)
    }
    let tester = try self.tester ?? startTester(on: testerCPU)
    self.tester = tester
    var plan = try CasePlan(dut: point, sample: sample, of: descriptor, run: runID, cpus: [gatewayCPU])
    let ports = MemoryPorts(generation: generation)
    // Its own data path has no extended numbers; the tester seals as the DUT opens.
    if point.peerMode == .legacy { plan.esn = false }
    if let keysFile { try TestKeysFile.write(plan, to: keysFile) }
    plan.devices = ports.tester
    try tester.ask(.feed(TesterPlan(gateway: plan, framesMax: descriptor.blackBox.packets)))
    plan.devices = ports.gateway
    let gateway = try startGateway(point, plan, on: gatewayCPU)
    defer { gateway.end() }
    var observed = ObservedDUT()
    do {
      try waitUntil(isUp: true, of: tester, gateway)
      for side in TesterTurn.Side.allCases {
        if isInterrupted() { throw RunError.interrupted }
        guard case .fed(let report) = try tester.ask(.turn(TesterTurn(side: side)), within: 120) else {
          continue
        }
        observed.sides.append((side, report))
      }
      if point.system != .tester {
        var twice = TesterTurn(side: .open)
        (twice.copies, twice.frames) = (2, Self.replayedFrames)
        if case .fed(let report) = try tester.ask(.turn(twice)) { observed.replays = report }
      }
      observed.stages = try gateway.finish()
    } catch {
      // A gateway that dies takes its memory along, and then the tester may die of it.
      throw gateway.death ?? error
    }
    gateway.end()
    // The next gateway must not be taken for this one.
    do { try waitUntil(isUp: false, of: tester, nil) } catch { self.tester = nil }
    return observed
  }

  /// Frames that are sent twice after the measurement, to see what the gateway's window is worth.
  private static let replayedFrames = 64

  private func startTester(on cpu: Int) throws -> RoleProcess {
    generation += 1
    return try RoleProcess(
      roles: [.generator, .gatewayB, .reflector],
      RoleProcess.Options(executable: executable, cpus: [cpu], logPath: logFolder + "/tester.log"))
  }

  private func startGateway(_ point: Case, _ plan: CasePlan, on cpu: Int) throws -> LoneGateway {
    if let mode = point.peerMode {
      return .theirs(
        try PeerProgram.start(
          PeerConfiguration(plan, .gatewayA, mode: mode), plan, besides: executable, cpu: cpu,
          logFolder: logFolder, name: point.system.rawValue))
    }
    let options = RoleProcess.Options(
      executable: executable, cpus: [cpu], logPath: logFolder + "/gateway-a.log")
    let process = try RoleProcess(roles: [.gatewayA], options)
    try process.ask(.setUp(plan))
    try process.ask(.start)
    return .ours(process)
  }

  /// Waits until both links of the tester are up, or both are down.
  private func waitUntil(isUp wanted: Bool, of tester: RoleProcess, _ gateway: LoneGateway?) throws {
    let limit = Moment(in: SampleRunner.linkSeconds)
    while true {
      if case .linked(let isUp) = try tester.ask(.areTesterLinksUp), isUp == wanted { return }
      if let death = gateway?.death { throw death }
      if limit.isPast { throw RunError.linksDown(seconds: SampleRunner.linkSeconds) }
      if isInterrupted() { throw RunError.interrupted }
      usleep(10_000)
    }
  }
}

/// The gateway that is measured alone: ours, or somebody else's program.
private enum LoneGateway {
  case ours(RoleProcess)
  case theirs(PeerProcess)

  func end() {
    switch self {
    case .ours(let process): process.end()
    case .theirs(let process): process.end()
    }
  }

  /// Stops its threads, which must be where they were put.
  /// - Returns: what its stages counted; nothing where it is somebody else's.
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
  /// One more for each tester: a device cannot be taken away while its process lives.
  let generation: Int

  /// Any user may take the name of such a socket before; nobody guesses this.
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
