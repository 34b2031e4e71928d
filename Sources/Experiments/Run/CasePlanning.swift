import Foundation
import Model
import Roles

extension CasePlan {
  /// The plan of one sample of a case.
  ///
  /// - Parameter sample: its number; each sample has keys of its own, so that no nonce is used twice.
  /// - Parameter assignment: a pipeline's; nil for other systems.
  init(
    _ point: Case, sample: Int, of descriptor: Descriptor, assignment: PipelineAssignment?, cpus: [Int]
  ) {
    // A peer's format, keys and window are those of ESP on one thread, and so are the frames of a tester.
    let system = [.ipsecSecgw, .tester].contains(point.system) ? .espSingle : point.system
    guard let model = ThreadingModel(rawValue: system.rawValue) else {
      preconditionFailure(
        "\(point.system.rawValue) is not implemented, and the descriptor's check let it pass")
    }
    self.init(
      model: model, aead: point.aead?.rawValue, threads: point.threads, frameBytes: point.frameBytes,
      seed: CasePlan.seed(descriptor.traffic.seed, case: point.name, sample: sample), cpus: cpus)
    sealThreads = point.sealThreads
    self.assignment = assignment
    steering = descriptor.steering
    extraHeadroomBytes = point.extraHeadroomBytes
    flows = point.flows
    windowSize = max(point.windowSize, 64)
    isExtended = point.esn
    encapsulation = Roles.Encapsulation(
      vpeProtocol: descriptor.tunnel.ipProtocol,
      udpPort: descriptor.tunnel.encapsulation == .udp ? descriptor.tunnel.udpPort : nil,
      isIPv6: descriptor.tunnel.outer == .ipv6)
    if case .mpps(let rate) = descriptor.traffic.rate { rateMpps = rate }
    // Over ports each role may have a host of its own, and so every thread a CPU.
    inFlightFrames =
      descriptor.link == .ports
      ? descriptor.traffic.framesInFlight(threads: point.threads)
      : descriptor.traffic.framesInFlight(threads: point.threads, cpus: cpus.count)
    hasTimestamps = descriptor.traffic.hasTimestamps
    impairment = Roles.Impairment(point, of: descriptor)
    if let asked = descriptor.fault, let end = LinkEnd(rawValue: asked.at.rawValue),
      let kind = Roles.Fault.Kind(rawValue: asked.kind.rawValue)
    {
      fault = Roles.Fault(end: end, kind: kind, frame: UInt64(asked.frame))
    }
  }

  /// The seed of a sample: SplitMix64 of the descriptor's seed, the FNV-1a hash of the case's name and the
  /// sample's number.
  public static func seed(_ seed: UInt64, case name: String, sample: Int) -> UInt64 {
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    var random = Roles.SplitMix64(
      state: seed ^ hash &+ UInt64(bitPattern: Int64(sample)) &* 0x9E37_79B9_7F4A_7C15)
    return random.next()
  }
}

extension Roles.Impairment {
  /// The impairment of a case; nil where the descriptor names none for any of its cases.
  fileprivate init?(_ point: Case, of descriptor: Descriptor) {
    guard descriptor.isImpaired else { return nil }
    self.init()
    hasAttacker = descriptor.isAttacked
    replayedPercent = point.replayedPercent
    replayAgePackets = point.replayAgePackets
    forgedPercent = point.forgedPercent
    lossRatio = descriptor.impairment.lossRatio
    shuffleFrames = descriptor.impairment.shuffleFrames
  }
}
