/// Finds the best assignment of threads: fairness to ESP demands that each thread count get it.
///
/// 1. For each direction, number of its threads, of I/O threads and of those that steer, level the loads:
///    once with every thread taking part in the encryption or decryption, once each with the serial threads,
///    the I/O threads or both left out.
/// 2. Over all ways to divide the threads between the directions, find the highest rate of the slower one.
/// 3. Of all that come within 0.1 % of it take the simplest: fewest receive, steer and transmit threads, then
///    fewest stages over all threads, then the most even division, then the highest rate.
public enum AssignmentSearch {
  /// Thread counts of a gateway that the search takes. Above, 128 units could not feed all threads.
  public static let threadRange = 2...128
  /// Rates closer than this share count as equal.
  public static let tolerance = 0.001

  /// The best assignment of `threads` threads of a gateway to the stages of the pipeline.
  /// - Parameter steerThreadsMax: at most so many threads steer.
  /// - Throws: `ModelFailure.threads`; `missingCost` unless all stages of the pipeline are known.
  public static func best(
    threads: Int, costs: StageCosts, steerThreadsMax: Int = .max
  ) throws -> PipelineAssignment {
    guard threadRange.contains(threads) else {
      throw ModelFailure.threads(threads, allowed: threadRange)
    }
    let steering = try 1...max(1, min(steerThreadsMax, usefulSteerThreads(costs, threads: threads)))
    let seal = try (1..<threads).map { try candidates(.seal, threads: $0, dealing: 1...1, costs: costs) }
    let open = try (1..<threads).map { try candidates(.open, threads: $0, dealing: steering, costs: costs) }
    // The first pair is one thread that seals and all others open, the last one the reverse.
    let divisions = Array(zip(seal, open.reversed()))
    let limit = divisions.map { max(leastLoad($0), leastLoad($1)) }.min() ?? 0
    let sufficient = limit / (1 - tolerance)
    let choices = divisions.compactMap { sealing, opening in
      simplest(sealing, within: sufficient).flatMap { seal in
        simplest(opening, within: sufficient).map { Choice(seal: seal, open: $0) }
      }
    }
    guard let choice = choices.min(by: { $0.isSimpler(than: $1) }) else {
      throw ModelFailure.threads(threads, allowed: threadRange)
    }
    return try PipelineAssignment(
      seal: DirectionAssignment(
        direction: .seal, ioThreads: choice.seal.ioThreads, shares: choice.seal.shares),
      open: DirectionAssignment(
        direction: .open, ioThreads: choice.open.ioThreads, dealThreads: choice.open.dealThreads,
        shares: choice.open.shares))
  }

  /// So many threads that steer let through what the one thread that numbers can send; more gain nothing.
  private static func usefulSteerThreads(_ costs: StageCosts, threads: Int) throws -> Int {
    // What steering gains by few rings and numbering by many: the search leaves nothing out.
    let counts = [1, threads]
    let numbering = try min(
      costs.ticks(.number), counts.map { try costs.ticks(.receiveNumber, rings: $0) }.min() ?? .infinity)
    let steering = try counts.map { try costs.ticks(.steer, rings: $0) }.max() ?? 0
    return Int(min(steering / numbering, Double(threadRange.upperBound)).rounded(.up))
  }

  private struct Candidate {
    let ioThreads: Int
    let dealThreads: Int
    /// In the order of `DirectionAssignment`.
    let shares: [Int]
    /// Of the slowest thread, ticks per packet of the direction.
    let load: Double
    /// Over all threads.
    let stages: Int
  }

  private struct Choice {
    let seal: Candidate
    let open: Candidate

    var helpers: Int { seal.ioThreads + open.ioThreads + open.dealThreads }
    var stages: Int { seal.stages + open.stages }
    var difference: Int { abs(seal.shares.count - open.shares.count) }
    var load: Double { max(seal.load, open.load) }

    func isSimpler(than other: Choice) -> Bool {
      (helpers, stages, difference, load)
        < (other.helpers, other.stages, other.difference, other.load)
    }
  }

  private static func leastLoad(_ candidates: [Candidate]) -> Double {
    candidates.map(\.load).min() ?? .infinity
  }

  private static func simplest(_ candidates: [Candidate], within load: Double) -> Candidate? {
    candidates.filter { $0.load <= load }.min {
      ($0.ioThreads + $0.dealThreads, $0.stages, $0.load)
        < ($1.ioThreads + $1.dealThreads, $1.stages, $1.load)
    }
  }

  private static func candidates(
    _ direction: StageKind.Direction, threads: Int, dealing: ClosedRange<Int>, costs: StageCosts
  ) throws -> [Candidate] {
    try dealing.clamped(to: 1...threads).flatMap { dealThreads in
      try (0...threads - dealThreads).flatMap { ioThreads in
        try [(true, true), (true, false), (false, true), (false, false)].compactMap { serial, io in
          // Without I/O threads there are none to leave out.
          ioThreads == 0 && !io
            ? nil
            : try candidate(
              direction, threads: threads, ioThreads: ioThreads, dealThreads: dealThreads,
              filled: (serial, io), costs: costs)
        }
      }
    }
  }

  /// The levelled assignment, or nil if nobody would do the work.
  private static func candidate(
    _ direction: StageKind.Direction, threads: Int, ioThreads: Int, dealThreads: Int,
    filled: (serial: Bool, io: Bool), costs: StageCosts
  ) throws -> Candidate? {
    let stages = PipelineStages(direction, hasIOThreads: ioThreads > 0)
    let io = try costs.ticks(stages.io) / Double(max(ioThreads, 1))
    let workers = threads - dealThreads - ioThreads
    let rings = workers + (filled.serial ? dealThreads : 0) + (filled.io ? ioThreads : 0)
    let serial = try costs.ticks(stages.serial, rings: rings) / Double(dealThreads)
    let groups = [
      WaterFilling.Group(count: dealThreads, fixedTicks: serial, isFilled: filled.serial),
      WaterFilling.Group(count: ioThreads, fixedTicks: io, isFilled: filled.io),
      WaterFilling.Group(count: workers, fixedTicks: 0, isFilled: true),
    ]
    let filling = WaterFilling(sharedTicks: try costs.ticks(stages.shared))
    guard let shares = filling.shares(groups) else { return nil }
    let ordered = direction == .seal ? shares : [shares[0], shares[2], shares[1]]
    return Candidate(
      ioThreads: ioThreads, dealThreads: dealThreads, shares: Array(ordered.joined()),
      load: filling.greatestLoad(groups, shares),
      stages: dealThreads + ioThreads + shares.joined().count { $0 > 0 })
  }
}
