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
/// It seals: opening would need frames with a number of their own each, as many as a trial has. A frame's
/// headers and stamp are written anew before it is sent; what the DUT has left behind them goes again, for no
/// cipher's cost depends on it.
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
  /// Holds the keys that the judge opens with.
  private let site: GatewaySite
  private var dut: DUT?
  /// The highest number that a frame has had: each has one of its own in the tester's life.
  private var numbered: UInt64 = 0

  /// A tester of a plan's gateway A.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  convenience init(_ plan: CasePlan, environment: EAL) throws {
    try self.init(plan, environment: environment) { links in
      let gateway = try RingGateway(plan, links)
      return DUT(stages: gateway.stages(of: .seal), owner: gateway)
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
      frameMemoryBytes: plan.frameMemoryBytes, seed: plan.seed, version: plan.innerVersion)
    site = try GatewaySite(plan, .gatewayB, red: links.red.near, black: links.black.near)
    judge = ArrivalJudge(plan, frame, try site.testerFormat().1)
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
  /// - Throws: `DataplaneError`.
  public func run(_ trial: TrialPlan) throws -> TrialReport {
    // Of a trial that was given up some may be left.
    links.red.empty()
    links.black.empty()
    samples.clear()
    let turns = TurnWatch.Count()
    defer { turns.deallocate() }
    let stages = dut?.stages ?? []
    let watch = StageWatch(stages)
    defer { watch.deallocate() }
    let core = Core(stages.map(\.stage) + [TurnWatch.make(turns)], Core.Options())
    let position = environment.cpus.count - 1
    let alignment = plan.isAligned ? PacketPool.alignment(before: Ethernet.headerBytes) : 0
    var loop = TrialLoop(
      frame: frame, source: pool.source, output: links.red.near.queue(0),
      input: links.black.near.queue(0), samples: samples, dut: turns, base: numbered, flows: plan.flows,
      total: trial.frames, framesPerTick: trial.load / Double(EAL.ticksPerSecond),
      late: TrialPace.late(load: trial.load, slots: plan.slots(share: 1)),
      headroom: PacketPool.headroomBytes + alignment + plan.extraHeadroomBytes)
    defer { loop.deallocate() }
    numbered += trial.frames
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
    return report(loop.counts, of: trial, seconds, watch, dutAwayTicks: turns.awayTicks &- awayBefore)
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
    (report.ticksPerSecond, report.seconds) = (EAL.ticksPerSecond, seconds)
    report.testerAwaySeconds = Double(counts.awayTicks) / Double(EAL.ticksPerSecond)
    report.dutAwaySeconds = Double(dutAwayTicks) / Double(EAL.ticksPerSecond)
    report.dut = watch.counts
    for index in 0..<samples.count {
      report.checked += 1
      let isRight = judge.isRight(
        samples[index], isSeal: true, bytes: frame.bytes, written: frame.patternOffset)
      if !isRight { report.wrong += 1 }
    }
    return report
  }
}
