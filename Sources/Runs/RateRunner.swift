import Cases
import Descriptors
import Machine
import RateSearch
import Results
import Roles

/// Takes one sample of one case of a rate search: a whole search for all goals.
///
/// 1. Once per launch and kind of frames, the tester shows what it can offer without a DUT: that is the
/// highest load. 2. The DUT is set up between rings, with its own keys. 3. Trials run until the search ends.
final class RateRunner {
  private let context: RunContext
  /// The kind of frames for which the tester's own rate is known.
  private struct Offer: Hashable {
    let lengths: [Int]
    let direction: AxisValue?
  }

  /// The tester's own rate by kind of frames, frames per second; nil if it cannot offer even the lowest load.
  private var offers: [Offer: Double?] = [:]
  /// The trials that established this rate; the next sample records them.
  private var proof: [FoundRates.Trial] = []

  init(_ context: RunContext) { self.context = context }

  private var crew: RoleCrew { context.crew }

  /// Forgets the tester's rates, for a new launch begins.
  func dismiss() { offers = [:] }

  /// Takes a sample.
  /// - Throws: `RunError.interrupted`.
  func run(_ point: Case, sample: Int) throws -> SampleRecord {
    let basis: Basis = Self.haveOwnCores(point, crew.cpus) ? .measured : .carried
    func clear() {
      crew.dismiss()
      dismiss()
    }
    return try context.take(point, sample: sample, basis: basis, clear: clear) { startedAt in
      if point.values.isRoundTrip, basis != .measured {
        return RateAnalysis(sharing: point, cpus: crew.cpus.count)
          .record(sample: sample, startedAt: startedAt)
      }
      try crew.assemble()
      let found = try search(point, sample: sample, basis)
      return RateAnalysis(found, point, basis).record(sample: sample, startedAt: startedAt)
    }
  }

  /// Whether each thread of a trial has a core of its own.
  private static func haveOwnCores(_ point: Case, _ cpus: [Int]) -> Bool {
    guard point.values.isRoundTrip else { return Machine().haveOwnCores(cpus.prefix(1) + cpus.suffix(1)) }
    let used = cpus.prefix(RateTester.roundTripCPUs)
    return used.count == RateTester.roundTripCPUs && Machine().haveOwnCores(used)
  }

  /// - Returns: nil if the tester cannot offer the lowest load.
  private func search(_ point: Case, sample: Int, _ basis: Basis) throws -> FoundRates? {
    guard let asked = context.descriptor.measure.search else {
      throw RunError.refused(role: "the run", reason: "nothing says what rate to search for")
    }
    proof = []
    var plan = try CasePlan(
      dut: point, sample: sample, of: context.descriptor, run: context.runID, cpus: crew.cpus)
    let least = asked.minMpps * 1e6
    guard let offered = try offer(plan, least: least) else { return nil }
    let wanted = min(asked.maxMpps.map { $0 * 1e6 } ?? offered, offered)
    let most = min(wanted, plan.loadMax(seconds: asked.goals.map(\.finalTrialSeconds).max() ?? 0))
    guard most > least else { return nil }
    plan.prepare(for: most, seconds: asked.goals.map(\.finalTrialSeconds).max() ?? 0)
    if let file = context.keysFile { try TestKeysFile.write(plan, to: file) }
    try crew.prepareTrials(plan)
    var search = controller(asked.goals, least...most, asked.seconds)
    var found = try search.run()
    found.offered = offered
    found.isLimitedByMemory = most < wanted
    // If threads share a core, latency is mostly the wait for the other thread's turn.
    if basis == .measured { found.trials += try latencies(of: found, plan, asked) }
    found.trials += proof
    return found
  }

  /// Latency trials at shares of the rate that was found, with the DUT and with a sink in its place.
  private func latencies(
    of found: FoundRates, _ plan: CasePlan, _ asked: Descriptor.Search
  ) throws -> [FoundRates.Trial] {
    guard !asked.latencyPercents.isEmpty, let rate = found.highestRate(of: asked.goals) else { return [] }
    let trials = LatencyTrials(
      asked, rate: rate,
      seconds: { load in
        plan.axes.opens
          ? min(asked.latencySeconds, Double(plan.readyFrames - 2) / (load + asked.probeRate))
          : asked.latencySeconds
      }, isInterrupted: context.isInterrupted)
    let timed = try trials.run(as: .timed, crew.trial)
    var sink = plan.again(3)
    sink.isSink = true
    try crew.prepareTrials(sink)
    // A warm-up trial, for the first one touches fresh memory.
    _ = try crew.trial(TrialPlan(load: rate / 2, seconds: Self.warmUpSeconds))
    return timed + (try trials.run(as: .floor, crew.trial))
  }

  private static let warmUpSeconds = 0.01

  /// The tester's own rate: the highest load without a DUT of which it sends all but 0.1 % in time, and gets
  /// it back.
  private func offer(_ plan: CasePlan, least: Double) throws -> Double? {
    let key = Offer(lengths: plan.axes.frameLengths, direction: plan.axes[.direction])
    if let known = offers[key] { return known }
    var plan = plan.again(2)
    // Single frames: losses of long bursts at a full ring say nothing about the tester.
    (plan.isSink, plan.burstFrames) = (true, 1)
    let most = min(
      max(Self.proofMax, 2 * least), plan.loadMax(seconds: Self.proof.finalTrialSeconds))
    guard most > least else { return nil }
    plan.prepare(for: most, seconds: Self.proof.finalTrialSeconds)
    try crew.prepareTrials(plan)
    var search = controller([Self.proof], least...most, Self.proofSeconds)
    let found = try search.run()
    let offered = found.results.first?.lower
    proof = found.trials.filter { $0.use == .counted }
    if let offered {
      for share in Self.proofShares {
        let plan = TrialPlan(load: offered * share, seconds: Self.proof.finalTrialSeconds)
        proof.append(
          .init(plan: plan, report: try crew.trial(plan), durationSeconds: plan.seconds, use: .proof))
      }
    }
    for index in proof.indices { proof[index].use = .proof }
    offers[key] = .some(offered)
    return offered
  }

  private func controller(
    _ goals: [RateGoal], _ loads: ClosedRange<Double>, _ seconds: Double
  ) -> RateController {
    RateController(
      goals, loads: loads, secondsMax: seconds, isInterrupted: context.isInterrupted, make: crew.trial)
  }

  /// The goal for the tester itself: a loss of 0.1 %, including the machine's share.
  private static let proof = RateGoal(
    name: "tester", finalTrialSeconds: 0.1, durationSumSeconds: 0.3, lossRatio: 0.001, exceedRatio: 0.5,
    width: 0.02)
  /// Shares of the highest load at which the tester shows once more that it offers all due frames.
  private static let proofShares = [0.1, 0.25, 0.5, 0.75, 1]
  /// Frames per second that no tester can offer.
  private static let proofMax = 2e8
  private static let proofSeconds = 30.0
}

extension CasePlan {
  /// The highest load of which all frames of a trial can be prepared if they must be, frames per second.
  fileprivate func loadMax(seconds: Double) -> Double {
    axes.opens ? Double(readyFramesMax - 1) / seconds : .infinity
  }

  /// Reserves memory for the frames of trials.
  fileprivate mutating func prepare(for load: Double, seconds: Double) {
    if axes.opens { readyFrames = min(Int((load * seconds).rounded(.up)) + 1, readyFramesMax) }
  }
}
