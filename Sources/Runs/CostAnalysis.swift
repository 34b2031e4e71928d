import Cases
import Descriptors
import Results
import Roles

/// The figures of one packet-cost sample, from the counts of its loops.
package struct CostAnalysis {
  private let report: CostReport
  private let point: Case
  /// Whether the experiment sweeps tunnels.
  private let countsTunnels: Bool
  /// Whether the experiment sweeps senders.
  private let countsSenders: Bool

  package init(_ report: CostReport, _ point: Case, _ descriptor: Descriptor) {
    (self.report, self.point) = (report, point)
    countsTunnels = descriptor.sweep[.tunnels] != [1]
    countsSenders = descriptor.countsSenders
  }

  private static func name(_ tally: CostReport.Tally) -> String {
    tally.operation.rawValue.replacing("-", with: "_")
  }

  private static func stalled(_ tally: CostReport.Tally) -> StalledTime {
    StalledTime(busy: tally.ticks, stalled: tally.stalledTicks)
  }

  private var metrics: [String: Double] {
    var metrics: [String: Double] = [:]
    for tally in report.tallies {
      guard let cost = tally.cost else { continue }
      let name = Self.name(tally)
      metrics["\(name)_cycles_per_packet"] = cost.primary
      metrics["\(name)_mean_cycles_per_packet"] = cost.mean
      metrics["\(name)_ns_per_packet"] = cost.primary / Double(report.ticksPerSecond) * 1e9
    }
    metrics["disturbance_ratio"] = PacketCost.disturbance(of: report.tallies.compactMap(\.cost))
    // Reported only in experiments about it.
    if countsTunnels, let bytes = report.tunnelBytes { metrics["sa_bytes"] = Double(bytes) }
    if countsSenders, let bytes = report.groupBytes { metrics["group_bytes"] = Double(bytes) }
    if replaysSent > 0 { metrics["replays_accepted_ratio"] = Double(replaysAccepted) / Double(replaysSent) }
    return metrics
  }

  private var replaysSent: UInt64 { report.tallies.reduce(0) { $0 + $1.replaysSent } }
  private var replaysAccepted: UInt64 { report.tallies.reduce(0) { $0 + $1.replaysAccepted } }

  private var faults: [String] {
    if report.tallies.isEmpty { return ["no operation was measured"] }
    return report.tallies.flatMap { tally in
      var faults: [String] = []
      if tally.failures > 0 { faults.append("\(Self.name(tally)): \(tally.failures) packets were refused") }
      if point.system.hasReplayWindow, tally.replaysAccepted > 0 {
        faults.append(
          "\(Self.name(tally)): \(tally.replaysAccepted) of \(tally.replaysSent) replays went through")
      }
      if tally.cost == nil, !Self.stalled(tally).isAll {
        faults.append("\(Self.name(tally)): no packet was timed, so that its cost is not known")
      }
      return faults
    }
  }

  private var gaps: [String] {
    report.tallies.compactMap { Self.stalled($0).gap("\(Self.name($0)): the timed thread was") }
  }

  /// The sample as it goes to the journal.
  package func record(sample: Int, startedAt: String, seconds: Double) -> SampleRecord {
    let faults = faults
    var counts = [
      "packets_timed": report.tallies.reduce(0) { $0 + $1.packets },
      "batches_stalled": report.tallies.reduce(0) { $0 + $1.stalledBatches },
    ]
    if replaysSent > 0 {
      (counts["replays_sent"], counts["replays_accepted"]) = (replaysSent, replaysAccepted)
    }
    // The timed thread has a core of its own, so the basis is `measured`.
    var record = SampleRecord(
      coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .measured,
      windowSeconds: seconds, metrics: metrics, counts: counts, valid: faults.isEmpty, faults: faults,
      gaps: gaps, stages: [])
    record.quantiles = Dictionary(
      uniqueKeysWithValues: report.tallies.filter { $0.cost != nil }.map {
        ("\(Self.name($0))_cycles_per_packet", $0.fullBursts.percentiles)
      })
    return record
  }
}
