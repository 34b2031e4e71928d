import Cases
import Descriptors
import Foundation
import Model
import Results
import Roles

/// The figures of one sample, from the counts of its stages.
///
/// The *basis* (docs/figures.md): with a core for each thread, goodput is what came back to the generator
/// during the window. With shared cores it is a capacity: the rate that the gateways' slowest thread could
/// carry with a core of its own, computed from its packets' cost and its share of them; the carried rate is
/// reported beside it. Costs are undisturbed ones if every stage has one, otherwise means (docs/method.md).
package struct SampleAnalysis {
  let observed: ObservedSample
  let point: Case
  let descriptor: Descriptor
  let accounts: Accounts
  /// Each stage's counts within the window.
  let window: [StageReport]
  let seconds: Double
  /// Ticks per second of each role's counter, which belongs to its host.
  private let clocks: [RoleName: Double]
  /// The cost of a packet at each stage of the gateways; of gateway A's alone if B's counter has another
  /// rate.
  private let costs: [String: PacketCost]
  /// Whether every stage has an undisturbed cost.
  private let isUndisturbed: Bool

  /// Bits of a frame as goodput counts them: with frame check sequence, without preamble and gap (RFC 2544
  /// frame size); the average of a mix.
  private var frameBits: Double { point.meanFrameBytes * 8 }

  package init(_ observed: ObservedSample, _ point: Case, _ descriptor: Descriptor) {
    self.observed = observed
    self.point = point
    self.descriptor = descriptor
    accounts = Accounts(
      observed.final.flatMap(\.stages), linksMayLose: observed.linksMayLose,
      silentPeers: observed.silentPeers, impairment: observed.impairment,
      rekeys: point.rekeyMilliseconds > 0)
    var stages: [StageReport] = []
    var seconds: [Double] = []
    for (start, end) in zip(observed.windowStart, observed.windowEnd) {
      stages += end.stages(since: start)
      // The generator's process defines the window. Several generators, whose commands are sent at one time,
      // give the average of theirs.
      if end.stages.contains(where: { $0.role == .generator }) {
        seconds.append(end.seconds(since: start))
      }
    }
    window = stages
    self.seconds =
      seconds.isEmpty ? descriptor.measure.windowSeconds : seconds.reduce(0, +) / Double(seconds.count)
    var clocks: [RoleName: Double] = [:]
    for report in observed.windowEnd {
      for stage in report.stages { clocks[stage.role] = Double(report.ticksPerSecond) }
    }
    self.clocks = clocks
    let isOneClock = ThreadLoad.isOne(clocks)
    costs = StageReport.costs(
      of: stages.filter { $0.isOfGateway && (isOneClock || $0.role == .gatewayA) })
    isUndisturbed = !costs.isEmpty && costs.values.allSatisfy { $0.undisturbed != nil }
  }

  var isUnshared: Bool { observed.windowEnd.allSatisfy(\.isUnshared) }
  private var basis: Basis { isUnshared ? .measured : .capacity }

  /// Frames per second that came back during the window.
  private var carriedRate: Double {
    Double(count("collect") { $0.transmitted }) / seconds
  }

  func count(_ stage: String, _ value: (StageReport.Counters) -> UInt64) -> UInt64 {
    window.filter { $0.stage == stage }.reduce(0) { $0 + value($1.counters) }
  }

  var offeredRate: Double { Double(count("generate") { $0.received }) / seconds }

  /// Frames per second of the row: the rate that came back, or, on shared cores, the rate possible with a
  /// core for each thread; at most the offered rate if that is fixed.
  var rate: Double? { isUnshared ? carriedRate : capacityRate(load) }

  /// The rate that the thread with this load could carry with a core of its own, less losses on the path,
  /// frames per second; nil if a gateway's threads are not observed, for one of them could be slower.
  private func capacityRate(_ load: ThreadLoad?) -> Double? {
    guard let load, observed.silentPeers.isEmpty else { return nil }
    let capacity = (clocks[load.role] ?? 0) / load.ticks * (1 - lossRatio)
    guard case .mpps = descriptor.traffic.rate else { return capacity }
    return min(capacity, offeredRate)
  }

  /// The gateway thread with the greatest load per frame that its gateway carries in its direction.
  private var load: ThreadLoad? { load(by: cost) }

  private func load(by cost: (PacketCost) -> Double) -> ThreadLoad? {
    ThreadLoad.greatest(
      of: window.filter { RoleName.gateways.contains($0.role) }, refusing: !isDelayed,
      clocks: clocks, by: cost)
  }

  /// A cost's figure in this sample: the same estimator for all stages.
  private func cost(_ cost: PacketCost) -> Double { isUndisturbed ? cost.primary : cost.mean }

  /// Packets that a gateway seals per frame: more than 1 if inner packets are cut.
  private var piecesOfFrame: Double {
    let sealed = count(StageKind.seal.rawValue) { $0.received }
    let more = RoleName.gateways.reduce(0 as UInt64) {
      $0 + window.pieces(at: StageKind.seal.rawValue, of: $1)
    }
    return sealed > more ? Double(sealed) / Double(sealed - more) : 1
  }

  /// Ticks per packet of a direction, summed over its stages; if inner packets are cut, over all fragments.
  private func cyclesPerPacket(
    _ direction: StageKind.Direction, by cost: (PacketCost) -> Double
  ) -> Double? {
    let present = Set(window.filter(\.isOfGateway).map(\.stage))
    let stages = StageKind.wayThrough(direction).map(\.rawValue).filter(present.contains)
    let found = stages.compactMap { costs[$0].map(cost) }
    // The sum is meaningless if a stage is missing.
    return found.isEmpty || found.count < stages.count ? nil : found.reduce(0, +) * piecesOfFrame
  }

  private var costMetrics: [String: Double] {
    var metrics: [String: Double] = [:]
    metrics["seal_cycles_per_packet"] = cyclesPerPacket(.seal, by: cost)
    metrics["open_cycles_per_packet"] = cyclesPerPacket(.open, by: cost)
    metrics["seal_mean_cycles_per_packet"] = cyclesPerPacket(.seal, by: \.mean)
    metrics["open_mean_cycles_per_packet"] = cyclesPerPacket(.open, by: \.mean)
    if !isUnshared {
      metrics["mean_capacity_gbps"] = capacityRate(load(by: \.mean)).map { $0 * frameBits / 1e9 }
    }
    metrics["disturbance_ratio"] = PacketCost.disturbance(of: costs.values)
    return metrics
  }

  /// The busiest thread's packets over the average thread's, in the gateway where this ratio is greater; nil
  /// if a direction has no threads that share it.
  private func imbalance(_ stages: [StageKind]) -> Double? {
    guard point.system.choosesSealThreads else { return nil }
    return RoleName.gateways.compactMap { role -> Double? in
      let received = window.filter { stage in
        stage.role == role && stages.contains { $0.rawValue == stage.stage }
      }.map { Double($0.counters.received) }
      let sum = received.reduce(0, +)
      return received.count > 1 && sum > 0 ? (received.max() ?? 0) * Double(received.count) / sum : nil
    }.max()
  }

  /// Round-trip times of the frames that came back within the window, of all generators in ticks of one
  /// clock.
  private var latency: [LatencyBin] {
    zip(observed.windowStart, observed.windowEnd).flatMap { start, end in
      let ratio = (clocks[.generator] ?? 0) / Double(end.ticksPerSecond)
      return (end.latency?.since(start.latency ?? []) ?? []).map {
        LatencyBin(ticks: $0.ticks * ratio, frames: $0.frames)
      }
    }.sorted { $0.ticks < $1.ticks }
  }

  private var metrics: [String: Double] {
    var metrics = costMetrics
    metrics[basis.throughputMetric] = rate.map { $0 * frameBits / 1e9 }
    metrics[basis.name(of: "goodput_per_thread_gbps")] = rate.map {
      $0 * frameBits / 1e9 / Double(point.threads)
    }
    metrics["packet_rate_mpps"] = rate.map { $0 / 1e6 }
    metrics["carried_gbps"] = carriedRate * frameBits / 1e9
    metrics["offered_mpps"] = offeredRate / 1e6
    metrics["seal_imbalance_ratio"] = imbalance([.seal, .encrypt])
    metrics["open_imbalance_ratio"] = imbalance([.open, .decrypt])
    if accounts.sent > 0 {
      metrics["loss_ratio"] = lossRatio
      metrics["reordered_ratio"] = observed.generator.map { Double($0.reordered) / Double(accounts.sent) }
    }
    metrics["late_drop_ratio"] = lateDropRatio
    metrics.merge(fillMetrics) { $1 }
    for (name, share) in [("first_packet_p50_us", 0.5), ("first_packet_p99_us", 0.99)] {
      metrics[name] = rekeys?.firstPackets.percentile(share).map { $0 / (clocks[.gatewayB] ?? 0) * 1e6 }
    }
    // Reported only in experiments about classes.
    if point.told.contains(.classes) {
      metrics["sa_bytes"] = CasePlan.associationBytes(of: point).map(Double.init)
    }
    // Without a fixed rate, the round-trip time only reflects the number of frames under way; on shared
    // cores, only how long a thread waits for its turn.
    if isUnshared, case .mpps = descriptor.traffic.rate {
      for (name, share) in [("latency_p50_us", 0.5), ("latency_p99_us", 0.99)] {
        let ticksPerSecond = clocks[.generator] ?? 0
        metrics[name] = latency.percentile(share).map { $0 / ticksPerSecond * 1e6 }
      }
    }
    return metrics
  }

  /// For packets sent at a fixed clock: the share of fill packets, and the relative error of the clock; empty
  /// without a clock.
  private var fillMetrics: [String: Double] {
    guard point.fillRate > 0 else { return [:] }
    let sealed = Double(count("seal") { $0.received })
    let ticks = Double(2 * point.values.sealing * point.fillRate) * 1000 * seconds
    return [
      "fill_ratio": Double(count(FillPackets.stage) { $0.transmitted }) / max(sealed, 1),
      "clock_error_ratio": abs(sealed / ticks - 1),
    ]
  }

  /// The final report on renewed associations; nil if none were renewed.
  var rekeys: RekeyReport? { observed.final.lazy.compactMap(\.rekeys).first }

  private var isDelayed: Bool { observed.impairment.map { $0.latePackets > 0 } ?? false }

  /// The share of the window's late packets that the gateways dropped; nil if none was late. It is capped at
  /// 1, for packets late right before the window may be dropped in it.
  private var lateDropRatio: Double? {
    guard isDelayed, let impairment = observed.impairment else { return nil }
    let late = count(Impairment.lateStage) { $0.transmitted }
    let dropped = window.reduce(0) { $0 + impairment.refused(by: $1) }
    return late > 0 ? min(Double(dropped) / Double(late), 1) : nil
  }

  var lost: UInt64 { accounts.sent - min(accounts.returned, accounts.sent) }
  private var lossRatio: Double { accounts.sent > 0 ? Double(lost) / Double(accounts.sent) : 0 }

  private var counts: [String: UInt64] {
    let collected = observed.final.flatMap(\.stages).filter { $0.stage == "collect" }
    func dropped(_ name: String) -> UInt64 { collected.reduce(0) { $0 + ($1.drops[name] ?? 0) } }
    var counts = [
      "frames_sent": accounts.sent, "frames_received": accounts.returned, "frames_lost": lost,
      "frames_lost_on_links": accounts.lostOnLinks, "frames_duplicated": dropped("duplicated"),
      "frames_reordered": observed.generator?.reordered ?? 0, "frames_damaged": dropped("damaged"),
      "frames_foreign": dropped("foreign_frame"),
    ]
    if observed.impairment != nil {
      counts["frames_impaired"] = accounts.impaired
      counts["hostile_sent"] = accounts.hostileSent
      counts["hostile_refused"] = accounts.hostileRefused
    }
    if let rekeys {
      counts["rekeys"] = rekeys.rekeys
      counts["rekeys_by_numbers"] = rekeys.byNumbers
      counts["rekeys_late"] = rekeys.late
      counts["frames_dropped_by_rekeys"] = accounts.rekeyDropped
    }
    if isDelayed {
      counts["frames_late"] = accounts.late
      counts["frames_late_dropped"] = accounts.lateDropped
    }
    return counts
  }

  /// The sample as it goes to the journal.
  package func record(sample: Int, startedAt: String) -> SampleRecord {
    let faults = faults
    return SampleRecord(
      coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt,
      basis: basis, windowSeconds: seconds, metrics: metrics, counts: counts,
      valid: faults.isEmpty, faults: faults, gaps: gaps, stages: stageRecords, bottleneck: load?.stages)
  }

  private var stageRecords: [StageRecord] {
    zip(observed.final.flatMap(\.stages), window).map { total, window in
      StageRecord(
        role: total.role.rawValue, stage: total.stage, thread: total.thread, core: total.cpu,
        received: total.counters.received, transmitted: total.counters.transmitted,
        dropped: total.counters.dropped, drops: total.drops, windowPackets: window.counters.busyPackets,
        busyCycles: window.counters.busyTicks, busyPolls: window.counters.busyPolls,
        emptyPolls: window.counters.emptyPolls, stalledPolls: window.counters.stalledPolls,
        stalledCycles: window.counters.stalledTicks, fullBursts: window.counters.fullBursts.bursts,
        undisturbedCyclesPerPacket: window.cost?.undisturbed,
        quantiles: window.counters.fullBursts.percentiles)
    }
  }
}
