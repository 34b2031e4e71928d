import Basics
import Cases
import Descriptors
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
      return CostAnalysis(report, point, descriptor)
        .record(sample: sample, startedAt: startedAt, seconds: start.secondsAgo)
    } catch {
      crew.dismiss()
      return SampleRecord(
        coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: .measured,
        windowSeconds: 0, metrics: [:], counts: [:], valid: false, faults: ["\(error)"], stages: [])
    }
  }
}

extension Descriptor {
  /// Whether it is about groups: what they occupy and which replays they let through is told as well.
  var countsSenders: Bool { sweep[.senders] != [1] }
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
    triesReplays = descriptor.countsSenders
    axes = point.values
    axes.windowSize = max(point.windowSize, 64)
    if !point.system.hasESN { axes.esn = true }
  }
}
