import Basics
import Cases
import Descriptors
import Foundation
import Machine
import Results
import Roles

/// Checks what the hosts of a testbed offer and lack, and whether their links connect the ports that the
/// inventory says.
public struct TestbedCheck {
  /// Findings under a title: a role, `hosts`, or `links`.
  public struct Section {
    /// The role, `hosts`, or `links`.
    public let title: String
    /// In the order in which they are shown.
    public let findings: [MachineCheck.Finding]
  }

  /// The findings by section.
  public let sections: [Section]
  /// Whether nothing is lacking.
  public var isReady: Bool { !sections.flatMap(\.findings).contains { $0.state == .lacking } }

  /// The sections as lines of text, each lack with its remedy below it.
  public func lines() -> [String] {
    let width = sections.flatMap(\.findings).map(\.what.count).max() ?? 0
    return sections.flatMap { [$0.title] + MachineCheck.lines($0.findings, width: width) + [""] }
  }

  /// Seconds for which probe frames are sent and received.
  private static let probeSeconds = 2.0

  /// Connects to the hosts, asks each for its properties, and sends probe frames over the links.
  /// - Throws: `RunError.temporaryFolder`.
  public static func of(_ testbed: Testbed) throws -> TestbedCheck {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let sites = TestbedSites(testbed, for: [])
    var hosts: [Replica<RoleName>: Results.Environment] = [:]
    var machines: [Replica<RoleName>: String] = [:]
    var sections: [Section] = []
    let roles = RoleName.all(testbed.replicas)
    // Start without hardware, so that lacking requirements of it are reported with their remedies.
    let starts = roles.map { role in
      Result { try start(role, sites, folder.path, usesHardware: false) }
    }
    for (role, start) in zip(roles, starts) {
      do {
        let process = try start.get()
        defer { process.end() }
        try process.waitUntilUp()
        let host = testbed.host(of: role)
        if case .described(let environment, let machine) = try process.ask(.describe) {
          (hosts[role], machines[role]) = (environment, machine)
        }
        var findings = [MachineCheck.Finding("host", .ok, "reached, with this program")]
        let question = RoleCommand.examine(
          cpus: host.cpus, numaNode: host.numaNode, devices: testbed.devices(of: role))
        if case .examined(let found) = try process.ask(question) { findings += found }
        sections.append(Section(title: role.name, findings: findings))
      } catch {
        var remedy = "Try the launcher by hand with `true` behind it: it must end well and print nothing."
        if case RunError.cannotStart? = error as? RunError {
          remedy = "Its launcher works: mend what stands in brackets."
        }
        let finding = MachineCheck.Finding("host", .lacking, "\(error)", remedy: remedy)
        sections.append(Section(title: role.name, findings: [finding]))
      }
    }
    sections.append(Section(title: "hosts", findings: comparison(hosts, machines, testbed)))
    if hosts.count == roles.count {
      sections.append(Section(title: "links", findings: links(testbed, sites, folder.path)))
    }
    return TestbedCheck(sections: sections)
  }

  /// Starts the process of a role, and does not wait until it is up: hosts start side by side.
  private static func start(
    _ role: Replica<RoleName>, _ sites: TestbedSites, _ folder: String, usesHardware: Bool
  ) throws -> RoleProcess {
    var options = RoleProcess.Options(
      executable: "", cpus: sites.cpus(of: role), logPath: folder + "/\(role.name).log")
    options.usesHardware = usesHardware
    options.replica = role.number
    options.site = sites.site(of: role)
    return try RoleProcess(starting: [role.kind], options)
  }

  // MARK: - Hosts beside each other

  private static func comparison(
    _ hosts: [Replica<RoleName>: Results.Environment], _ machines: [Replica<RoleName>: String],
    _ testbed: Testbed
  ) -> [MachineCheck.Finding] {
    let properties: [(String, (Results.Environment) -> String?)] = [
      ("processors", { $0.cpu.name }), ("microcode", { $0.cpu.microcode }), ("DPDK", { $0.software.dpdk }),
      ("crypto code", { $0.software.intelIpsecMbArchitecture }), ("kernels", { $0.system.kernel }),
    ]
    let alike = properties.map { alikeness($0, hosts, $1) }
    let sharers = SharedCPUs.users(machines) { testbed.host(of: $0).cpus }
    if sharers.isEmpty { return alike }
    let names = sharers.sorted().map(\.name).joined(separator: ", ")
    return alike + [
      MachineCheck.Finding(
        "CPUs", .warning, "\(names) have the same on one machine",
        remedy: "Give each its own; figures are of the basis `capacity` otherwise.")
    ]
  }

  /// Whether a property is the same on all hosts.
  package static func alikeness(
    _ what: String, _ hosts: [Replica<RoleName>: Results.Environment],
    _ property: (Results.Environment) -> String?
  ) -> MachineCheck.Finding {
    let values = hosts.mapValues { property($0) ?? "unknown" }
    let distinct = Set(values.values)
    if distinct.count < 2 { return MachineCheck.Finding(what, .ok, distinct.first ?? "unknown") }
    let list = values.sorted { $0.key < $1.key }.map { "\($0.key.name) \($0.value)" }
    return MachineCheck.Finding(
      what, .warning, list.joined(separator: ", "),
      remedy: "The gateways at least should be alike: a case is as fast as the slower one.")
  }

  // MARK: - Links

  private static func links(
    _ testbed: Testbed, _ sites: TestbedSites, _ folder: String
  ) -> [MachineCheck.Finding] {
    do {
      let id = UInt64.random(in: .min ... .max)
      var processes: [RoleProcess] = []
      defer { processes.forEach { $0.end() } }
      for role in RoleName.all(testbed.replicas) {
        let isHardware = testbed.devices(of: role).contains(where: RoleCrew.isHardware)
        processes.append(try start(role, sites, folder, usesHardware: isHardware))
      }
      try processes.forEach { try $0.waitUntilUp() }
      // Send all commands before waiting: a link comes up when both of its ends are open.
      for process in processes {
        let own = testbed.devices.filter { $0.key.host == process.player }
        try process.tell(.openLinks(LinkProbe.Plan(devices: own, id: id)))
      }
      for process in processes { _ = try process.answer(within: RoleProcess.answerSeconds) }
      for process in processes { try process.tell(.probeLinks(seconds: probeSeconds)) }
      let found = try processes.flatMap { process -> [LinkProbe.Finding] in
        guard case .linksProbed(let ends) = try process.answer(within: RoleProcess.answerSeconds) else {
          return []
        }
        return ends
      }
      return found.flatMap { findings($0, gbps: testbed.host(of: $0.port.host).linkGbps) }
    } catch {
      return [
        MachineCheck.Finding(
          "ports", .lacking, "\(error)",
          remedy: "`dpdk-devbind.py --status` on that host tells what drives each port.")
      ]
    }
  }

  /// The findings for a port: its cable, its rate, its steering.
  package static func findings(_ found: LinkProbe.Finding, gbps: Double?) -> [MachineCheck.Finding] {
    [cable(found)] + [rate(found, gbps)].compactMap(\.self) + [spreading(found)] + rules(found)
  }

  private static func cable(_ found: LinkProbe.Finding) -> MachineCheck.Finding {
    let what = found.port.name
    let peer = found.port.peer
    let heard = found.heard.map(\.name).joined(separator: ", ")
    // A switch that has not learnt an address yet floods frames, so other ports may be heard, too.
    if found.heard.contains(peer) { return MachineCheck.Finding(what, .ok, "hears \(heard)") }
    if !found.isUp {
      return MachineCheck.Finding(
        what, .lacking, "its link is down", remedy: "Look at cable, transceiver and switch.")
    }
    if found.heard.isEmpty {
      return MachineCheck.Finding(
        what, .lacking, "its link is up, and nothing comes from \(peer.name)",
        remedy: "See where the cable leads, and whether a switch passes frames on.")
    }
    return MachineCheck.Finding(
      what, .lacking, "hears \(heard) instead of \(peer.name)",
      remedy: "Cables are crossed: change them, or the ports in the inventory.")
  }

  private static func rate(_ found: LinkProbe.Finding, _ gbps: Double?) -> MachineCheck.Finding? {
    guard let gbps else { return nil }
    let what = "\(found.port.name) rate"
    guard let megabits = found.megabits else {
      return MachineCheck.Finding(
        what, .warning, "unknown", remedy: "The driver tells none; look at it by the switch or ethtool.")
    }
    let value = String(format: "%g Gbit/s", Double(megabits) / 1000)
    if Double(megabits) == gbps * 1000 { return MachineCheck.Finding(what, .ok, value) }
    return MachineCheck.Finding(
      what, .lacking, "\(value), not \(String(format: "%g", gbps))",
      remedy: "See what the ports negotiate, and the slot's lanes, or correct link_gbps.")
  }

  private static func spreading(_ found: LinkProbe.Finding) -> MachineCheck.Finding {
    let what = "\(found.port.name) RSS"
    let hashes = found.offer.hashes.map(\.rawValue).joined(separator: ", ")
    if !hashes.isEmpty {
      return MachineCheck.Finding(
        what, .ok, "\(hashes); a table of \(found.offer.tableEntries), \(found.offer.queues) queues")
    }
    return MachineCheck.Finding(
      what, .warning, "none",
      remedy: "Nothing spreads packets over threads here but the kernel, or a stage (docs/hosts.md).")
  }

  /// The flow rules that a black port supports; empty for red ports, which need none.
  private static func rules(_ found: LinkProbe.Finding) -> [MachineCheck.Finding] {
    guard found.port.kind.isBlack else { return [] }
    let rules = found.offer.rules.map(\.description).joined(separator: ", ")
    return [MachineCheck.Finding("\(found.port.name) rules", .ok, rules.isEmpty ? "none" : rules)]
  }
}
