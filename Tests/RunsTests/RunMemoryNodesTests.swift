import Cases
import Foundation
import Machine
import Roles
import Runs
import TestRuns
import Testing

/// What a role's process finds out of the NUMA nodes of its host.
@Suite struct RunMemoryNodesTests {
  private let folder: TemporaryFolder

  /// Two nodes, CPUs 2 and 3 on the first, 10 and 11 on the second, and a NIC of two ports there.
  init() throws {
    folder = try TemporaryFolder()
    let node = "sys/devices/system/node/node"
    var files = ["\(node)0/cpulist": "2-3", "\(node)1/cpulist": "10-11"]
    for (cpu, node) in [(2, 0), (3, 0), (10, 1), (11, 1)] {
      files["sys/devices/system/cpu/cpu\(cpu)/node\(node)"] = ""
    }
    for function in 0...1 { files["sys/bus/pci/devices/0000:41:00.\(function)/numa_node"] = "1" }
    files["sys/bus/pci/devices/0000:03:00.0/numa_node"] = "-1"
    files["\(node)0/hugepages/hugepages-2048kB/free_hugepages"] = "512"
    files["\(node)0/hugepages/hugepages-1048576kB/free_hugepages"] = "1"
    files["\(node)1/hugepages/hugepages-2048kB/free_hugepages"] = "0"
    for (path, text) in files {
      let url = URL(fileURLWithPath: folder(path))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  private var machine: Machine { Machine(root: URL(fileURLWithPath: folder.path)) }

  private static func plan(_ devices: [LinkEnd: String]?) -> CasePlan {
    var plan = CasePlan(
      system: .vpe, aead: "aes-128-gcm", threads: 4, frameBytes: 64, seed: 1, cpus: [3, 2, 10, 11, 12])
    plan.devices = devices.map { .init($0) }
    return plan
  }

  @Test func portsAreOfTheirNICsAndThreadsOfTheirCPUs() {
    let devices: [LinkEnd: String] = [
      .gatewayARed: "0000:41:00.0", .gatewayABlack: "41:00.1,mprq_en=1", .gatewayBRed: "0000:41:00.0",
    ]
    let plan = HostDescription.withMemoryNodes(Self.plan(devices), [.gatewayA], on: machine)
    // The other gateway's port has the same address, and is elsewhere.
    #expect(
      plan.memory
        == MemoryNodes(cpus: [0, 0, 1, 1, nil], ports: [.gatewayARed: 1, .gatewayABlack: 1]))
    let unknown: [LinkEnd: String] = [.generator: "0000:03:00.0", .reflector: "net_af_packet0,iface=red"]
    let virtual = HostDescription.withMemoryNodes(Self.plan(unknown), [.generator, .reflector], on: machine)
    #expect(virtual.memory == MemoryNodes(cpus: [0, 0, 1, 1, nil], ports: [:]))
    let rings = HostDescription.withMemoryNodes(Self.plan(nil), Set(RoleName.allCases), on: machine)
    #expect(rings.memory == MemoryNodes(cpus: [0, 0, 1, 1, nil], ports: [:]))
  }

  /// Of several red ports all must be on a node for their packets to be there.
  @Test(arguments: [("0000:41:00.1", [LinkEnd.gatewayARed: 1]), ("0000:03:00.0", [:])])
  func redPortsAreOfTheNodeThatAllAreOn(second: String, ports: [LinkEnd: Int]) {
    var plan = Self.plan([.gatewayARed: "0000:41:00.0", .gatewayABlack: "net_tap0"])
    plan.replicas = 2
    plan.devices?[Replica(.gatewayARed, 1)] = second
    let changed = HostDescription.withMemoryNodes(plan, [.gatewayA], on: machine)
    #expect(changed.memory == MemoryNodes(cpus: [0, 0, 1, 1, nil], ports: ports))
  }

  @Test(arguments: ["sys/devices/system/node/node1", "sys/devices/system/node"])
  func whereThereIsOneNodeNothingIsChosen(gone: String) throws {
    try FileManager.default.removeItem(atPath: folder(gone))
    let plan = Self.plan([.gatewayARed: "0000:41:00.0"])
    #expect(HostDescription.withMemoryNodes(plan, [.gatewayA], on: machine) == plan)
    #expect(HostExamination(cpus: [3], numaNode: nil, devices: ["41:00.0"]).pages(machine).isEmpty)
  }

  @Test func everyNodeThatIsUsedNeedsHugePages() throws {
    func pages(_ cpus: [Int], _ devices: [String]) -> [MachineCheck.Finding] {
      HostExamination(cpus: cpus, numaNode: nil, devices: devices).pages(machine)
    }
    let both = pages([3], ["0000:41:00.0", "41:00.1"])
    #expect(both.map(\.what) == ["huge pages of node 0", "huge pages of node 1"])
    #expect(both.map(\.state) == [.ok, .lacking] && both[0].value == "2048 MiB free")
    #expect(both[1].remedy?.contains("/node1/hugepages/") == true)
    #expect(pages([3], ["0000:03:00.0"]).map(\.what) == ["huge pages of node 0"])
    #expect(pages([3], ["net_af_packet0,iface=red"]).isEmpty, "these need none")
  }
}
