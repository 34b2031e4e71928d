import Basics
import Cases
import Descriptors
import Results
import Roles

/// Takes one packet-cost sample of one case, in a process of its own.
struct CostSampleRunner {
  let context: RunContext

  /// Takes a sample.
  /// - Throws: `RunError.interrupted`.
  func run(_ point: Case, sample: Int) throws -> SampleRecord {
    let (crew, descriptor) = (context.crew, context.descriptor)
    return try context.take(point, sample: sample, basis: .measured, clear: crew.dismiss) { startedAt in
      let ticksPerSecond = try crew.assemble()
      let start = Moment.now
      let report =
        point.system == .cryptodev
        ? try CryptodevPerf(
          point: point, measure: descriptor.measure, cpus: crew.cpus, ticksPerSecond: ticksPerSecond ?? 0,
          logPath: crew.logFolder + "/cryptodev.log",
          cryptoPlugin: PeerProgram.find(besides: crew.executable)?.cryptoPlugin
        ).run()
        : try crew.measure(CostPlan(point, sample: sample, of: descriptor, run: context.runID))
      return CostAnalysis(report, point, descriptor)
        .record(sample: sample, startedAt: startedAt, seconds: start.secondsAgo)
    }
  }
}

extension Descriptor {
  /// Whether the experiment is about groups: it then also reports their memory and accepted replays.
  var countsSenders: Bool { sweep[.senders] != [1] }
}

extension CostPlan {
  /// The plan of one sample of a case; each sample has keys of its own, so that no nonce is used twice.
  package init(_ point: Case, sample: Int, of descriptor: Descriptor, run: RunID) {
    self.init(
      system: point.system, operations: descriptor.measure.operations,
      // The null system has no AEAD, but the plan needs a name.
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
