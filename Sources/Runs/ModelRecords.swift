import Cases
import Descriptors
import Foundation
import Model
import Results
import Roles

/// Rows of basis `model`: predictions for each thread count from the costs at few threads (docs/model.md).
///
/// Each repetition predicts from its own costs, so predictions have a spread like measurements. A stage's
/// cost is that at the repetition's smallest thread count with this stage. If none has it, the calibration's
/// cost counts. The growth with many rings is always the calibration's.
package struct ModelRecords {
  private let descriptor: Descriptor
  private let calibration: Calibration

  package init(descriptor: Descriptor, calibration: Calibration) {
    self.descriptor = descriptor
    self.calibration = calibration
  }

  /// The systems that have a model: those that scale.
  private static let systems: Set<System> = [.espPipeline, .espPipelinePaper, .espMultiSA, .vpe]

  /// Predictions for all cases of `records`, and for the further thread counts that the descriptor names.
  /// - Throws: `ModelFailure`.
  package func predictions(from records: [SampleRecord], cases: [Case]) throws -> [SampleRecord] {
    guard let model = descriptor.model else { return [] }
    let known = Dictionary(uniqueKeysWithValues: cases.map { ($0.name, $0) })
    let rounds = Dictionary(grouping: records.filter(\.isUsable), by: \.sample)
    return try rounds.sorted { $0.key < $1.key }.flatMap { _, round in
      try Self.groups(round, known).flatMap { group in
        try predictions(group, model: model, wanted: wanted(group, cases))
      }
    }
  }

  /// Samples of one repetition at one point of the sweep, few threads first.
  private typealias Group = [(point: Case, record: SampleRecord)]

  private static func groups(_ round: [SampleRecord], _ known: [String: Case]) -> [Group] {
    let points = round.compactMap { record in
      known[record.coordinates.name].map { (point: $0, record: record) }
    }.filter { systems.contains($0.point.system) && $0.point.sealThreads == nil }
    let groups = Dictionary(grouping: points) {
      "\($0.point.system.rawValue) \(Calibration.Point($0.point))"
    }
    return groups.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.point.threads < $1.point.threads } }
  }

  /// The cases to predict: those that are run, and those with the further thread counts.
  private func wanted(_ group: Group, _ cases: [Case]) -> [Case] {
    guard let first = group.first?.point else { return [] }
    let key = Calibration.Point(first)
    let run = cases.filter { $0.system == first.system && Calibration.Point($0) == key }
    let further = descriptor.model?.threadsOf[first.system] ?? []
    return run
      + further.filter { threads in !run.contains { $0.threads == threads } }.map {
        first.with(threads: $0)
      }
  }

  private func predictions(
    _ group: Group, model: Descriptor.PredictedThreads, wanted: [Case]
  ) throws -> [SampleRecord] {
    guard let first = group.first, let costs = try costs(group) else { return [] }
    return try wanted.sorted { $0.threads < $1.threads }.compactMap { point in
      guard point.threads >= first.point.threads else { return nil }
      let prediction = try predict(point, costs, model)
      let observed = group.first { $0.point.name == point.name }?.record.metrics["packet_rate_mpps"]
      var metrics = [
        "capacity_gbps": prediction.goodputGbps(frameBytes: point.frameBytes),
        "packet_rate_mpps": prediction.packetsPerSecond / 1e6,
        "unlimited_capacity_gbps": Goodput.gbps(
          packetsPerSecond: prediction.threadsPacketsPerSecond, frameBytes: point.frameBytes),
      ]
      // Where the costs come from, a prediction cannot be wrong.
      if let observed, point.name != first.point.name {
        metrics["model_error_ratio"] = Prediction.error(
          prediction.threadsPacketsPerSecond / 1e6, observed: observed)
      }
      var record = SampleRecord(
        coordinates: CaseCoordinates(point), sample: first.record.sample, startedAt: first.record.startedAt,
        basis: .model, windowSeconds: 0, metrics: metrics, counts: [:], valid: true, faults: [], stages: [],
        bottleneck: prediction.bottleneck.name)
      record.launch = first.record.launch
      record.machineState = first.record.machineState
      return record
    }
  }

  /// The cost of a packet in a stage, as the capacity uses it that stands beside the model.
  private static func cost(_ stage: StageRecord) -> (cost: PacketCost, packets: UInt64)? {
    stage.cyclesPerPacket.map { mean in
      (PacketCost(mean: mean, undisturbed: stage.undisturbedCyclesPerPacket), stage.windowPackets)
    }
  }

  private func costs(_ group: Group) throws -> StageCosts? {
    var ticks: [StageKind: Double] = [:]
    var ticksPerSecond: Double?
    let growth = group.first.flatMap { calibration.costs(of: $0.point)?.growth }
    for (point, record) in group {
      let assignment = try calibration.assignment(of: point)
      for kind in StageKind.allCases where ticks[kind] == nil {
        let stages = record.stages.filter { $0.stage == kind.rawValue }
        guard let cost = PacketCost(alike: stages.compactMap(Self.cost))?.primary else { continue }
        // The measured cost includes the growth with the rings at this point.
        let rings = (kind.direction == .seal ? assignment?.seal : assignment?.open)?.rings ?? 1
        ticks[kind] = cost / (growth?.factor(kind, rings: rings) ?? 1)
      }
      ticksPerSecond = ticksPerSecond ?? calibration.costs(of: point)?.ticksPerSecond
    }
    guard let point = group.first?.point else { return nil }
    for (kind, cost) in calibration.costs(of: point)?.ticksPerPacket ?? [:] where ticks[kind] == nil {
      ticks[kind] = cost
    }
    return try StageCosts(
      ticksPerPacket: ticks, ticksPerSecond: ticksPerSecond ?? calibration.ticksPerSecond,
      growth: growth)
  }

  private func predict(
    _ point: Case, _ costs: StageCosts, _ model: Descriptor.PredictedThreads
  ) throws -> Prediction {
    let assignment = try calibration.assignment(of: point)
    let limits = try model.blackLinkGbps.map { rate in
      let plan = CasePlan(
        point, sample: 0, of: descriptor, run: RunID(value: 0), assignment: assignment, cpus: [])
      return [
        try SharedLimit.link("black link", gigabitsPerSecond: rate, outerFrameBytes: plan.blackFrameBytes)
      ]
    }
    if let assignment {
      return try ScalingModel.rate(of: assignment, costs: costs, limits: limits ?? [])
    }
    return try ScalingModel.rate(
      sealThreads: (point.threads + 1) / 2, openThreads: point.threads / 2, costs: costs,
      limits: limits ?? [])
  }
}
