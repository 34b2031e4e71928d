import Cases
import Dataplane
import Wire

/// Offers frames at fixed rates to a DUT over rings: either one direction of a gateway on one core, or a
/// round trip through two gateways and a reflector, with a core for each direction.
///
/// ```
/// first CPU: tester ─► ring ─► last CPU: all stages that seal, in turn ─► ring ─► tester
///
///         1        2            3            4           5            6
/// tester ─► A seals ─► B opens ─► reflector ─► B seals ─► A opens ─► tester
/// ```
///
/// A frame to be sealed gets new headers and a new stamp before it is sent; its payload is whatever the DUT
/// left in the buffer, for no cipher's cost depends on it. Each frame to be opened has a sequence number of
/// its own: the tester seals all frames of a trial before the trial begins (`ReadyStore`).
public final class RateTester {
  /// The ring links between tester and DUT: the tester has the near ends, the DUT the far ends.
  package struct Links {
    package let red, black: RingLink
    /// The link behind the second gateway of a round trip.
    package let far: RingLink?

    fileprivate func empty() { [red, black, far].compactMap(\.self).forEach { $0.empty() } }
  }

  /// The device under test, between the rings.
  package struct DUT {
    /// A core's stages, in the order in which a packet meets them.
    package typealias Stages = [(name: String, stage: AnyStage)]
    /// The stages of each core.
    let cores: [Stages]
    /// Keeps alive what the stages use.
    let owner: AnyObject?

    package init(cores: [Stages], owner: AnyObject? = nil) { (self.cores, self.owner) = (cores, owner) }

    package init(stages: Stages, owner: AnyObject? = nil) { self.init(cores: [stages], owner: owner) }

    /// The stages whose cost is reported: none if the DUT has several cores.
    fileprivate var watched: Stages { cores.count == 1 ? cores[0] : [] }
  }

  /// CPUs that a round trip needs, for each direction of each gateway, the reflector and the tester.
  public static let roundTripCPUs = 6

  private let plan: CasePlan
  private let environment: EAL
  private let pool: PacketPool
  private let links: Links
  private let frame: TestFrame
  private let samples = ArrivalSamples()
  private var judge: ArrivalJudge
  private var sealer: any TesterSealer
  /// Sealed frames for a gateway that opens; nil for a gateway that seals.
  private let ready: ReadyStore?
  /// Holds the keys that the judge opens with.
  private let site: GatewaySite
  private var dut: DUT?
  /// The highest frame number used so far: no number is used twice in the tester's life.
  private var numbered: UInt64 = 0
  /// The highest probe number used so far.
  private var numberedProbes: UInt64 = 0

  /// A tester of a plan's gateway A.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  convenience init(_ plan: CasePlan, environment: EAL) throws {
    try self.init(plan, environment: environment) { links in
      let gateway = try RingGateway(plan, red: links.red.far, black: links.black.far)
      if let far = links.far { return try Self.roundTrip(plan, gateway, links.black.near, far) }
      return DUT(stages: gateway.stages(of: plan.axes.opens ? .open : .seal), owner: gateway)
    }
  }

  /// Two gateways that live as long as their stages.
  private final class Pair {
    let gateways: (RingGateway, RingGateway)
    init(_ near: RingGateway, _ far: RingGateway) { gateways = (near, far) }
  }

  /// The DUT of a round trip: the first gateway and everything behind it.
  private static func roundTrip(
    _ plan: CasePlan, _ near: RingGateway, _ black: LinkPort, _ far: RingLink
  ) throws -> DUT {
    let other = try RingGateway(plan, .gatewayB, red: far.near, black: black)
    let queue = far.far.queue(0)
    return DUT(
      cores: [
        near.stages(of: .seal), other.stages(of: .open),
        [("reflect", ForwardStage.make(Reflect(), from: queue, to: queue))],
        other.stages(of: .seal), near.stages(of: .open),
      ], owner: Pair(near, other))
  }

  /// A tester of the DUT that `make` creates at the far ends of the links.
  package init(_ plan: CasePlan, environment: EAL, _ make: (Links) throws -> DUT) throws {
    guard environment.cpus.count > 1 else {
      throw DataplaneError.threads(wanted: 2, available: environment.cpus.count)
    }
    (self.plan, self.environment) = (plan, environment)
    let slots = plan.slots(share: 1)
    let isRound = plan.axes.isRoundTrip
    let pool = try PacketPool(name: "rate", count: (isRound ? 6 : 2) * slots + Self.spare)
    func link(_ name: String) throws -> RingLink {
      try RingLink(
        near: "rate.\(name)", far: "rate.\(name).dut", outbound: 1, inbound: 1, slots: slots, pool: pool)
    }
    self.pool = pool
    links = Links(red: try link("red"), black: try link("black"), far: isRound ? try link("far") : nil)
    frame = try TestFrame(
      frameMemoryLengths: plan.frameMemoryLengths, seed: plan.seed, hops: isRound ? plan.hops : 0,
      version: plan.innerVersion)
    site = try GatewaySite(plan, .gatewayB, red: links.red.near, black: links.black.near)
    let (sealer, checker) = try site.testerFormat()
    self.sealer = sealer
    judge = ArrivalJudge(plan, frame, checker)
    // As many packets as both rings hold, and a reserve for those inside the DUT.
    ready = try plan.axes.opens ? ReadyStore(plan, packets: 2 * slots + Self.spare / 2, pool: pool) : nil
    dut = try make(links)
  }

  /// Packets that the pool has beyond those that fit into the rings.
  private static let spare = 2048

  deinit {
    // The DUT must free its packets before the pool goes.
    dut = nil
    links.empty()
    samples.deallocate()
    frame.deallocate()
  }

  /// Runs a trial.
  /// - Throws: `DataplaneError`, `RoleError`.
  public func run(_ trial: TrialPlan) throws -> TrialReport {
    // A trial that was given up may have left packets.
    links.empty()
    samples.clear()
    let beginning = EAL.ticks
    let schedule = TrialSchedule(trial, burst: plan.burstFrames, ticksPerSecond: EAL.ticksPerSecond)
    let frames = try ready?.make(
      schedule, of: frame, bases: (numbered, numberedProbes), sealer: &sealer, flow: plan.flow(of:))
    let preparation = Double(EAL.ticks &- beginning) / Double(EAL.ticksPerSecond)
    let cores = DUTCores(dut?.cores ?? [], cpus: environment.cpus.count)
    let turns = TurnWatch.Count(cores: cores.count)
    defer { turns.deallocate() }
    let watch = StageWatch(dut?.watched ?? [])
    defer { watch.deallocate() }
    let times = trial.isTimed ? (frames: LatencyHistogram(), probes: LatencyHistogram()) : nil
    defer {
      times?.frames.deallocate()
      times?.probes.deallocate()
    }
    let alignment = plan.isAligned ? PacketPool.alignment(before: Ethernet.headerBytes) : 0
    let (red, black) = (links.red.near.queue(0), links.black.near.queue(0))
    var loop = TrialLoop(
      frame: frame, source: pool.source, output: plan.axes.opens ? black : red,
      input: plan.axes.opens || plan.axes.isRoundTrip ? red : black, samples: samples, dut: turns,
      base: numbered, flows: plan.flows, schedule: schedule,
      late: TrialPace.late(load: trial.load, slots: plan.slots(share: 1), burst: plan.burstFrames),
      headroom: PacketPool.headroomBytes + alignment + plan.extraHeadroomBytes, ready: frames,
      times: times, probeBase: numberedProbes)
    defer { loop.deallocate() }
    (numbered, numberedProbes) = (numbered + trial.frames, numberedProbes + trial.probes)
    var (seconds, awayBefore) = (0.0, 0 as UInt64)
    try cores.run(turns, environment) {
      try environment.run {
        loop.waitForDUT()
        watch.begin()
        awayBefore = turns.awayTicks
        let start = EAL.ticks
        loop.offer()
        watch.mark()
        loop.drain()
        seconds = Double(EAL.ticks &- start) / Double(EAL.ticksPerSecond)
        // Reading the large histograms takes time in which nobody empties the ring.
        watch.end()
      }
    }
    var made = report(loop.counts, of: trial, seconds, watch, dutAwayTicks: turns.awayTicks &- awayBefore)
    made.preparationSeconds = preparation
    made.latency = times?.frames.snapshot ?? []
    made.probeLatency = times?.probes.snapshot ?? []
    return made
  }

  private func report(
    _ counts: TrialLoop.Counts, of trial: TrialPlan, _ seconds: Double, _ watch: StageWatch,
    dutAwayTicks: UInt64
  ) -> TrialReport {
    var report = TrialReport()
    report.intended = trial.frames
    (report.unsent, report.refused) = (counts.unsent, counts.refused)
    (report.received, report.duplicated, report.reordered) = (
      counts.received, counts.duplicated, counts.reordered
    )
    (report.probesSent, report.probesReceived) = (
      trial.probes - counts.probesRefused, counts.probesReceived
    )
    (report.ticksPerSecond, report.seconds) = (EAL.ticksPerSecond, seconds)
    report.testerAwaySeconds = Double(counts.awayTicks) / Double(EAL.ticksPerSecond)
    report.dutAwaySeconds = Double(dutAwayTicks) / Double(EAL.ticksPerSecond)
    report.dut = watch.counts
    for index in 0..<samples.count {
      report.checked += 1
      if !isRight(samples[index], among: trial.frames + trial.probes) { report.wrong += 1 }
    }
    return report
  }

  /// Whether an arrived frame is one of the trial's frames, correctly processed by the DUT.
  private func isRight(_ arrived: UnsafeMutableRawBufferPointer, among frames: UInt64) -> Bool {
    if plan.axes.isRoundTrip { return judge.isBack(arrived, written: frame.patternOffset) }
    guard let ready else {
      return judge.isRight(arrived, isSeal: true, bytes: frame.bytes, written: frame.patternOffset)
    }
    if plan.isSink { return ready.hasFrame(of: arrived.count, among: frames) }
    return judge.isRight(arrived, isSeal: false, bytes: arrived.count)
  }
}

/// The cores of a DUT with their stages.
private struct DUTCores {
  private let stages: [[AnyStage]]
  private let positions: [Int]

  /// A single core's stages run on the last CPU. The stages of several cores run on the CPUs behind the
  /// tester's; if these are too few, cores share them in turn.
  init(_ cores: [RateTester.DUT.Stages], cpus: Int) {
    let behind = cores.count == 1 ? [cpus - 1] : Array(1..<cpus)
    var stages = [[AnyStage]](repeating: [], count: min(cores.count, behind.count))
    for (index, core) in cores.enumerated() { stages[index % behind.count] += core.map(\.stage) }
    (self.stages, positions) = (stages, behind)
  }

  var count: Int { stages.count }

  /// Runs the cores while `body` runs.
  /// - Throws: `DataplaneError`, and what `body` throws.
  func run(_ turns: TurnWatch.Count, _ environment: EAL, _ body: () throws -> Void) throws {
    let cores = stages.enumerated().map { index, stages in
      Core(stages + [TurnWatch.make(turns, core: index)], Core.Options())
    }
    var started = 0
    defer { for index in 0..<started { cores[index].stop(index: positions[index]) } }
    for (core, position) in zip(cores, positions) {
      try core.start(on: position, of: environment)
      started += 1
    }
    try body()
  }
}
