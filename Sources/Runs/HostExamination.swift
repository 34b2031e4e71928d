import Basics
import Cases
import Foundation
import Machine
import Results
import Roles

/// What a testbed's host offers and lacks for its role: the checks of `vpebench check` that matter there, and
/// checks of its CPUs and ports.
package struct HostExamination {
  private let cpus: [Int]
  private let numaNode: Int?
  private let devices: [String]

  /// - Parameter devices: device arguments of the role's ports.
  package init(cpus: [Int], numaNode: Int?, devices: [String]) {
    (self.cpus, self.numaNode, self.devices) = (cpus, numaNode, devices)
  }

  /// The checks that matter for a role with a host of its own.
  private static let kept: Set = [
    "DPDK", "intel-ipsec-mb", "AES-NI", "VAES and AVX-512", "invariant TSC", "SMT", "frequency governor",
    "frequency boost", "virtual machine", "huge pages", "transparent huge pages",
  ]

  private var usesHardware: Bool { devices.contains(where: RoleCrew.isHardware) }

  var findings: [MachineCheck.Finding] {
    let machine = Machine()
    var libraries = LibraryVersions.installed
    libraries.tscHz = RoleHost.ticksPerSecond
    let general = MachineCheck(machine: machine, libraries: libraries, probes: .untried).findings
      .filter { Self.kept.contains($0.what) }.map(relevant)
    return general + [placement(machine)] + pages(machine)
      + devices.compactMap { controller(of: $0, machine) }
  }

  /// The finding, where a lack of huge pages counts only if the ports are hardware.
  private func relevant(_ finding: MachineCheck.Finding) -> MachineCheck.Finding {
    guard finding.what == "huge pages", finding.state == .warning else { return finding }
    return usesHardware
      ? MachineCheck.Finding(finding.what, .lacking, finding.value, remedy: finding.remedy)
      : MachineCheck.Finding(finding.what, .ok, "\(finding.value); these ports need none")
  }

  /// Whether the nodes of CPUs and NICs have huge pages, on a host with several nodes and NICs.
  package func pages(_ machine: Machine) -> [MachineCheck.Finding] {
    guard usesHardware, machine.numaNodes ?? 1 > 1 else { return [] }
    let ports = devices.compactMap(RoleCrew.pciAddress).compactMap(machine.numaNode(ofDevice:))
    let nodes = Set(cpus.compactMap(machine.numaNode) + ports).sorted()
    return nodes.compactMap { node in
      let what = "huge pages of node \(node)"
      guard let bytes = machine.freeHugePageBytes(onNode: node) else { return nil }
      if bytes > 0 { return MachineCheck.Finding(what, .ok, "\(bytes >> 20) MiB free") }
      return MachineCheck.Finding(
        what, .lacking, "none free",
        remedy: "echo 1024 > /sys/devices/system/node/node\(node)/hugepages/hugepages-2048kB/nr_hugepages")
    }
  }

  private func placement(_ machine: Machine) -> MachineCheck.Finding {
    let what = "CPUs"
    let count = cpus.count.counted("CPU")
    do { try HostDescription.require(cpus, onNode: numaNode) } catch {
      return MachineCheck.Finding(what, .lacking, "\(error)", remedy: "Name others under cpus.")
    }
    if !machine.haveOwnCores(cpus) {
      return MachineCheck.Finding(
        what, .warning, "\(count), of which some share a core, or a quota limits them",
        remedy: "Name one CPU of each core, and lift quotas; figures are of the basis `capacity` otherwise.")
    }
    return MachineCheck.Finding(what, .ok, "\(count), a core each")
  }

  /// A finding on the port of a PCI device; nil for other devices.
  private func controller(of devargs: String, _ machine: Machine) -> MachineCheck.Finding? {
    guard let address = RoleCrew.pciAddress(devargs) else { return nil }
    let what = "port \(address)"
    guard let device = machine.networkDevices.first(where: { $0.address == address }) else {
      return MachineCheck.Finding(
        what, .lacking, "no network controller",
        remedy: "`dpdk-devbind.py --status` lists those that there are.")
    }
    let driver = device.driver ?? "no driver"
    guard MachineCheck.pollModeDrivers.contains(driver) else {
      return MachineCheck.Finding(
        what, .lacking, driver,
        remedy: "Bind it by `dpdk-devbind.py --bind=vfio-pci \(address)`; NVIDIA's stay with mlx5_core.")
    }
    let nodes = Set(cpus.compactMap(machine.numaNode))
    if let node = device.numaNode, !nodes.isEmpty, nodes != [node] {
      let others = nodes.sorted().map(String.init).joined(separator: ",")
      return MachineCheck.Finding(
        what, .warning, "\(driver), on node \(node), and the CPUs on \(others)",
        remedy: "Name CPUs of node \(node): /sys/devices/system/node/node\(node)/cpulist lists them.")
    }
    return MachineCheck.Finding(what, .ok, driver + (device.numaNode.map { ", on node \($0)" } ?? ""))
  }
}
