import Foundation
import Results
import Roles

/// Takes one sample of one gateway alone, as a black box on a core of its own: what it seals, then what it
/// opens, while a feed on another core sends as fast as it takes packets.
///
/// 1. the feed makes frames and opens its ports, 2. the gateway comes up, 3. a turn each way, 4. the gateway
/// goes.
final class BlackBoxRunner {
  private let descriptor: Descriptor
  private let runID: RunID
  /// A file for the keys of the sample that runs, if any.
  private let keysFile: String?
  private let cpus: [Int]
  private let executable: String
  private let logFolder: String
  private let isInterrupted: () -> Bool
  private var feed: RoleProcess?
  private var generation = 0

  /// The part of the time that the feed must have waited for the gateway, or it is not the gateway that was
  /// measured.
  static let leastIdleRatio = 0.02

  init(
    descriptor: Descriptor, runID: RunID, keysFile: String?, cpus: [Int], executable: String,
    logFolder: String, isInterrupted: @escaping () -> Bool
  ) {
    (self.descriptor, self.cpus, self.executable) = (descriptor, cpus, executable)
    (self.runID, self.keysFile) = (runID, keysFile)
    (self.logFolder, self.isInterrupted) = (logFolder, isInterrupted)
  }

  /// Ends the feed; the next sample starts a new one.
  func dismiss() { feed = nil }

  /// Takes a sample.
  /// - Throws: `RunError.interrupted` only; whatever else goes wrong makes the sample invalid.
  func run(_ point: Case, sample: Int) throws -> SampleRecord {
    if isInterrupted() { throw RunError.interrupted }
    let startedAt = Date().formatted(.iso8601)
    do {
      let start = Moment.now
      var record: SampleRecord?
      for attempt in 1...Self.attempts {
        // Keys of its own, so that no nonce is used twice.
        let observed = try observe(point, sample: sample + (attempt - 1) << 32)
        let seconds = start.secondsAgo
        record = self.record(point, sample, startedAt, seconds: seconds, observed)
        if !Self.isFeedToBlame(observed) { break }
      }
      if let record { return record }
      throw RunError.interrupted
    } catch RunError.interrupted {
      throw RunError.interrupted
    } catch {
      feed = nil
      return SampleRecord(
        coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .capacity,
        windowSeconds: 0, metrics: [:], counts: [:], valid: false, faults: ["\(error)"], stages: [])
    }
  }

  /// How often a sample is taken anew when the feed was disturbed.
  private static let attempts = 4

  /// Whether the feed lagged: the gateway waited for it, or what it did not fetch in time was lost.
  private static func isFeedToBlame(_ observed: Observed) -> Bool {
    observed.sides.contains { $0.report.idleRatio < leastIdleRatio || $0.report.arrived < $0.report.sent }
  }

  private struct Observed {
    var sides: [(side: FeedTurn.Side, report: FeedReport)] = []
    /// Each frame sent twice in a row.
    var replays = FeedReport()
  }

  private func observe(_ point: Case, sample: Int) throws -> Observed {
    guard let feedCPU = cpus.first, let gatewayCPU = cpus.last, cpus.count > 1 else {
      throw RunError.cpus(wanted: "a gateway alone needs a CPU beside its feed's", available: cpus.count)
    }
    let feed = try self.feed ?? startFeed(on: feedCPU)
    self.feed = feed
    var plan = CasePlan(gateway: point, sample: sample, of: descriptor, run: runID, cpus: [gatewayCPU])
    let ports = MemoryPorts(generation: generation)
    // Its own data path has no extended numbers; the feed seals as the gateway opens.
    if point.peerMode == .legacy { plan.isExtended = false }
    if let keysFile { try TestKeysFile.write(plan, to: keysFile) }
    plan.devices = ports.feed
    try feed.ask(.feed(FeedPlan(gateway: plan, framesMax: descriptor.blackBox.packets)))
    plan.devices = ports.gateway
    let gateway = try startGateway(point, plan, on: gatewayCPU)
    defer { gateway.end() }
    var observed = Observed()
    do {
      try waitUntil(isUp: true, of: feed, gateway)
      for side in FeedTurn.Side.allCases {
        if isInterrupted() { throw RunError.interrupted }
        guard case .fed(let report) = try feed.ask(.turn(FeedTurn(side: side)), within: 120) else { continue }
        observed.sides.append((side, report))
      }
      var twice = FeedTurn(side: .open)
      (twice.copies, twice.frames) = (2, Self.replayedFrames)
      if case .fed(let report) = try feed.ask(.turn(twice)) { observed.replays = report }
    } catch {
      // A gateway that dies takes its memory along, and then the feed may die of it.
      throw gateway.death ?? error
    }
    gateway.end()
    // The next gateway must not be taken for this one.
    do { try waitUntil(isUp: false, of: feed, nil) } catch { self.feed = nil }
    return observed
  }

  /// Frames that are sent twice after the measurement, to see what the gateway's window is worth.
  private static let replayedFrames = 64

  private func startFeed(on cpu: Int) throws -> RoleProcess {
    generation += 1
    return try RoleProcess(
      roles: [.generator, .gatewayB, .reflector],
      RoleProcess.Options(executable: executable, cpus: [cpu], logPath: logFolder + "/feed.log"))
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

  /// Waits until both links of the feed are up, or both are down.
  private func waitUntil(isUp wanted: Bool, of feed: RoleProcess, _ gateway: LoneGateway?) throws {
    let limit = Moment(in: SampleRunner.linkSeconds)
    while true {
      if case .linked(let isUp) = try feed.ask(.areFeedLinksUp), isUp == wanted { return }
      if let death = gateway?.death { throw death }
      if limit.isPast { throw RunError.linksDown(seconds: SampleRunner.linkSeconds) }
      if isInterrupted() { throw RunError.interrupted }
      usleep(10_000)
    }
  }

  private func record(
    _ point: Case, _ sample: Int, _ startedAt: String, seconds: Double,
    _ observed: Observed
  ) -> SampleRecord {
    var metrics: [String: Double] = [:]
    var counts: [String: UInt64] = [:]
    var faults: [String] = []
    var slowest: Double?
    for (side, report) in observed.sides {
      let name = side.rawValue
      counts["frames_sent", default: 0] += report.sent
      counts["frames_received", default: 0] += report.arrived
      counts["frames_checked", default: 0] += report.checked
      counts["frames_damaged", default: 0] += report.wrong
      metrics["\(name)_feed_idle_ratio"] = report.idleRatio
      if report.arrived < report.sent {
        faults.append("\(name): \(report.sent - report.arrived) of \(report.sent) frames were lost")
      }
      if report.wrong > 0 { faults.append("\(name): \(report.wrong) of \(report.checked) frames are wrong") }
      guard let ticks = report.ticksPerFrame else {
        faults.append("\(name): too few frames came out of the gateway")
        continue
      }
      metrics["\(name)_cycles_per_packet"] = ticks
      let rate = Double(report.ticksPerSecond) / ticks
      metrics["\(name)_mpps"] = rate / 1e6
      slowest = min(slowest ?? rate, rate)
      if report.idleRatio < Self.leastIdleRatio {
        faults.append(
          "\(name): the feed waited for the gateway in \(Int(report.idleRatio * 100)) % of the time only; "
            + "it may be the feed that was measured")
      }
    }
    let copies = observed.replays.sent / 2
    counts["replays_sent"] = copies
    counts["replays_accepted"] = observed.replays.arrived - min(copies, observed.replays.arrived)
    if point.peerMode == nil, observed.replays.arrived != copies {
      faults.append("of \(copies) frames sent twice, \(observed.replays.arrived) went through")
    }
    metrics["packet_rate_mpps"] = slowest.map { $0 / 1e6 }
    metrics["goodput_gbps"] = slowest.map { $0 * Double(point.frameBytes) * 8 / 1e9 }
    return SampleRecord(
      coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .capacity,
      windowSeconds: seconds, metrics: metrics, counts: counts, valid: faults.isEmpty, faults: faults,
      stages: [])
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

  var death: RunError? {
    if case .theirs(let process) = self { return process.death() }
    return nil
  }
}

/// Ports in shared memory (memif) between a feed and a gateway.
///
/// The gateway is the client and hands its own packet buffers over (zero-copy): the feed's core writes into
/// them and reads from them, as a NIC does, and the gateway's core copies nothing.
struct MemoryPorts {
  /// One more for each feed: a device cannot be taken away while its process lives.
  let generation: Int

  /// Any user may take the name of such a socket before; nobody guesses this.
  private static let secret = String(UInt64.random(in: .min ... .max), radix: 16)
  private func name(_ side: String) -> String { "vpebench-\(Self.secret)-\(generation)-\(side)" }

  /// Slots of a ring, a power of two: as many buffers as a NIC's queue has.
  private static let logSlots = 10

  private func device(_ index: Int, _ side: String, _ role: String) -> String {
    "net_memif\(index),role=\(role),id=0,socket=\(name(side)),rsize=\(Self.logSlots)"
  }

  /// The feed's ends.
  var feed: [LinkEnd: String] {
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

extension CasePlan {
  /// The plan of a gateway that is measured alone; a peer's too, which takes format, keys and window from it.
  fileprivate init(gateway point: Case, sample: Int, of descriptor: Descriptor, run: RunID, cpus: [Int]) {
    self.init(point, sample: sample, of: descriptor, run: run, assignment: nil, cpus: cpus)
    // Rings in shared memory hold few frames; a larger pool would only be more memory to go round in.
    inFlightFrames = 4096
    hasTimestamps = false
  }
}
