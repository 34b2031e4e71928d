/// The throughput of a gateway from what its stages cost.
///
/// Each thread has a load: the ticks that it spends per packet of its direction. The slowest thread of either
/// direction sets the rate; limits that all threads share may hold it lower.
public enum ScalingModel {
  /// The rate of the ESP pipeline with an assignment.
  /// - Parameters:
  ///   - limits: what all threads share, such as the black link.
  ///   - frequency: how fast cores are if many are active; nil if as fast as when costs were measured.
  /// - Throws: `ModelFailure.missingCost` of a stage that the assignment has; `cores` past the table's end.
  public static func rate(
    of assignment: PipelineAssignment, costs: StageCosts, limits: [SharedLimit] = [],
    frequency: CoreFrequency? = nil
  ) throws -> Prediction {
    let loads = try [assignment.seal, assignment.open].flatMap { try Self.loads(of: $0, costs: costs) }
    return try prediction(loads, costs: costs, limits: limits, frequency: frequency) { load in
      guard let kind = load.stages.first(where: \.isShared) else { return 0 }
      return (costs.ticksPerPacket[kind] ?? 0) / Double(DirectionAssignment.units)
    }
  }

  /// The rate of a system whose threads run to completion, each with an equal part of its direction's
  /// packets: `vpe`, `esp-multi-sa`, and with one thread each `esp-single`.
  /// - Throws: `ModelFailure.noThreads`; `missingCost` of `seal` or `open`; `cores` past the table's end.
  public static func rate(
    sealThreads: Int, openThreads: Int, costs: StageCosts, limits: [SharedLimit] = [],
    frequency: CoreFrequency? = nil
  ) throws -> Prediction {
    let loads = try [(StageKind.seal, sealThreads), (.open, openThreads)].flatMap { kind, threads in
      guard threads > 0 else { throw ModelFailure.noThreads(kind.direction) }
      let ticks = try costs.ticks(kind) / Double(threads)
      return (0..<threads).map {
        Prediction.ThreadLoad(
          direction: kind.direction, thread: $0, stages: [kind], stageTicksPerPacket: [ticks])
      }
    }
    return try prediction(loads, costs: costs, limits: limits, frequency: frequency) { _ in 0 }
  }

  /// The load of each thread of a direction of the pipeline.
  static func loads(of assignment: DirectionAssignment, costs: StageCosts) throws -> [Prediction.ThreadLoad] {
    try assignment.shares.enumerated().map { thread, units in
      let stages = assignment.stages(ofThread: thread)
      let ticks = try stages.map { kind in
        switch kind {
        case assignment.stages.shared:
          try costs.ticks(kind) * Double(units) / Double(DirectionAssignment.units)
        case assignment.stages.io: try costs.ticks(kind) / Double(assignment.ioThreads)
        default: try costs.ticks(kind, rings: assignment.rings) / Double(assignment.dealThreads)
        }
      }
      return Prediction.ThreadLoad(
        direction: assignment.direction, thread: thread, stages: stages, stageTicksPerPacket: ticks)
    }
  }

  private static func prediction(
    _ loads: [Prediction.ThreadLoad], costs: StageCosts, limits: [SharedLimit], frequency: CoreFrequency?,
    slack: (Prediction.ThreadLoad) -> Double
  ) throws -> Prediction {
    let slowest = loads.map(\.ticksPerPacket).max() ?? .infinity
    let factor = try frequency?.factor(activeCores: loads.count) ?? 1
    let rate = costs.ticksPerSecond * factor / slowest
    let limit = limits.min { $0.packetsPerSecond < $1.packetsPerSecond }
    let bottleneck: Prediction.Bottleneck =
      if let limit, limit.packetsPerSecond < rate {
        .limit(limit.name)
      } else {
        slowestStage(loads, slowest: slowest, slack: slack)
      }
    return Prediction(
      packetsPerSecond: min(rate, limit?.packetsPerSecond ?? rate), threadsPacketsPerSecond: rate,
      bottleneck: bottleneck, loads: loads)
  }

  /// The stage that takes most of the time of the slowest threads.
  ///
  /// Shares come in units, so threads that are level up to less than a unit (`slack`) are equally slow: which
  /// of them rounding made the very slowest says nothing. Only the direction of the slowest counts.
  private static func slowestStage(
    _ loads: [Prediction.ThreadLoad], slowest: Double, slack: (Prediction.ThreadLoad) -> Double
  ) -> Prediction.Bottleneck {
    let direction = loads.first { $0.ticksPerPacket >= slowest }?.direction
    var most: (ticks: Double, bottleneck: Prediction.Bottleneck) = (-1, .limit("none"))
    for load in loads where load.direction == direction {
      guard load.ticksPerPacket >= slowest || load.ticksPerPacket > slowest - slack(load) else { continue }
      for (kind, ticks) in zip(load.stages, load.stageTicksPerPacket) where ticks > most.ticks {
        most = (ticks, .stage(kind, thread: load.thread))
      }
    }
    return most.bottleneck
  }
}

extension StageKind {
  /// Whether shares divide the stage over threads.
  var isShared: Bool { [.encrypt, .decrypt, .decryptTransmit].contains(self) }
}
