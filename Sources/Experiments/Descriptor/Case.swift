import Cases
import Foundation
import Results
import Roles
import Wire

/// One point of a sweep: what runs, and on what.
public struct Case: Sendable, Equatable {
  /// The coordinates in one word, such as `vpe-aes128gcm-1420B-2t-0h`; unique within a descriptor.
  public let name: String
  /// What seals and opens.
  public let system: System
  /// The cipher; nil for a system without crypto.
  public let aead: AEADAlgorithm?
  /// Dataplane threads of a gateway, both directions together; 1 where a packet's cost is measured.
  public let threads: Int
  /// How many of them seal; nil for half, rounded up, or where the system decides.
  public let sealThreads: Int?
  /// Ethernet frame on the red side with its 4-byte FCS, in bytes.
  public let frameBytes: Int
  /// Bytes added to the headroom of a packet buffer.
  public let extraHeadroomBytes: Int
  /// UDP flows that the generator sends; 1 where a packet's cost is measured.
  public let flows: Int
  /// Replay window in packets; 0 for a system that has none.
  public let windowSize: Int
  /// Whether sequence numbers are extended ones; false for a system to which this does not apply.
  public let esn: Bool
  /// Replays beside 100 packets on the black link; 0 for a system that has no replay window.
  public let replayedPercent: Int
  /// Packets between a packet and its replay; 0 for a system that has no replay window.
  public let replayAgePackets: Int
  /// Forgeries beside 100 packets on the black link; 0 for a system that does not authenticate.
  public let forgedPercent: Int
  /// Tunnels that the packets are of; 1 for a system that has none, and where throughput is measured.
  public let tunnels: Int
  /// Cores that work at once where a packet's cost is measured.
  public let cores: CoreSet
  /// What gateways do to DSCP, ECN and hops.
  public let headerFields: HeaderFields
  /// Whether gateways check the addresses of opened packets.
  public let hasSelectors: Bool
  /// What carries the frames.
  public let link: LinkKind
  /// What the roles are put up as.
  public let setup: MeasuredSetup
  /// How a peer works on its packets; nil for systems of this suite.
  public let peerMode: PeerMode?
  /// The coordinates that belong to no fixed column of the results and that the descriptor sweeps: any of
  /// `seal_threads`, `packet_bytes`, `tunnels`, `cores`, `header_fields`, `selectors`, `flows`,
  /// `window_size`, `esn`, `replayed_percent`, `replay_age_packets` and `forged_percent`.
  /// An axis that does not apply
  /// to the system is missing.
  public let axes: [String: String]

  /// The same point of the sweep with another number of threads.
  func with(threads other: Int) -> Case {
    Case(
      name: name.replacingOccurrences(of: "-\(threads)t-", with: "-\(other)t-"), system: system, aead: aead,
      threads: other, sealThreads: sealThreads, frameBytes: frameBytes,
      extraHeadroomBytes: extraHeadroomBytes, flows: flows, windowSize: windowSize, esn: esn,
      replayedPercent: replayedPercent, replayAgePackets: replayAgePackets, forgedPercent: forgedPercent,
      tunnels: tunnels, cores: cores, headerFields: headerFields, hasSelectors: hasSelectors, link: link,
      setup: setup, peerMode: peerMode, axes: axes)
  }

  /// What gateways do to the inner packet beyond sealing and opening it, as roles know it.
  var policy: TunnelPolicy {
    TunnelPolicy(copiesFields: headerFields == .rfc4301, checksSelectors: hasSelectors)
  }

  /// Whether one direction of one gateway at a time is measured, between a tester's ports (see `FeedPlan`).
  public var isDUT: Bool { setup == .dut }

  /// More dataplane threads than the case has, both gateways, those that steer or impair, generator and
  /// reflector together; a gateway alone and its feed have two.
  var threadsMax: Int { 2 * (threads + 2) + 2 }

  /// The inner IP packet, in bytes.
  public var packetBytes: Int { frameBytes - Ethernet.framingBytes }
}

extension Descriptor {
  /// The combinations of the axes, system by system. An axis that does not apply to a system does not
  /// multiply its cases, and a thread count that a system cannot have makes none.
  public var cases: [Case] {
    systems.flatMap { system in
      let modes = system == .ipsecSecgw ? blackBox.modes.map(Optional.some) : [nil]
      return combinations(system).flatMap { point in modes.map { makeCase(system, point, mode: $0) } }
    }
  }

  /// Systems of which the sweep makes no case, for none of its thread counts suits them.
  public var systemsWithoutCases: [System] {
    systems.filter { threads(of: $0).isEmpty }
  }

  /// How many samples all cases have together.
  public var sampleCount: Int { cases.count * measure.samples }

  /// The cases whose names match `glob` (`*`, `?`, `[…]`), in order.
  ///
  /// - Throws: `DescriptorError` if there is none; it names some cases that there are.
  public func cases(matching glob: String) throws(DescriptorError) -> [Case] {
    try cases(matching: [glob])
  }

  /// The cases whose names match one of `lists`, each a glob or several with commas between, in their order;
  /// all cases without any.
  /// - Throws: where a glob matches no case.
  public func cases(matching lists: [String]) throws(DescriptorError) -> [Case] {
    let all = cases
    if lists.isEmpty { return all }
    var wanted: Set<String> = []
    for part in lists.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      let glob = CaseCoordinates.name(part.trimmingCharacters(in: .whitespaces))
      let matching = all.filter { fnmatch(glob, $0.name, 0) == 0 }
      if matching.isEmpty { throw noCase(like: glob, among: all) }
      wanted.formUnion(matching.map(\.name))
    }
    return all.filter { wanted.contains($0.name) }
  }

  private func noCase(like glob: String, among all: [Case]) -> DescriptorError {
    let names = all.map(\.name)
    let literal = glob.filter { !"*?[]".contains($0) }
    // What a star stands for does not count as a difference; most globs end in one.
    let length = glob.contains("*") ? literal.count : .max
    let nearest = names.map {
      (name: $0, distance: Suggestion.distance(literal, String($0.prefix(length))))
    }
    .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    let reason =
      "\(JSONValue.quoted(glob)) matches none of the \(names.count.counted("case")); the nearest are "
    return DescriptorError(
      file: file.relativePath,
      problems: [.init(path: "--only", reason: reason + nearest.joined(separator: ", "))])
  }

  private struct Combination {
    var threads = 0
    var sealThreads: Int?
    var frameBytes = 0
    var extraHeadroomBytes = 0
    var aead: AEADAlgorithm?
    var tunnels = 1
    var cores = CoreSet.one
    var headerFields = HeaderFields.none
    var hasSelectors = false
    var flows = 0
    var windowSize = 0
    var esn = false
    var replayedPercent = 0
    var replayAgePackets = 0
    var forgedPercent = 0
  }

  /// The thread counts of the sweep that the system can have.
  private func threads(of system: System) -> [Int] {
    if measure.what == .packetCost { return sweep.threads }
    if measure.setup == .dut { return [system.threadsAsDUT] }
    return (sweep.threadsOf[system] ?? sweep.threads).filter(system.threadCounts.contains)
  }

  /// Later axes vary faster.
  private func combinations(_ system: System) -> [Combination] {
    var all = [Combination()]
    func extend<Value>(_ axis: WritableKeyPath<Combination, Value>, _ values: [Value]) {
      all = all.flatMap { combination in
        values.map { value in
          var extended = combination
          extended[keyPath: axis] = value
          return extended
        }
      }
    }
    extend(\.aead, system.hasCrypto ? sweep.aeads.filter(system.offers) : [nil])
    extend(\.frameBytes, sweep.frameBytes)
    extend(\.threads, threads(of: system))
    if system.choosesSealThreads, let sealThreads = sweep.sealThreads {
      extend(\.sealThreads, sealThreads)
      all.removeAll { ($0.sealThreads ?? 0) >= $0.threads }
    }
    extend(\.extraHeadroomBytes, sweep.extraHeadroomBytes)
    extend(\.tunnels, system.hasAssociations ? sweep.tunnels : [1])
    extend(\.cores, system == .cryptodev ? [.one] : sweep.cores)
    extend(\.headerFields, system.hasStages ? sweep.headerFields ?? [tunnel.headerFields] : [.none])
    extend(\.hasSelectors, system.hasStages ? sweep.selectors ?? [tunnel.hasSelectors] : [false])
    extend(\.flows, sweep.flows)
    extend(\.windowSize, system.hasReplayWindow ? sweep.windowSizes ?? [-1] : [0])
    extend(\.esn, system.hasESN ? sweep.esn : [false])
    extend(\.replayedPercent, system.hasReplayWindow ? sweep.replayedPercent : [0])
    extend(\.replayAgePackets, system.hasReplayWindow ? sweep.replayAgePackets : [0])
    extend(\.forgedPercent, system.hasReplayWindow ? sweep.forgedPercent : [0])
    let standard = standardWindow(of: system, threadsMax: all.map(\.threads).max() ?? 0)
    for index in all.indices where all[index].windowSize < 0 { all[index].windowSize = standard }
    return all
  }

  /// The replay window of a descriptor that does not say: a pipeline reorders what is in flight, and so its
  /// receiver must remember as many packets. It is the same with few threads as with many, so that cases
  /// differ by their threads alone, and one calibration serves them all.
  private func standardWindow(of system: System, threadsMax: Int) -> Int {
    guard system == .espPipeline, measure.what == .throughput else { return Self.windowSize }
    var size = Self.windowSize
    while size < traffic.framesInFlight(threads: threadsMax) { size *= 2 }
    return size
  }

  /// The replay window where nothing asks for more, packets.
  static let windowSize = 1024

  private func makeCase(
    _ system: System, _ point: Combination, mode: PeerMode? = nil
  ) -> Case {
    let packetBytes = point.frameBytes - Ethernet.framingBytes
    let length = sweep.isByPacket ? "\(packetBytes)P" : "\(point.frameBytes)B"
    var name =
      "\(system.rawValue)-\(point.aead?.shortName ?? "none")-\(length)"
      + "-\(point.threads)t-\(point.extraHeadroomBytes)h"
    var axes: [String: String] = sweep.isByPacket ? ["packet_bytes": "\(packetBytes)"] : [:]
    if let sealThreads = point.sealThreads {
      name += "-s\(sealThreads)"
      axes["seal_threads"] = "\(sealThreads)"
    }
    if sweep.tunnels.count > 1, system.hasAssociations {
      name += "-\(point.tunnels)sa"
      axes["tunnels"] = "\(point.tunnels)"
    }
    if sweep.cores.count > 1, system != .cryptodev {
      name += "-\(point.cores.rawValue)"
      axes["cores"] = point.cores.rawValue
    }
    if sweep.headerFields?.count ?? 1 > 1, system.hasStages {
      name += point.headerFields == .none ? "-plain" : "-fields"
      axes["header_fields"] = point.headerFields.rawValue
    }
    if sweep.selectors?.count ?? 1 > 1, system.hasStages {
      name += point.hasSelectors ? "-checked" : "-unchecked"
      axes["selectors"] = "\(point.hasSelectors)"
    }
    if sweep.flows.count > 1 {
      name += "-\(point.flows)f"
      axes["flows"] = "\(point.flows)"
    }
    if sweep.windowSizes?.count ?? 1 > 1, system.hasReplayWindow {
      name += "-w\(point.windowSize)"
      axes["window_size"] = "\(point.windowSize)"
    }
    if sweep.esn.count > 1, system.hasESN {
      name += point.esn ? "-esn" : "-noesn"
      axes["esn"] = "\(point.esn)"
    }
    if sweep.replayedPercent.count > 1, system.hasReplayWindow {
      name += "-r\(point.replayedPercent)"
      axes["replayed_percent"] = "\(point.replayedPercent)"
    }
    if sweep.replayAgePackets.count > 1, system.hasReplayWindow {
      name += "-a\(point.replayAgePackets)"
      axes["replay_age_packets"] = "\(point.replayAgePackets)"
    }
    if sweep.forgedPercent.count > 1, system.hasReplayWindow {
      name += "-x\(point.forgedPercent)"
      axes["forged_percent"] = "\(point.forgedPercent)"
    }
    if measure.setup == .dut { name += "-\(mode?.rawValue ?? "solo")" }
    if let mode { axes["peer_mode"] = mode.rawValue }
    return Case(
      name: name, system: system, aead: point.aead, threads: point.threads,
      sealThreads: point.sealThreads, frameBytes: point.frameBytes,
      extraHeadroomBytes: point.extraHeadroomBytes, flows: point.flows, windowSize: point.windowSize,
      esn: point.esn, replayedPercent: point.replayedPercent, replayAgePackets: point.replayAgePackets,
      forgedPercent: point.forgedPercent, tunnels: point.tunnels, cores: point.cores,
      headerFields: point.headerFields, hasSelectors: point.hasSelectors, link: link, setup: measure.setup,
      peerMode: mode, axes: axes)
  }
}
