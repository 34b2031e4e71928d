import Basics
import Cases
import Descriptors
import Foundation
import Results
import Roles

/// Runs one sample of one case: set up, warm up, one measurement window, drain, accounts.
struct SampleRunner {
  let context: RunContext
  /// The costs of pipelines' stages, from which their assignments follow.
  var calibration = Calibration()
  /// A folder for captures of the black link, if any.
  var captureFolder: String?

  private var crew: RoleCrew { context.crew }
  private var descriptor: Descriptor { context.descriptor }

  /// How long frames under way may take to come back once the generator is silent.
  static let drainSeconds = 3.0
  /// After so many successive polls of the counters, 5 ms apart, without another returned frame, the rest
  /// counts as lost: on a busy machine a thread may be off its core for long.
  static let drainLooks = 100
  /// The drain for four role processes that share cores with the kernel and perhaps a peer: there a runnable
  /// thread once waited ten seconds, and the frames before it were not lost.
  private static let patientDrain = RoleCommand.drain(seconds: 25, looks: 2400)
  /// How long links may take to come up.
  static let linkSeconds = 10.0

  /// Runs a sample.
  /// - Throws: `RunError.interrupted`.
  func run(_ point: Case, sample: Int) throws -> SampleRecord {
    try context.take(point, sample: sample, basis: .capacity, clear: crew.dismiss) { startedAt in
      if let gap = calibration.gap(of: point) {
        return SampleRecord(
          coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .capacity,
          windowSeconds: 0, metrics: [:], counts: [:], valid: true, faults: [], gaps: [gap], stages: [])
      }
      var plan = CasePlan(
        point, sample: sample, of: descriptor, run: context.runID,
        assignment: try calibration.assignment(of: point), cpus: crew.cpus)
      plan.captureFolder = captureFolder
      plan.replicas = crew.replicas
      if plan.steering == .nic {
        let black = [LinkEnd.gatewayABlack, .gatewayBBlack].compactMap { crew.offers[Replica($0)] }
        plan.blackWay = black.count == 2 ? BlackWay.choose(for: plan, offers: black) : .software
      }
      let observed = try observe(
        plan, warmUpSeconds: descriptor.measure.warmUpSeconds,
        windowSeconds: descriptor.measure.windowSeconds)
      var record = SampleAnalysis(observed, point, descriptor).record(sample: sample, startedAt: startedAt)
      if crew.link == .ports {
        record.queues = try observed.queues(of: plan) { crew.offers[$0]?.tableEntries ?? 0 > 0 }
      }
      return record
    }
  }

  /// Runs a plan once and collects its stages' counts.
  /// - Throws: `RunError`.
  func observe(
    _ plan: CasePlan, warmUpSeconds: Double, windowSeconds: Double
  ) throws -> ObservedSample {
    try bringUp(plan)
    try crew.generator(.send(true))
    try pause(warmUpSeconds)
    let first = try reports()
    try pause(windowSeconds)
    let second = try reports()
    guard second.allSatisfy(\.areLinksUp) else { throw RunError.linkWentDown }
    try crew.generator(.send(false))
    // With deliberate losses a long wait is pointless.
    let mayWait = crew.link == .veth || crew.link == .ports && !second.allSatisfy(\.isUnshared)
    let isPatient = mayWait && plan.impairment?.lossRatio ?? 0 == 0
    try crew.generator(
      isPatient ? Self.patientDrain : .drain(seconds: Self.drainSeconds, looks: Self.drainLooks))

    var generator: GeneratorReport?
    let last = try crew.all(.finish).compactMap { answer in
      guard case .final(let report, let found) = answer else { return nil as TopologyReport? }
      generator = found.map { generator?.with($0) ?? $0 } ?? generator
      return report
    }
    crew.endPeers()
    if let folder = plan.captureFolder { try crew.bringBackCapture(to: folder) }
    // Write the keys of the generations made meanwhile, too.
    if let rekeys = last.lazy.compactMap(\.rekeys).first {
      try writeKeys(plan, generations: rekeys.generations.count)
    }
    // Drivers of ports may not survive the removal of a device (memif does not), so the next sample needs new
    // processes.
    if crew.link == .ports, !crew.canReopenPorts { crew.dismiss() }
    return ObservedSample(
      windowStart: first, windowEnd: second, final: last, generator: generator,
      linksMayLose: crew.link != .ring, silentPeers: Set(descriptor.peers.keys),
      impairment: plan.impairment)
  }

  /// Sets up and starts the roles, until all links are up.
  ///
  /// Virtual devices get several attempts: a memif client that connects between the opening and the start of
  /// its server is rejected, and never tries again. Each attempt has keys of its own, for a kernel may have
  /// sent its own packets through gateways that were up.
  private func bringUp(_ first: CasePlan) throws {
    var first = first
    first.devices = try crew.devices(first)
    let isVirtual =
      crew.link == .ports && !crew.canReopenPorts
      && first.devices?.values.contains(where: RoleCrew.isHardware) == false
    let chances = isVirtual ? 5 : 1
    for chance in 1...chances {
      let plan = chance == 1 ? first : first.again(chance)
      try writeKeys(plan)
      try crew.assemble()
      try crew.setUp(plan)
      try crew.startPeers(plan)
      try crew.all(.start)
      if try crew.link == .ring || areLinksUp(within: SampleRunner.linkSeconds / Double(chances)) { return }
      if chance < chances { crew.dismiss() }
    }
    let down = crew.testbed == nil ? [] : try rolesDown()
    throw RunError.linksDown(seconds: SampleRunner.linkSeconds, of: down)
  }

  private func writeKeys(_ plan: CasePlan, generations: Int = 1) throws {
    for path in [plan.captureFolder.map(TestKeysFile.path(in:)), context.keysFile].compactMap(\.self) {
      try TestKeysFile.write(plan, generations: generations, to: path)
    }
  }

  private func reports() throws -> [TopologyReport] {
    try crew.all(.report).compactMap { answer in
      if case .report(let report) = answer { return report }
      return nil
    }
  }

  /// The roles that have a link that is down.
  private func rolesDown() throws -> [Replica<RoleName>] {
    let down = try reports().filter { !$0.areLinksUp }.flatMap(\.stages).map(\.player)
    return RoleName.all(crew.replicas).filter(down.contains)
  }

  private func areLinksUp(within seconds: Double) throws -> Bool {
    let limit = Moment(in: seconds)
    while try reports().contains(where: { !$0.areLinksUp }) {
      if limit.isPast { return false }
      try pause(0.02)
    }
    return true
  }

  private func pause(_ seconds: Double) throws {
    let end = Moment(in: seconds)
    while case let left = end.secondsLeft, left > 0 {
      if context.isInterrupted() { throw RunError.interrupted }
      usleep(UInt32(min(left, 0.05) * 1e6))
    }
    if context.isInterrupted() { throw RunError.interrupted }
  }
}

/// The reports of the role processes on one sample.
package struct ObservedSample {
  /// Counters at the start of the window, of each process.
  package var windowStart: [TopologyReport]
  /// Counters at its end, in the same order.
  package var windowEnd: [TopologyReport]
  /// Counters after all threads have stopped.
  package var final: [TopologyReport]
  /// The generator's own report.
  package var generator: GeneratorReport?
  /// Whether links may lose frames.
  package var linksMayLose: Bool
  /// Roles of peers that report no counters.
  package var silentPeers: Set<RoleName> = []
  /// The impairment of the black link; nil for none.
  package var impairment: Impairment?

  package init(
    windowStart: [TopologyReport], windowEnd: [TopologyReport], final: [TopologyReport],
    generator: GeneratorReport?, linksMayLose: Bool, silentPeers: Set<RoleName> = [],
    impairment: Impairment? = nil
  ) {
    (self.windowStart, self.windowEnd, self.final) = (windowStart, windowEnd, final)
    (self.generator, self.linksMayLose) = (generator, linksMayLose)
    (self.silentPeers, self.impairment) = (silentPeers, impairment)
  }
}
