import Basics
import Cases
import Descriptors
import Foundation
import Machine
import Results
import Roles

/// The hosts of a testbed as a run uses them: with as many CPUs as its cases need, and with what is known of
/// them since they have been asked.
final class TestbedSites {
  /// The role whose host costs are told of, and where a pipeline's stages are measured.
  static let measured = Replica(RoleName.gatewayA)

  let testbed: Testbed
  private let cases: [Case]
  private let program = MachineTool.ownSHA256()
  /// Whose CPUs another uses, too.
  private var sharers: Set<Replica<RoleName>> = []
  /// What hosts have told of themselves, and what tells each since it was started.
  private var found: [Replica<RoleName>: Results.Environment] = [:]
  private var machines: [Replica<RoleName>: String] = [:]

  init(_ testbed: Testbed, for cases: [Case]) { (self.testbed, self.cases) = (testbed, cases) }

  func site(of role: Replica<RoleName>) -> RoleProcess.Site {
    RoleProcess.Site(host: testbed.host(of: role), leaseSeconds: testbed.leaseSeconds, program: program)
  }

  /// The CPUs for a role's threads: each costs memory and files, so no more than it needs.
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

  /// Notes what the hosts are, and which of them are one machine, by what tells it from others.
  func note(_ found: [Replica<RoleName>: Results.Environment], _ machines: [Replica<RoleName>: String]) {
    (self.found, self.machines) = (found, machines)
    sharers = SharedCPUs.users(machines, cpus: { self.cpus(of: $0) })
  }

  /// Notes that a host which was started anew is what it was.
  func note(_ machine: String, of role: Replica<RoleName>) { machines[role] = machine }

  /// Whether a host that is known was started since.
  func isStartedAnew(_ role: Replica<RoleName>, _ machine: String) -> Bool {
    machines[role].map { $0 != machine } ?? false
  }

  /// What of a host is otherwise than when it was described.
  func changes(of role: Replica<RoleName>, _ now: Results.Environment) -> [String] {
    guard let before = found[role] else { return [] }
    return described(role, now).changes(since: described(role, before))
  }

  /// What `environment.json` tells of a role's host.
  func described(_ role: Replica<RoleName>, _ found: Results.Environment) -> Results.Environment.Host {
    let host = testbed.host(of: role)
    return Results.Environment.Host(
      found, roleCpus: cpus(of: role), sharesCpus: sharesCPUs(role), mtuBytes: host.mtuBytes,
      linkGbps: host.linkGbps)
  }

  /// Why these hosts cannot show a case, and the remedy; nil if they can.
  func gap(of point: Case, _ descriptor: Descriptor) -> String? {
    spreadGap(of: point, descriptor) ?? mtuGap(of: point, descriptor)
  }

  /// That frames need not come back to the one of several generators that sent them.
  private func spreadGap(of point: Case, _ descriptor: Descriptor) -> String? {
    guard testbed.replicas > 1 else { return nil }
    return point.obstacle(to: testbed.replicas, point.steering ?? descriptor.steering).map {
      "it cannot be spread over \(testbed.replicas) generators (replicas): \($0); take an inventory without "
        + "replicas for that"
    }
  }

  /// That packets are larger than a host's links carry.
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
  /// Why it cannot have so many generators and reflectors, where packets are steered so; nil if it can.
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

/// Hosts that are one machine: namespaces, containers.
package enum SharedCPUs {
  /// The roles on CPUs that another has, too.
  /// - Parameters:
  ///   - machines: what tells each role's machine from others.
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
