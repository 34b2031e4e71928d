import Cases
import Foundation

/// Rules on combinations of a descriptor's values. Single values are checked by the shape.
struct DescriptorRules {
  /// The most cases of a descriptor.
  static let casesMax = 100_000

  let descriptor: Descriptor
  private let given: JSONObject
  private var problems: [DescriptorError.Problem] = []

  /// - Parameter given: the tree before it was normalised; it tells whether an axis was given as a list.
  static func problems(in descriptor: Descriptor, given: JSONObject) -> [DescriptorError.Problem] {
    var rules = DescriptorRules(descriptor: descriptor, given: given)
    rules.checkSystems()
    rules.checkOperations()
    rules.checkThreads()
    rules.checkSelectors()
    rules.checkSenders()
    rules.checkBuffers()
    rules.checkFragments()
    rules.checkPadding()
    rules.checkSize()
    rules.checkTunnel()
    rules.checkFrames()
    rules.checkVersions()
    rules.checkRate()
    // The following rules make the cases, so they need a descriptor without problems, with a limited number
    // of cases.
    if rules.problems.isEmpty { rules.checkSetup() }
    if rules.problems.isEmpty { rules.checkSearch() }
    if rules.problems.isEmpty { rules.checkLink() }
    if rules.problems.isEmpty { rules.checkWindows() }
    if rules.problems.isEmpty { rules.checkPeers() }
    if rules.problems.isEmpty { rules.checkImpairment() }
    if rules.problems.isEmpty { rules.checkClasses() }
    if rules.problems.isEmpty { rules.checkTunnels() }
    if rules.problems.isEmpty { rules.checkRekeying() }
    if rules.problems.isEmpty { rules.checkHashKey() }
    if rules.problems.isEmpty { rules.checkFilling() }
    return rules.problems
  }

  private init(descriptor: Descriptor, given: JSONObject) {
    (self.descriptor, self.given) = (descriptor, given)
  }

  mutating func refuse(_ path: String, _ reason: String) {
    problems.append(.init(path: path, reason: reason))
  }

  private mutating func checkSystems() {
    let what = descriptor.measure.what
    let implemented = System.implemented(for: what).map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    for (index, system) in descriptor.systems.enumerated() where !system.quantities.contains(what) {
      let name = "\"\(system.rawValue)\""
      guard let other = system.quantities.first else {
        refuse(
          "systems[\(index)]",
          "\(name) is a system of the suite that this version does not run; it runs \(implemented)")
        continue
      }
      refuse(
        "systems[\(index)]",
        "\(name) runs with measure.what \"\(other.rawValue)\" alone; with \"\(what.rawValue)\" "
          + "this version runs \(implemented)")
    }
  }

  /// Checks that each system has an operation to measure.
  private mutating func checkOperations() {
    let operations = descriptor.measure.operations
    if operations.isEmpty || operations.contains(.seal) || operations.contains(.open) { return }
    for (index, system) in descriptor.systems.enumerated()
    where !system.hasStages {
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" is a bare call and has no stage; measure.operations needs \"seal\" or "
          + "\"open\" beside \(operations.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))")
    }
  }

  /// Whether gateways check the addresses of opened packets in any case.
  var checksSelectors: Bool {
    let swept = descriptor.sweep[.selectors]
    return swept.isEmpty ? descriptor.tunnel.hasSelectors : swept.contains(true)
  }

  /// Checks that selectors, which allow one pair of hosts, are used with one tunnel and one sender.
  private mutating func checkSelectors() {
    guard checksSelectors else { return }
    for axis in [Axis.tunnels, .senders] {
      guard let most = most(axis, above: 1) else { continue }
      refuse(
        descriptor.sweep[.selectors].isEmpty ? "tunnel.selectors" : "sweep.selectors",
        "is possible with one tunnel alone; sweep.\(axis.rawValue) has \(most)")
    }
  }

  /// Checks senders. All senders form one group; the cost of sealing does not depend on their number.
  private mutating func checkSenders() {
    guard most(.senders, above: 1) != nil else { return }
    if let tunnels = most(.tunnels, above: 1) {
      refuse("sweep.senders", "is possible with one tunnel alone; sweep.tunnels has \(tunnels)")
    }
    if let operation = descriptor.measure.operations.first(where: { ![.open, .openStage].contains($0) }) {
      refuse(
        "measure.operations",
        "has \"\(operation.rawValue)\", which costs a sender the same however many others there are; with "
          + "sweep.senders allowed are \"open\" and \"open-stage\"")
    }
  }

  private mutating func checkThreads() {
    let what = descriptor.measure.what
    let systems = descriptor.systems.filter { $0.quantities.contains(what) }
    if what == .packetCost || systems.isEmpty { return }
    if descriptor.measure.setup == .dut { return }
    for (index, threads) in descriptor.sweep.integers(.threads).enumerated()
    where !systems.contains(where: { $0.threadCounts.contains(threads) }) {
      let counts = systems.map { system in "\(system.rawValue) has \(Self.text(system.threadCounts))" }
      refuse(
        element(.threads, index),
        "\(threads) threads are possible with none of the systems: \(counts.joined(separator: ", "))")
    }
    for system in System.allCases {
      guard let counts = descriptor.sweep.threadsOf[system] else { continue }
      if !descriptor.systems.contains(system) {
        refuse("sweep.threads_of.\(system.rawValue)", "is given, but systems has no \(system.rawValue)")
      }
      for threads in counts where !system.threadCounts.contains(threads) {
        refuse(
          "sweep.threads_of.\(system.rawValue)",
          "\(threads) is not possible; \(system.rawValue) has \(Self.text(system.threadCounts))")
      }
    }
    if !descriptor.sweep[.sealThreads].isEmpty, !systems.contains(where: \.choosesSealThreads) {
      let users = System.allCases.filter(\.choosesSealThreads).map(\.rawValue).joined(separator: ", ")
      refuse("sweep.seal_threads", "is used by \(users) alone, and systems has none of them")
    }
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? "exactly \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }

  private mutating func checkTunnel() {
    let number = Int(descriptor.tunnel.encapsulation.vpeProtocol)
    let isIPv6 = descriptor.outerVersions.contains(.ipv6)
    if let reason = ProtocolNumber.refusal(of: number, isIPv6: isIPv6) { refuse("tunnel.protocol", reason) }
  }

  /// Checks that a window has at least one frame at a fixed rate, and that bursts have a fixed rate.
  private mutating func checkRate() {
    guard descriptor.measure.what == .throughput else { return }
    let bursts = asked(.burstFrames)
    if let bursts { requireCircuit("has no frames that are due at fixed times", with: bursts) }
    guard case .mpps(let rate) = descriptor.traffic.rate else {
      if let bursts {
        refuse(
          "traffic.rate_mpps",
          "must be a number with \(bursts): at the rate \"max\" frames go as others come back")
      }
      return
    }
    let seconds = descriptor.measure.windowSeconds
    if rate * 1e6 * seconds < 1 {
      refuse(
        "traffic.rate_mpps",
        "\(rate) makes less than a frame in a window of \(seconds) s; lengthen measure.window_seconds")
    }
  }

  /// The most threads of a gateway on veth: af_packet has at most 16 queues per direction.
  static let vethThreadsMax = 16
  /// The most threads of one direction on ring links: DPDK has 32 ports, and a link with 16 queues takes two.
  static let ringDirectionMax = 80

  private static func vethSteering(_ value: String) -> String {
    "\"\(value)\" is not possible with link \"veth\", which keeps no queues apart; allowed is \"software\""
  }

  private mutating func checkLink() {
    if descriptor.link == .ring {
      for point in descriptor.cases {
        let sealing = point.sealThreads ?? (point.threads + 1) / 2
        let most = max(sealing, point.threads - sealing)
        if point.system.runsInParallel, most > Self.ringDirectionMax {
          refuse(
            "sweep.seal_threads",
            "\(sealing) of \(point.threads) threads leave \(most) in one direction, and link \"ring\" has "
              + "queues for \(Self.ringDirectionMax)")
        }
      }
    }
    if descriptor.link == .veth {
      for (index, bytes) in descriptor.sweep.integers(.extraHeadroomBytes).enumerated() where bytes != 0 {
        refuse(
          element(.extraHeadroomBytes, index),
          "\(bytes) is not possible with link \"veth\", whose device sets its own headroom; allowed is 0")
      }
      checkVethThreads()
      if descriptor.steering != .software, descriptor.cases.contains(where: { $0.threads > 2 }) {
        refuse("steering", Self.vethSteering(descriptor.steering.rawValue))
      }
      for (index, value) in descriptor.sweep[.steering].enumerated() where value != "software" {
        refuse(element(.steering, index), Self.vethSteering(value.text))
      }
    }
    if descriptor.link != .ports {
      refuse(.nic, "with link \"\(descriptor.link.rawValue)\", which has no NIC; say \"software\"")
    } else {
      refuse(.hash, "with link \"ports\", whose devices hash by themselves; say \"queue\"")
    }
    if descriptor.link == .ports, descriptor.ports == nil {
      refuse("ports", "is missing; link \"ports\" needs the DPDK device arguments of each role")
    }
    if descriptor.link != .ports, descriptor.ports != nil {
      refuse("ports", "is used by link \"ports\" alone; the link here is \"\(descriptor.link.rawValue)\"")
    }
    if descriptor.link != .ring, descriptor.fault != nil {
      refuse(
        "fault", "is possible with link \"ring\" alone; the link here is \"\(descriptor.link.rawValue)\"")
    }
  }

  private mutating func checkPeers() {
    if descriptor.systems.contains(.ipsecSecgw) { checkIPv4("where ipsec-secgw is among the systems") }
    guard let peer else { return }
    if descriptor.link != .veth {
      refuse(
        peer, "is possible with link \"veth\" alone; the link here is \"\(descriptor.link.rawValue)\"")
    }
    for (index, system) in descriptor.systems.enumerated() where system != .espSingle {
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" does not speak with the gateway in peers; "
          + "allowed is \"esp-single\"")
    }
    if descriptor.peers.values.contains(where: { !$0.isStrongSwan }) {
      for (index, aead) in descriptor.sweep[.aead].enumerated()
      where AEADAlgorithm(rawValue: aead.text).map(System.ipsecSecgw.offers) == false {
        refuse(element(.aead, index), "\"\(aead.text)\" is no cipher of the gateway in peers")
      }
      if descriptor.carriers.contains(.udp) {
        refuse(path(of: .encapsulation), "must be \"ip\" for the gateway in peers")
      }
    }
    checkIPv4("for the gateway in peers")
    if descriptor.tunnel.headerFields != .none {
      refuse("tunnel.header_fields", "must be \"none\" for the gateway in peers, which counts hops its way")
    }
    if descriptor.peers.values.contains(.strongSwan) { checkStrongSwan() }
  }

  /// `libipsec` itself states these limits: "only UDP encapsulation is supported", "ESN not supported".
  private mutating func checkStrongSwan() {
    if descriptor.carriers.contains(.ip) {
      refuse(path(of: .encapsulation), "must be \"udp\" for strongSwan, which has no other")
    }
    for (index, value) in descriptor.sweep[.esn].enumerated() where value == true {
      refuse(element(.esn, index), "must be false for strongSwan, which has no extended sequence numbers")
    }
  }

  private mutating func checkImpairment() {
    if descriptor.sweep[.replayAgePackets] != [0], descriptor.sweep[.replayedPercent] == [0] {
      refuse("sweep.replay_age_packets", "is given, but sweep.replayed_percent has no replays")
    }
    guard descriptor.isImpaired else { return }
    let cause =
      descriptor.impairment != Impairment()
      ? "an impairment" : descriptor.isAttacked ? "an attacker in the sweep" : "late_packets in the sweep"
    if descriptor.measure.setup == .dut {
      refuse("measure.setup", "\"dut\" has one gateway alone, where \(cause) has no link to work on")
    }
    if let peer { refuse(peer, "counts nothing that could be compared with \(cause)") }
  }

  private mutating func checkVethThreads() {
    let reason =
      "is not possible with link \"veth\", whose devices have 16 queues; "
      + "allowed is up to \(Self.vethThreadsMax)"
    refuseThreads(above: Self.vethThreadsMax, reason)
  }

  /// Refuses thread counts above `most`, for all systems or single ones. The message begins with the count.
  mutating func refuseThreads(above most: Int, _ reason: String) {
    for (index, threads) in descriptor.sweep.integers(.threads).enumerated() where threads > most {
      refuse(element(.threads, index), "\(threads) \(reason)")
    }
    for (system, counts) in descriptor.sweep.threadsOf.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      for threads in counts where threads > most {
        refuse("sweep.threads_of.\(system.rawValue)", "\(threads) \(reason)")
      }
    }
  }

  private mutating func checkSize() {
    let sweep = descriptor.sweep
    let axes = Axis.allCases.filter { $0 != .packetBytes }.map { axis in
      let own = axis == .threads ? sweep.threadsOf.values.map(\.count).max() ?? 1 : 1
      return max(sweep[axis].count, own)
    }
    // The product may exceed every integer, so it is a floating-point number.
    let cases = axes.reduce(Double(descriptor.systems.count)) { $0 * Double($1) }
    if cases > Double(Self.casesMax) {
      let count = JSONValue.number(cases).described
      refuse("sweep", "has \(count) combinations; allowed are up to \(Self.casesMax)")
    }
  }

  /// The path of a value of an axis.
  func element(_ axis: Axis, _ index: Int) -> String {
    let isList =
      if case .object(let sweep)? = given["sweep"], case .array? = sweep[axis.rawValue] { true } else {
        false
      }
    return "sweep.\(axis.rawValue)" + (isList ? "[\(index)]" : "")
  }
}
