import Basics
import Cases
import Dataplane
import Foundation
import Machine
import Results
import Roles

/// What a role process tells of the host that it is on, and what it asks of it, where a testbed has hosts.
package enum HostDescription {
  /// CPUs that this process may use, as it found them: DPDK narrows them to those that it is given.
  private static let usable = UsableCPUs.read()

  /// Fails where dataplane threads cannot be put as the testbed says. To be called before DPDK is started.
  /// - Throws: `RunError.refused`.
  static func require(_ cpus: [Int], onNode node: Int?) throws {
    if let foreign = cpus.first(where: { !usable.contains($0) }) {
      let known = usable.map(String.init).joined(separator: ",")
      throw RunError.refused(
        role: "cpus",
        reason: "CPU \(foreign) may not be used on this host, but \(known); correct the testbed")
    }
    guard let node else { return }
    for cpu in cpus {
      let found = Machine().numaNode(of: cpu)
      if found == node { continue }
      throw RunError.refused(
        role: "numa_node",
        reason: "CPU \(cpu) is on \(found.map { "node \($0)" } ?? "no node that the kernel knows"), "
          + "not on node \(node); correct the testbed")
    }
  }

  /// What this host is. The source of its program is the run's to tell, whose own is the same.
  static func environment(_ host: RoleHost) -> Results.Environment {
    let libraries = LibraryVersions.described(
      tscHz: RoleHost.ticksPerSecond, ealArguments: host.ealArguments)
    var environment = Machine().environment(
      vpebench: Version.number, libraries: libraries, source: SourceState(commit: nil, isDirty: nil),
      seed: nil, commandLine: [], time: Date())
    environment.cpu.usableCores = usable.count
    environment.memory.dataplanePageBytes = EAL.pageBytes
    environment.memory.dataplaneNodes = host.cpus.compactMap { Machine().numaNode(of: $0) }.distinct()
    return environment
  }

  /// The plan with the nodes of its CPUs and of the NICs of some roles, where this host has several.
  package static func placed(
    _ plan: CasePlan, _ roles: Set<RoleName>, on machine: Machine = Machine()
  ) -> CasePlan {
    guard machine.numaNodes ?? 1 > 1 else { return plan }
    var plan = plan
    func node(_ port: Replica<LinkEnd>) -> Int? {
      plan.devices?[port].flatMap(RoleCrew.pciAddress).flatMap(machine.numaNode(ofDevice:))
    }
    let nodes = Dictionary(grouping: plan.ports(of: roles), by: \.kind).mapValues { Set($0.map(node)) }
    plan.memory = MemoryNodes(
      cpus: plan.cpus.map(machine.numaNode),
      ports: nodes.mapValues { $0.count == 1 ? $0.first ?? nil : nil })
    return plan
  }

  /// The plan, and whether its threads would share execution units or a quota: then they have no cores of
  /// their own, as many CPUs as there are.
  static func judged(_ plan: CasePlan, _ roles: Set<RoleName>) throws -> CasePlan {
    guard plan.hasHostEach, !plan.sharesCPUs else { return plan }
    var plan = plan
    let threads = try GatewayLayout(plan).places(of: roles).count
    plan.sharesCPUs = !Machine().haveOwnCores(plan.cpus.prefix(threads))
    return plan
  }
}
