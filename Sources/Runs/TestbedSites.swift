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
  static let measured = RoleName.gatewayA

  let testbed: Testbed
  private let cases: [Case]
  private let program = MachineTool.ownSHA256()
  /// Roles whose CPUs another role uses, too.
  private var sharers: Set<RoleName> = []
  /// What hosts have told of themselves, and what tells each since it was started.
  private var found: [RoleName: Results.Environment] = [:]
  private var machines: [RoleName: String] = [:]

  init(_ testbed: Testbed, for cases: [Case]) { (self.testbed, self.cases) = (testbed, cases) }

  func site(of role: RoleName) -> RoleProcess.Site {
    RoleProcess.Site(host: testbed.host(of: role), leaseSeconds: testbed.leaseSeconds, program: program)
  }

  /// The CPUs for a role's threads: each costs memory and files, so no more than it needs.
  func cpus(of role: RoleName) -> [Int] {
    let most = cases.map { $0.threadsMax(of: role) }.max() ?? 1
    return Array(testbed.host(of: role).cpus.prefix(min(RoleHost.cpusMax, most)))
  }

  /// The CPUs for threads of all roles in one process, on the host of `measured`.
  var cpusForAll: [Int] {
    let most = cases.map(\.threadsMax).max() ?? 1
    return Array(testbed.host(of: Self.measured).cpus.prefix(min(RoleHost.cpusMax, most)))
  }

  func sharesCPUs(_ role: RoleName) -> Bool { sharers.contains(role) }

  /// Notes what the hosts are, and which of them are one machine, by what tells it from others.
  func note(_ found: [RoleName: Results.Environment], _ machines: [RoleName: String]) {
    (self.found, self.machines) = (found, machines)
    sharers = SharedCPUs.users(machines, cpus: { self.cpus(of: $0) })
  }

  /// Notes that a host which was started anew is what it was.
  func note(_ machine: String, of role: RoleName) { machines[role] = machine }

  /// Whether a host that is known was started since.
  func isStartedAnew(_ role: RoleName, _ machine: String) -> Bool {
    machines[role].map { $0 != machine } ?? false
  }

  /// What of a host is otherwise than when it was described.
  func changes(of role: RoleName, _ now: Results.Environment) -> [String] {
    guard let before = found[role] else { return [] }
    return described(role, now).changes(since: described(role, before))
  }

  /// What `environment.json` tells of a role's host.
  func described(_ role: RoleName, _ found: Results.Environment) -> Results.Environment.Host {
    let host = testbed.host(of: role)
    return Results.Environment.Host(
      found, roleCpus: cpus(of: role), sharesCpus: sharesCPUs(role), mtuBytes: host.mtuBytes,
      linkGbps: host.linkGbps)
  }

  /// Fails if a case needs larger packets than a host's links carry.
  /// - Throws: `RunError.testbed`.
  func requireMTU(of descriptor: Descriptor) throws {
    for point in cases {
      let plan = CasePlan(
        point, sample: 0, of: descriptor, run: RunID(value: 0), assignment: nil, cpus: [])
      for end in LinkEnd.allCases {
        guard let most = testbed.host(of: end.role).mtuBytes, case let needed = plan.mtuBytes(at: end),
          needed > most
        else { continue }
        throw RunError.testbed(
          "\(point.name) needs IP packets of \(needed) bytes at \(end.rawValue), and mtu_bytes of "
            + "\(end.role.rawValue) is \(most); leave the case out (`run --only`), or raise the MTU of that "
            + "link")
      }
    }
  }
}

/// Hosts that are one machine: namespaces, containers.
package enum SharedCPUs {
  /// The roles on CPUs that another role has, too.
  /// - Parameters:
  ///   - machines: what tells each role's machine from others.
  ///   - cpus: the CPUs of a role.
  package static func users(_ machines: [RoleName: String], cpus: (RoleName) -> [Int]) -> Set<RoleName> {
    Set(
      machines.keys.filter { role in
        machines.contains { other, machine in
          other != role && machine == machines[role] && !Set(cpus(other)).isDisjoint(with: cpus(role))
        }
      })
  }
}
