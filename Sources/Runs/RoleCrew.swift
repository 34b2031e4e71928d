import Basics
import Cases
import Dataplane
import Descriptors
import Foundation
import Results
import Roles

/// The processes that play a case's roles: one process for all roles over ring links, otherwise one for each
/// role.
///
/// They serve many cases, since starting DPDK takes a while; when one dies, all are replaced.
final class RoleCrew {
  let link: LinkKind
  let cpus: [Int]
  let executable: String
  let logFolder: String
  /// Device arguments of ports; empty where links are something else.
  let ports: [Replica<LinkEnd>: String]
  /// Whether ports are to steer packets to threads.
  let descriptorSteers: Bool
  /// The hosts of the roles; nil if all are on this machine.
  let testbed: TestbedSites?
  private(set) var processes: [RoleProcess] = []
  /// Gateways played by third-party programs; the processes of these roles only hold their networks.
  private let peers: [RoleName: PeerGateway]
  private var peerProcesses: [PeerProcess] = []
  /// The offers of the ports that were asked.
  var offers: [Replica<LinkEnd>: PortOffer] = [:]
  /// Frames that found no room in a capture on a host of a testbed.
  var leftOutOfCapture: UInt64 = 0
  /// A secret of this run for socket names.
  let secret = String(UInt64.random(in: .min ... .max), radix: 16)

  /// Largest IP packet on a veth link: a frame of 1518 bytes with every header.
  static let mtuBytes = 1700

  /// - Parameter link: replaces the descriptor's link, if not nil.
  /// - Parameter testbed: the hosts of the roles; nil for this machine.
  init(
    descriptor: Descriptor, link other: LinkKind? = nil, cpus: [Int], executable: String, logFolder: String,
    testbed: TestbedSites? = nil
  ) {
    self.testbed = testbed
    link = other ?? descriptor.link
    ports = testbed?.testbed.devices ?? [Replica<LinkEnd>: String](descriptor.ports?.devices ?? [:])
    descriptorSteers = (descriptor.cases.map(\.steering) + [descriptor.steering]).contains(.nic)
    peers = descriptor.peers
    self.cpus = cpus
    self.executable = executable
    self.logFolder = logFolder
  }

  deinit { dismiss() }

  /// Ends all processes; the next case starts new ones.
  func dismiss() {
    peerProcesses.removeAll()
    // All are told before the first is waited for.
    processes.forEach { $0.hangUp() }
    processes.removeAll()
  }

  /// Whether a program of this suite plays the role.
  private func isOurs(_ process: RoleProcess) -> Bool { process.roles.isDisjoint(with: peers.keys) }

  /// Starts the peers of a sample, in the networks of their roles, and waits until they forward.
  /// - Throws: `RunError`.
  func startPeers(_ plan: CasePlan) throws {
    peerProcesses.removeAll()
    for process in processes where !isOurs(process) {
      guard let role = process.roles.first, let peer = peers[role] else { continue }
      let started = try start(peer, plan, as: role, network: process.identifier)
      try started.waitUntilForwarding(seconds: SampleRunner.linkSeconds)
      peerProcesses.append(started)
    }
  }

  private func start(
    _ peer: PeerGateway, _ plan: CasePlan, as role: RoleName, network: Int32
  ) throws -> PeerProcess {
    // A packet socket sends from its interface's address, and the generator checks every byte.
    let ends: [LinkEnd] =
      role == .gatewayA ? [.gatewayARed, .gatewayABlack] : [.gatewayBRed, .gatewayBBlack]
    for (device, end) in zip(["red", "black"], ends) {
      try NetworkNamespace.setAddress(of: device, in: network, to: "\(end.address)")
    }
    let entrance = NetworkNamespace.entrance(to: network)
    let cpu = cpus[role == .gatewayA ? 0 : cpus.count - 1]
    let name = "\(role.rawValue)-peer"
    switch peer {
    case .ipsecSecgw(let mode):
      return try PeerProgram.start(
        PeerConfiguration(plan, role, mode: mode), plan, besides: executable, entrance: entrance, cpu: cpu,
        logFolder: logFolder, name: name)
    case .strongSwan:
      return try StrongSwanProgram.start(
        StrongSwanConfiguration(plan, role), besides: executable, entrance: entrance,
        logPath: logFolder + "/\(name).log")
    }
  }

  /// Ends the peers of a sample.
  func endPeers() { peerProcesses.removeAll() }

  /// Starts the processes unless they run.
  /// - Returns: ticks of the time-stamp counter in a second.
  /// - Throws: `RunError`.
  @discardableResult
  func assemble() throws -> UInt64? {
    guard processes.isEmpty else { return processes.first?.ticksPerSecond }
    do {
      let groups: [(Set<RoleName>, Int)] =
        [.ring, .none, .memif].contains(link)
        ? [(Set(RoleName.allCases), 0)] : RoleName.all(replicas).map { ([$0.kind], $0.number) }
      for (roles, number) in groups {
        processes.append(try RoleProcess(starting: roles, options(of: roles, number)))
      }
      // They start side by side, for much of a start is waiting.
      try processes.forEach { try $0.waitUntilUp() }
      if testbed != nil { try requireUnchanged() }
      if link == .veth { try connect() }
    } catch {
      dismiss()
      throw error
    }
    return processes.first?.ticksPerSecond
  }

  private func options(of roles: Set<RoleName>, _ number: Int) -> RoleProcess.Options {
    let player = roles.count == 1 ? roles.first.map { Replica($0, number) } : nil
    var options = RoleProcess.Options(
      executable: executable, cpus: cpus, logPath: logFolder + "/\(player?.name ?? "roles").log")
    options.ownsNetwork = link == .veth
    options.replica = number
    let devices = ports.filter { testbed == nil || $0.key.isOf(roles, number) }
    options.usesHardware = link == .ports && devices.values.contains(where: Self.isHardware)
    guard let testbed else { return options }
    // Work of all roles in one process is done on the host on which costs are measured.
    options.site = testbed.site(of: player ?? TestbedSites.measured)
    if let player { options.cpus = testbed.cpus(of: player) }
    return options
  }

  /// How many generators there are, and as many reflectors.
  var replicas: Int { testbed?.testbed.replicas ?? 1 }

  /// Whether some of a descriptor's own ports, on this machine, are PCI devices.
  static func usesHardware(_ descriptor: Descriptor) -> Bool {
    descriptor.link == .ports && descriptor.ports?.devices.values.contains(where: isHardware) == true
  }

  /// Makes all processes open ports and make stages.
  /// - Throws: `RunError`.
  func setUp(_ plan: CasePlan) throws { try all { .setUp(self.plan(plan, for: $0)) } }

  /// Whether device arguments name a PCI device, which needs huge pages and the bus.
  static func isHardware(_ devargs: String) -> Bool {
    devargs.range(of: "^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]", options: .regularExpression)
      != nil
  }

  /// The device's PCI address with domain, in lower case; nil for a device that has none.
  static func pciAddress(_ devargs: String) -> String? {
    guard isHardware(devargs) else { return nil }
    let short = String(devargs.prefix { $0 != "," }).lowercased()
    return short.split(separator: ":").count < 3 ? "0000:\(short)" : short
  }

  /// Device arguments for each port; nil for ring links.
  /// - Throws: `RoleError`.
  func devices(_ plan: CasePlan) throws -> [Replica<LinkEnd>: String]? {
    switch link {
    case .ring, .memif, .none: return nil
    case .ports:
      let queues = testbed == nil ? [:] : try plan.queuePairs()
      return ports.reduce(into: [:]) { devices, device in
        let arguments = DeviceArguments.withSecretSocket(device.value, at: device.key, secret)
        devices[device.key] = DeviceArguments.withQueues(arguments, queues[device.key.kind])
      }
    case .veth:
      let queues = try plan.queuePairs()
      return Dictionary(
        uniqueKeysWithValues: LinkEnd.all(1).map { port in
          let device = port.kind.isBlack ? "net_af_packet1,iface=black" : "net_af_packet0,iface=red"
          return (port, "\(device),qpairs=\(queues[port.kind] ?? 1)")
        })
    }
  }

  private func connect() throws {
    func process(_ role: RoleName) throws -> Int32 {
      guard let found = processes.first(where: { $0.roles.contains(role) }) else {
        throw RunError.network(step: role.rawValue, reason: "its process is not there")
      }
      return found.identifier
    }
    let pairs: [(RoleName, RoleName, String)] = [
      (.generator, .gatewayA, "red"), (.gatewayA, .gatewayB, "black"), (.gatewayB, .reflector, "red"),
    ]
    for (near, far, device) in pairs {
      try NetworkNamespace.connect(
        (try process(near), device), (try process(far), device), mtuBytes: RoleCrew.mtuBytes)
    }
  }

  /// Sends a command to all processes, and collects their answers.
  /// - Throws: `RunError`.
  @discardableResult
  func all(_ command: RoleCommand) throws -> [RoleAnswer] { try all { _ in command } }

  @discardableResult
  func all(
    _ command: (RoleProcess) -> RoleCommand, where isMeant: (RoleProcess) -> Bool = { _ in true }
  ) throws -> [RoleAnswer] {
    do {
      // Send all commands first: devices that connect to each other must not wait for each other's process.
      let players = processes.filter { isOurs($0) && isMeant($0) }
      for process in players { try process.tell(command(process)) }
      return try players.map { try $0.answer(within: RoleProcess.answerSeconds) }
    } catch {
      if let death = peerProcesses.lazy.compactMap({ $0.death() }).first { throw death }
      // A dead process takes its devices along, and its neighbours complain first: report the dead one.
      throw processes.lazy.compactMap { $0.death() }.first ?? error
    }
  }

  /// Probes the CPUs in the first process, or, in a testbed, on the host on which costs are measured; all
  /// threads must have stopped.
  /// - Throws: `RunError`.
  func probe() throws -> RoleHost.Probe {
    try assemble()
    let process = processes.first { testbed == nil || $0.roles.contains(TestbedSites.measured.kind) }
    guard let process, case .probed(let found) = try process.ask(.probe) else {
      throw RunError.refused(role: "all roles", reason: "the process did not probe its CPUs")
    }
    return found
  }

  /// Takes a packet-cost sample in the first process.
  /// - Throws: `RunError`.
  func measure(_ plan: CostPlan) throws -> CostReport {
    guard let process = processes.first,
      case .cost(let report) = try process.ask(.measure(plan), within: RoleCrew.costSeconds)
    else { throw RunError.refused(role: "all roles", reason: "the process did not measure") }
    return report
  }

  /// Tests a DUT over rings in the first process.
  /// - Returns: a report for each direction.
  /// - Throws: `RunError`.
  func testOverRings(_ plan: TesterPlan) throws -> [TesterReport] {
    guard let process = processes.first,
      case .testerReports(let reports) = try process.ask(.testOverRings(plan), within: RoleCrew.turnsSeconds)
    else { throw RunError.refused(role: "all roles", reason: "the process did not test") }
    return reports
  }

  /// Sets up a DUT between rings in the first process, for trials.
  /// - Throws: `RunError`.
  func prepareTrials(_ plan: CasePlan) throws { _ = try processes.first?.ask(.prepareTrials(plan)) }

  /// Runs a trial in the first process.
  /// - Throws: `RunError`.
  func trial(_ plan: TrialPlan) throws -> TrialReport {
    guard let process = processes.first,
      case .tried(let report) = try process.ask(
        .trial(plan), within: plan.seconds + RoleProcess.answerSeconds)
    else { throw RunError.refused(role: "all roles", reason: "the process made no trial") }
    return report
  }

  /// The time limit for both turns of a tester, making frames included.
  private static let turnsSeconds = 120.0

  /// The time limit for one packet-cost sample: 10^9 packets of 1500 bytes, all operations, a busy machine.
  private static let costSeconds = 7200.0

  /// Sends a command to the processes of all generators.
  /// - Throws: `RunError`.
  func generator(_ command: RoleCommand) throws {
    try all({ _ in command }, where: { $0.roles.contains(.generator) })
  }
}

extension Descriptor.Ports {
  /// Device arguments for each end.
  var devices: [LinkEnd: String] {
    [
      .generator: generator, .gatewayARed: gatewayA.red, .gatewayABlack: gatewayA.black,
      .gatewayBRed: gatewayB.red, .gatewayBBlack: gatewayB.black, .reflector: reflector,
    ]
  }
}
