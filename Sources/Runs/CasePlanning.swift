import Basics
import Cases
import Descriptors
import Foundation
import Model
import Roles

extension CasePlan {
  /// The plan of one sample of a case.
  ///
  /// - Parameter sample: the sample's number; each sample has keys of its own, so that no nonce is used
  ///   twice.
  /// - Parameter run: the run's ID, which enters the keys for the same reason.
  /// - Parameter assignment: a pipeline's assignment; nil for other systems.
  package init(
    _ point: Case, sample: Int, of descriptor: Descriptor, run: RunID, assignment: PipelineAssignment?,
    cpus: [Int]
  ) {
    // A peer, and the frames of a tester, use the format, keys and window of ESP on one thread.
    let system = [.ipsecSecgw, .tester].contains(point.system) ? System.espSingle : point.system
    self.init(
      system: system, aead: point.aead?.rawValue, threads: point.threads, frameBytes: point.frameBytes,
      seed: CasePlan.seed(descriptor.traffic.seed, case: point.name, sample: sample, run: run), cpus: cpus)
    axes = point.values
    axes.windowSize = max(point.windowSize, 64)
    self.assignment = assignment
    steering = point.steering ?? descriptor.steering
    // A default until the ports' offers are known.
    if steering == .nic { blackWay = .software }
    isAligned = descriptor.headroom == .aligned
    encapsulation = Encapsulation(point, descriptor.tunnel)
    if case .mpps(let rate) = descriptor.traffic.rate { rateMpps = rate }
    // Over ports each role may have a host of its own, and so each thread a CPU.
    keepUnderWay(
      descriptor.link == .ports
        ? descriptor.traffic.framesInFlight(threads: point.threads)
        : descriptor.traffic.framesInFlight(threads: point.threads, cpus: cpus.count))
    hasTimestamps = descriptor.traffic.hasTimestamps
    impairment = Impairment(point, of: descriptor)
    fault = descriptor.fault
  }

  /// The seed of a sample: x is the first output of SplitMix64 whose state is the descriptor's seed,
  /// exclusive-or the FNV-1a hash of the case's name, plus the sample's number times 0x9E3779B97F4A7C15; the
  /// seed is the first output of SplitMix64 whose state is x exclusive-or the run's ID.
  public static func seed(_ seed: UInt64, case name: String, sample: Int, run: RunID) -> UInt64 {
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    var random = SplitMix64(
      state: seed ^ hash &+ UInt64(bitPattern: Int64(sample)) &* 0x9E37_79B9_7F4A_7C15)
    random = SplitMix64(state: random.next() ^ run.value)
    return random.next()
  }

  /// The same plan with new keys, for another attempt: the first one may already have sealed packets.
  func again(_ time: Int) -> CasePlan {
    var plan = self
    var random = SplitMix64(state: seed &+ UInt64(time))
    plan.seed = random.next()
    return plan
  }
}

extension Encapsulation {
  /// The encapsulation of a case: the tunnel's, with the values of the axes that apply.
  fileprivate init(_ point: Case, _ tunnel: Descriptor.Tunnel) {
    self = tunnel.encapsulation
    isIPv6 = point.outerVersion == .ipv6
    if point.values[.encapsulation] != nil { udpPort = point.carrier == .udp ? tunnel.port : nil }
  }
}

extension Impairment {
  /// The impairment of a case; nil where the descriptor names none for any of its cases.
  fileprivate init?(_ point: Case, of descriptor: Descriptor) {
    guard descriptor.isImpaired else { return nil }
    self = descriptor.impairment
    hasAttacker = descriptor.isAttacked
    replayedPercent = point.replayedPercent
    replayAgePackets = point.replayAgePackets
    forgedPercent = point.forgedPercent
    (latePackets, classes, paths) = (point.latePackets, point.classes, point.paths)
  }
}
