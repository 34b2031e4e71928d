import Cases
import Dataplane
import Wire

/// One direction of a gateway alone as a DUT, on one core, that a tester on another offers frames to at the
/// rates of trials, over rings.
///
/// ```
/// first CPU: tester ─► ring ─► last CPU: all stages that seal, in turn ─► ring ─► tester
/// ```
///
/// Of a frame to be sealed headers and stamp are written anew before it is sent; what the DUT has left behind
/// them goes again, for no cipher's cost depends on it. Frames to be opened have a number of their own each:
/// the tester seals all that a trial has before it begins (`ReadyStore`).
public final class RateTester {
  /// What stands between the rings.
  package struct DUT {
    /// What its core runs, in the order in which a packet meets it.
    let stages: [(name: String, stage: AnyStage)]
    /// What must live as long as the stages.
    let owner: AnyObject?

    package init(stages: [(name: String, stage: AnyStage)], owner: AnyObject? = nil) {
      (self.stages, self.owner) = (stages, owner)
    }
  }

  private let plan: CasePlan
  private let environment: EAL
  private let pool: PacketPool
  private let links: (red: RingLink, black: RingLink)
  private let frame: TestFrame
  private let samples = ArrivalSamples()
  private var judge: ArrivalJudge
  private var sealer: any TesterSealer
  /// Memory for frames to be opened; nil for a gateway that seals.
  private let ready: ReadyStore?
  /// Holds the keys that the judge opens with.
  private let site: GatewaySite
  private var dut: DUT?
  /// The highest number that a frame has had: each has one of its own in the tester's life.
  private var numbered: UInt64 = 0
  /// The same of probes.
  private var numberedProbes: UInt64 = 0

  /// A tester of a plan's gateway A.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  convenience init(_ plan: CasePlan, environment: EAL) throws {
    try self.init(plan, environment: environment) { links in
      let gateway = try RingGateway(plan, links)
      return DUT(stages: gateway.stages(of: plan.axes.opens ? .open : .seal), owner: gateway)
    }
  }

  /// A tester of whatever `make` puts at the far ends of two links.
  package init(
    _ plan: CasePlan, environment: EAL, _ make: ((red: RingLink, black: RingLink)) throws -> DUT
  ) throws {
    guard environment.cpus.count > 1 else {
      throw DataplaneError.threads(wanted: 2, available: environment.cpus.count)
    }
    (self.plan, self.environment) = (plan, environment)
    let slots = plan.slots(share: 1)
    let pool = try PacketPool(name: "rate", count: 2 * slots + Self.spare)
    func link(_ name: String) throws -> RingLink {
      try RingLink(
        near: "rate.\(name)", far: "rate.\(name).dut", outbound: 1, inbound: 1, slots: slots, pool: pool)
    }
    self.pool = pool
    links = (red: try link("red"), black: try link("black"))
    frame = try TestFrame(
      frameMemoryLengths: plan.frameMemoryLengths, seed: plan.seed, version: plan.innerVersion)
    site = try GatewaySite(plan, .gatewayB, red: links.red.near, black: links.black.near)
    let (sealer, checker) = try site.testerFormat()
    self.sealer = sealer
    judge = ArrivalJudge(plan, frame, checker)
    // As many packets as both rings hold, and some that the DUT has.
    ready = try plan.axes.opens ? ReadyStore(plan, packets: 2 * slots + Self.spare / 2, pool: pool) : nil
    dut = try make(links)
  }

  /// Packets that the pool has beyond those that fit into the rings.
  private static let spare = 2048

  deinit {
    // What the DUT holds goes before the packets do.
    dut = nil
    links.red.empty()
    links.black.empty()
    samples.deallocate()
    frame.deallocate()
  }

  /// Makes a trial.
  /// - Throws: `DataplaneError`, `RoleError`.
  public func run(_ trial: TrialPlan) throws -> TrialReport {
    // Of a trial that was given up some may be left.
    links.red.empty()
    links.black.empty()
    samples.clear()
    let beginning = EAL.ticks
    let schedule = TrialSchedule(trial, burst: plan.burstFrames, ticksPerSecond: EAL.ticksPerSecond)
    let frames = try ready?.make(
      schedule, of: frame, bases: (numbered, numberedProbes), sealer: &sealer, flow: plan.flow(of:))
    let preparation = Double(EAL.ticks &- beginning) / Double(EAL.ticksPerSecond)
    let turns = TurnWatch.Count()
    defer { turns.deallocate() }
    let stages = dut?.stages ?? []
    let watch = StageWatch(stages)
    defer { watch.deallocate() }
    let core = Core(stages.map(\.stage) + [TurnWatch.make(turns)], Core.Options())
    let position = environment.cpus.count - 1
    let times = trial.isTimed ? (frames: LatencyHistogram(), probes: LatencyHistogram()) : nil
    defer {
      times?.frames.deallocate()
      times?.probes.deallocate()
    }
    let alignment = plan.isAligned ? PacketPool.alignment(before: Ethernet.headerBytes) : 0
    var loop = TrialLoop(
      frame: frame, source: pool.source, output: (plan.axes.opens ? links.black : links.red).near.queue(0),
      input: (plan.axes.opens ? links.red : links.black).near.queue(0), samples: samples, dut: turns,
      base: numbered, flows: plan.flows, schedule: schedule,
      late: TrialPace.late(load: trial.load, slots: plan.slots(share: 1), burst: plan.burstFrames),
      headroom: PacketPool.headroomBytes + alignment + plan.extraHeadroomBytes, ready: frames,
      times: times, probeBase: numberedProbes)
    defer { loop.deallocate() }
    (numbered, numberedProbes) = (numbered + trial.frames, numberedProbes + trial.probes)
    var (seconds, awayBefore) = (0.0, 0 as UInt64)
    try core.start(on: position, of: environment)
    do {
      defer { core.stop(index: position) }
      try environment.run {
        loop.waitForDUT()
        watch.begin()
        awayBefore = turns.awayTicks
        let start = EAL.ticks
        loop.offer()
        watch.mark()
        loop.drain()
        seconds = Double(EAL.ticks &- start) / Double(EAL.ticksPerSecond)
        // Histograms are large: while they are read, nobody takes what comes out.
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

  /// Whether a frame that came out is one of a trial's, as the DUT had to make it.
  private func isRight(_ arrived: UnsafeMutableRawBufferPointer, among frames: UInt64) -> Bool {
    guard let ready else {
      return judge.isRight(arrived, isSeal: true, bytes: frame.bytes, written: frame.patternOffset)
    }
    if plan.isSink { return ready.hasFrame(of: arrived.count, among: frames) }
    return judge.isRight(arrived, isSeal: false, bytes: arrived.count)
  }
}
