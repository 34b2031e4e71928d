import Cases
import Foundation
import Results
import Roles

/// Takes one packet-cost sample of one case, in a process of its own.
struct CostSampleRunner {
  let crew: RoleCrew
  let descriptor: Descriptor
  let runID: RunID
  let cpus: [Int]
  /// Whether the user wants to stop.
  let isInterrupted: () -> Bool

  /// Takes a sample.
  /// - Throws: `RunError.interrupted` only; whatever else goes wrong makes the sample invalid.
  func run(_ point: Case, sample: Int) throws -> SampleRecord {
    if isInterrupted() { throw RunError.interrupted }
    let startedAt = Date().formatted(.iso8601)
    do {
      let ticksPerSecond = try crew.assemble()
      let start = Moment.now
      let report =
        point.system == .cryptodev
        ? try CryptodevPerf(
          point: point, measure: descriptor.measure, cpus: cpus, ticksPerSecond: ticksPerSecond ?? 0,
          logPath: crew.logFolder + "/cryptodev.log",
          cryptoPlugin: PeerProgram.find(besides: crew.executable)?.cryptoPlugin
        ).run()
        : try crew.measure(CostPlan(point, sample: sample, of: descriptor, run: runID))
      return record(point, sample, startedAt, seconds: start.secondsAgo, report)
    } catch {
      crew.dismiss()
      return SampleRecord(
        coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .measured,
        windowSeconds: 0, metrics: [:], counts: [:], valid: false, faults: ["\(error)"], stages: [])
    }
  }

  private func record(
    _ point: Case, _ sample: Int, _ startedAt: String, seconds: Double, _ report: CostReport
  ) -> SampleRecord {
    var metrics: [String: Double] = [:]
    var faults: [String] = []
    var costs: [PacketCost] = []
    var quantiles: [String: [Int: Double]] = [:]
    for tally in report.tallies {
      let name = tally.operation.rawValue.replacingOccurrences(of: "-", with: "_")
      guard let cost = tally.cost else {
        faults.append("\(name): every batch was interrupted; the machine is overloaded")
        continue
      }
      costs.append(cost)
      metrics["\(name)_cycles_per_packet"] = cost.primary
      metrics["\(name)_mean_cycles_per_packet"] = cost.mean
      metrics["\(name)_ns_per_packet"] = cost.primary / Double(report.ticksPerSecond) * 1e9
      quantiles["\(name)_cycles_per_packet"] = tally.fullBursts.percentiles
      if tally.failures > 0 { faults.append("\(name): \(tally.failures) packets were refused") }
    }
    if !costs.isEmpty, costs.allSatisfy({ $0.undisturbed != nil }) {
      metrics["disturbance_ratio"] =
        costs.reduce(0) { $0 + $1.mean } / costs.reduce(0) { $0 + $1.primary }
    }
    // Told where it is what the experiment is about.
    if descriptor.sweep[.tunnels] != [1], let bytes = report.tunnelBytes {
      metrics["sa_bytes"] = Double(bytes)
    }
    let counts = [
      "packets_timed": report.tallies.reduce(0) { $0 + $1.packets },
      "batches_stalled": report.tallies.reduce(0) { $0 + $1.stalledBatches },
    ]
    // One thread on a core of its own, whatever the others do: nothing is derived.
    var record = SampleRecord(
      coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .measured,
      windowSeconds: seconds, metrics: metrics, counts: counts, valid: faults.isEmpty, faults: faults,
      stages: [])
    record.quantiles = quantiles
    return record
  }
}

extension CostPlan {
  /// The plan of one sample of a case; each sample has keys of its own, so that no nonce is used twice.
  package init(_ point: Case, sample: Int, of descriptor: Descriptor, run: RunID) {
    self.init(
      system: point.system, operations: descriptor.measure.operations,
      // The null system has no AEAD; its loop needs none, and a name is asked for.
      aead: (point.aead ?? .aes128GCM).rawValue, packetBytes: point.packetBytes,
      seed: CasePlan.seed(descriptor.traffic.seed, case: point.name, sample: sample, run: run))
    isAligned = descriptor.headroom == .aligned
    packetsInFlight = descriptor.measure.packetsInFlight
    packets = descriptor.measure.packets
    gatewayThreads = descriptor.measure.gatewayThreads
    axes = point.values
    axes.windowSize = max(point.windowSize, 64)
    if !point.system.hasESN { axes.esn = true }
  }
}
