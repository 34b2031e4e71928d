import Basics
import Cases
import Descriptors
import Foundation
import Results
import Roles

/// The hosts of a testbed as a run uses them: with as many CPUs as its cases need, and with the properties
/// that they have reported.
final class TestbedSites {
  /// The role on whose host costs are measured, including a pipeline's stages.
  static let measured = Replica(RoleName.gatewayA)

  let testbed: Testbed
  private let cases: [Case]
  private let program = OwnProgram.sha256
  /// The roles that share CPUs with another role.
  private var sharers: Set<Replica<RoleName>> = []
  /// The properties of hosts, and for each an ID of its machine and boot.
  private var found: [Replica<RoleName>: Results.Environment] = [:]
  private var machines: [Replica<RoleName>: String] = [:]

  init(_ testbed: Testbed, for cases: [Case]) { (self.testbed, self.cases) = (testbed, cases) }

  func site(of role: Replica<RoleName>) -> RoleProcess.Site {
    RoleProcess.Site(host: testbed.host(of: role), leaseSeconds: testbed.leaseSeconds, program: program)
  }

  /// The CPUs for a role's threads, no more than it needs, for each costs memory and files.
  func cpus(of role: Replica<RoleName>) -> [Int] {
    let most = cases.map { $0.threadsMax(of: role.kind) }.max() ?? 1
    return Array(testbed.host(of: role).cpus.prefix(min(RoleHost.cpusMax, most)))
  }

  /// The CPUs for threads of all roles in one process, on the host of `measured`.
  var cpusForAll: [Int] {
    let most = cases.map(\.threadsMax).max() ?? 1
    return Array(testbed.host(of: Self.measured).cpus.prefix(min(RoleHost.cpusMax, most)))
  }

  func sharesCPUs(_ role: Replica<RoleName>) -> Bool { sharers.contains(role) }

  /// Records the hosts' properties, and by their IDs which of them are the same machine.
  func note(_ found: [Replica<RoleName>: Results.Environment], _ machines: [Replica<RoleName>: String]) {
    (self.found, self.machines) = (found, machines)
    sharers = SharedCPUs.users(machines, cpus: { self.cpus(of: $0) })
  }

  /// Records the new ID of a host that was rebooted and has not changed.
  func note(_ machine: String, of role: Replica<RoleName>) { machines[role] = machine }

  /// Whether a known host was rebooted since.
  func isStartedAnew(_ role: Replica<RoleName>, _ machine: String) -> Bool {
    machines[role].map { $0 != machine } ?? false
  }

  /// How a host differs from its recorded description.
  func changes(of role: Replica<RoleName>, _ now: Results.Environment) -> [String] {
    guard let before = found[role] else { return [] }
    return described(role, now).changes(since: described(role, before))
  }

  /// The description of a role's host for `environment.json`.
  func described(_ role: Replica<RoleName>, _ found: Results.Environment) -> Results.Environment.Host {
    let host = testbed.host(of: role)
    return Results.Environment.Host(
      found, roleCpus: cpus(of: role), sharesCpus: sharesCPUs(role), mtuBytes: host.mtuBytes,
      linkGbps: host.linkGbps)
  }

  /// The cases that the testbed can run, and a sentence on each reason why it cannot run others, with the
  /// remedy.
  func withoutGaps(_ here: [Case], of descriptor: Descriptor) -> (cases: [Case], gaps: [String]) {
    let groups = here.grouped { spreadGap(of: $0, descriptor) ?? mtuGap(of: $0, descriptor) }
    let gaps = groups.compactMap { reason, own in
      reason.map {
        let left = own.count.counted(of: cases.count, "case", "is", "are")
        return "\(left) left out on this testbed, \(own[0].name) first: \($0)"
      }
    }
    return (groups.first { $0.key == nil }?.values ?? [], gaps)
  }

  /// Why several generators cannot share a case: its frames may return to another generator.
  private func spreadGap(of point: Case, _ descriptor: Descriptor) -> String? {
    guard testbed.replicas > 1 else { return nil }
    return point.obstacle(to: testbed.replicas, point.steering ?? descriptor.steering).map {
      "it cannot be spread over \(testbed.replicas) generators (replicas): \($0); take an inventory without "
        + "replicas for that"
    }
  }

  /// Why a link cannot carry a case: its packets are larger than the MTU.
  private func mtuGap(of point: Case, _ descriptor: Descriptor) -> String? {
    let plan = CasePlan(point, sample: 0, of: descriptor, run: RunID(value: 0), assignment: nil, cpus: [])
    for port in LinkEnd.all(testbed.replicas) {
      guard let most = testbed.host(of: port.host).mtuBytes,
        case let needed = plan.mtuBytes(at: port.kind), needed > most
      else { continue }
      return "it needs IP packets of \(needed) bytes at \(port.name), and mtu_bytes of \(port.host.name) is "
        + "\(most); raise the MTU of that link"
    }
    return nil
  }
}

extension Case {
  /// Why this case cannot have so many generators and reflectors with this steering; nil if it can.
  package func obstacle(to replicas: Int, _ steering: Steering) -> String? {
    if !system.opensByThread {
      let systems = System.allCases.filter(\.opensByThread).map(\.rawValue).joined(separator: ", ")
      return "of all systems \(systems) can be"
    }
    if values.sealing % replicas > 0 || values.opening % replicas > 0 {
      return "\(values.sealing) of its threads seal and \(values.opening) open, not multiples of \(replicas)"
    }
    if steering != .nic, steering != .software {
      return "steering \(steering.rawValue) leads no packets to threads over ports, as nic and software do"
    }
    return values.flows < replicas ? "it has \(values.flows.counted("flow")), and each needs one" : nil
  }
}

/// Finds hosts that share CPUs, because they are namespaces or containers of the same machine.
package enum SharedCPUs {
  /// The roles that share a CPU with another role.
  /// - Parameters:
  ///   - machines: the ID of each role's machine.
  ///   - cpus: the CPUs of a role.
  package static func users<Role>(_ machines: [Role: String], cpus: (Role) -> [Int]) -> Set<Role> {
    Set(
      machines.keys.filter { role in
        machines.contains { other, machine in
          other != role && machine == machines[role] && !Set(cpus(other)).isDisjoint(with: cpus(role))
        }
      })
  }
}
