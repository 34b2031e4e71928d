import Basics
import Cases
import Model
import Results
import Roles

/// A tester's observations of a DUT in one sample.
package struct ObservedDUT {
  package var directions: [(direction: StageKind.Direction, report: TesterReport)] = []
  /// The turn in which each frame was sent twice in a row; nil if there was none.
  package var replays: TesterReport?
  /// The total counts of the stages of a DUT in another process; empty if it reports none.
  package var stages: [StageReport] = []

  package init() {}
}

/// Figures of one sample of a DUT.
///
/// Over memif a DUT is a black box: ticks per packet are those of its core, from a low quantile of the
/// tester's laps. Over rings its stages are watched: ticks per packet are the undisturbed cost of their
/// polls, and the rate seen from outside is compared with the capacity computed from it.
package struct DUTAnalysis {
  private let observed: ObservedDUT
  private let point: Case

  package init(_ observed: ObservedDUT, _ point: Case) { (self.observed, self.point) = (observed, point) }

  /// Frames per second of a direction, seen from outside.
  private static func rate(_ report: TesterReport) -> Double? {
    (report.dut.isEmpty ? report.ticksPerFrame : report.meanTicksPerFrame).map {
      Double(report.ticksPerSecond) / $0
    }
  }

  /// The cost of a frame: over rings from the DUT's own polls only, over memif from the tester's laps.
  private static func cost(_ report: TesterReport) -> PacketCost? {
    guard report.dut.isEmpty else { return report.dutCost }
    return report.meanTicksPerFrame.map { PacketCost(mean: $0, undisturbed: report.ticksPerFrame) }
  }

  private var metrics: [String: Double] {
    var metrics: [String: Double] = [:]
    for (direction, report) in observed.directions {
      let name = direction.rawValue
      metrics["\(name)_tester_idle_ratio"] = report.idleRatio
      metrics["\(name)_mpps"] = Self.rate(report).map { $0 / 1e6 }
      let cost = Self.cost(report)
      metrics["\(name)_cycles_per_packet"] = cost?.primary
      metrics["\(name)_mean_cycles_per_packet"] = cost?.mean
      func mpps(_ ticks: Double?) -> Double? { ticks.map { Double(report.ticksPerSecond) / $0 / 1e6 } }
      metrics["\(name)_capacity_mpps"] = mpps(report.dutCost?.primary)
      metrics["\(name)_mean_capacity_mpps"] = mpps(report.dutCost?.mean)
      metrics["\(name)_capacity_error_ratio"] = report.capacityError
      metrics["\(name)_undisturbed_capacity_error_ratio"] = report.undisturbedCapacityError
      metrics["\(name)_dut_idle_ratio"] = report.dutIdleRatio
    }
    metrics["disturbance_ratio"] = PacketCost.disturbance(
      of: observed.directions.compactMap(\.report.dutCost))
    // A frame passes both directions, so the slower one limits a gateway.
    guard let slower = slower, let rate = Self.rate(slower) else { return metrics }
    metrics["packet_rate_mpps"] = rate / 1e6
    metrics["capacity_gbps"] = rate * Double(point.frameBytes) * 8 / 1e9
    metrics["capacity_error_ratio"] = slower.capacityError
    metrics["undisturbed_capacity_error_ratio"] = slower.undisturbedCapacityError
    return metrics
  }

  /// The direction with the lower rate; nil unless both have a rate.
  private var slower: TesterReport? {
    let reports = observed.directions.map(\.report)
    guard reports.count == StageKind.Direction.allCases.count,
      reports.allSatisfy({ Self.rate($0) != nil })
    else { return nil }
    return reports.min { (Self.rate($0) ?? 0) < (Self.rate($1) ?? 0) }
  }

  private var counts: [String: UInt64] {
    let reports = observed.directions.map(\.report)
    func sum(_ value: (TesterReport) -> UInt64) -> UInt64 { reports.reduce(0) { $0 + value($1) } }
    var counts = [
      "frames_sent": sum(\.sent), "frames_received": sum(\.arrived), "frames_checked": sum(\.checked),
      "frames_damaged": sum(\.wrong),
    ]
    if let replays = observed.replays {
      let copies = replays.sent / 2
      counts["replays_sent"] = copies
      counts["replays_accepted"] = replays.arrived - min(copies, replays.arrived)
    }
    return counts
  }

  private var faults: [String] {
    var faults = StageKind.Direction.allCases.filter { direction in
      !observed.directions.contains { $0.direction == direction }
    }.map { "\($0.rawValue): the tester fed the DUT no frame" }
    for (direction, report) in observed.directions {
      let name = direction.rawValue
      if report.arrived < report.sent {
        let lost = (report.sent - report.arrived).counted(of: report.sent, "frame", "was", "were")
        faults.append("\(name): \(lost) lost")
      }
      if report.wrong > 0 {
        faults.append("\(name): \(report.wrong.counted(of: report.checked, "frame", "is", "are")) wrong")
      }
      if Self.rate(report) == nil { faults.append("\(name): too few frames came out of the DUT") }
      for stage in report.dut where stage.cost == nil && !Self.stalled(stage).isAll {
        faults.append("\(name): \(stage.stage) of the DUT was never busy, so that its cost is not known")
      }
    }
    if let replays = observed.replays, point.peerMode == nil, replays.arrived != replays.sent / 2 {
      faults.append("of \(replays.sent / 2) frames sent twice, \(replays.arrived) went through")
    }
    return faults
  }

  private static func stalled(_ stage: TesterReport.DUTStage) -> StalledTime {
    StalledTime(busy: stage.counts.ticks, stalled: stage.counts.stalledTicks)
  }

  /// What could not be measured because of this machine, a sentence each.
  private var gaps: [String] {
    let watched = observed.directions.compactMap { direction, report -> String? in
      let whose = "\(direction.rawValue): the DUT's thread was"
      let counts = report.dut.map(\.counts)
      let all = StalledTime(
        busy: counts.reduce(0) { $0 + $1.ticks }, stalled: counts.reduce(0) { $0 + $1.stalledTicks })
      // A stage whose polls all stalled has no cost, even if the stalls are short beside other stages' work.
      return all.gap(whose) ?? report.dut.lazy.map(Self.stalled).first(where: \.isAll)?.gap(whose)
    }
    return watched
      + [StalledTime(observed.stages.map(\.counters)).gap("the DUT's thread was")]
      .compactMap(\.self)
  }

  /// The sample as it goes to the journal.
  package func record(sample: Int, startedAt: String) -> SampleRecord {
    let faults = faults
    let seconds = observed.directions.map {
      Double($0.report.ticks) / Double(max($0.report.ticksPerSecond, 1))
    }
    return SampleRecord(
      coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .capacity,
      windowSeconds: seconds.reduce(0, +), metrics: metrics, counts: counts, valid: faults.isEmpty,
      faults: faults, gaps: gaps, stages: [])
  }
}
