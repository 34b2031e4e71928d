import Basics
import Cases
import Dataplane
import Foundation
import Machine
import Results
import Roles

/// What a role process reports about its host, and what it requires of it, in a testbed.
package enum HostDescription {
  /// The CPUs that this process may use, read before DPDK narrows them.
  private static let usable = UsableCPUs.read()

  /// Fails if dataplane threads cannot be placed as the testbed says. Call it before DPDK is started.
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

  /// The properties of this host. The program's source is left out, for the run reports its own, which is the
  /// same.
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

  /// The plan with the NUMA nodes of its CPUs and of its roles' NICs, if this host has several nodes.
  package static func withMemoryNodes(
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

  /// The plan, marked as sharing CPUs if its threads would share cores or a quota, however many CPUs there
  /// are.
  static func judged(_ plan: CasePlan, _ roles: Set<RoleName>) throws -> CasePlan {
    guard plan.hasHostEach, !plan.sharesCPUs else { return plan }
    var plan = plan
    let threads = try GatewayLayout(plan).threads(of: roles).count
    plan.sharesCPUs = !Machine().haveOwnCores(plan.cpus.prefix(threads))
    return plan
  }
}
