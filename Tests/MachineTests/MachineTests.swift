import Foundation
import Machine
import Testing

import struct Results.Environment

@Suite struct MachineTests {
  @Test func readsTheProcessorOfAServer() throws {
    let tree = try MachineTree.server()
    let cpu = tree.machine.cpu
    #expect(cpu.vendor == "GenuineIntel")
    #expect(cpu.name == "Intel(R) Xeon(R) CPU E5-2698 v4 @ 2.20GHz")
    #expect([cpu.family, cpu.model, cpu.stepping] == [6, 79, 1])
    #expect(cpu.microcode == "0xb000040")
    #expect(cpu.physicalCores == 4)
    #expect(cpu.logicalCores == 8)
    #expect(cpu.usableCores == 5)
    #expect(cpu.smt == true)
    #expect(cpu.numaNodes == 2 && tree.machine.numaNode(ofDevice: "0000:3b:00.0") == 0)
    #expect(tree.machine.numaNode(ofDevice: "0000:00:1f.2") == nil)
    #expect(tree.machine.freeHugePageBytes(onNode: 0) == nil)
    #expect([cpu.l1dBytes, cpu.l2Bytes, cpu.l3Bytes] == [32 << 10, 256 << 10, 51_200 << 10])
    #expect(cpu.flags == ["aes", "avx2", "constant_tsc", "nonstop_tsc", "pclmulqdq", "sse4_2"])
    #expect(cpu.governor == "performance,powersave")
    #expect(cpu.boost == true)
  }

  @Test func readsMemorySystemAndDevicesOfAServer() throws {
    let tree = try MachineTree.server()
    let memory = tree.machine.memory
    #expect(memory.bytes == 263_921_620 << 10)
    #expect(
      memory.hugePages == [
        Environment.HugePages(pageBytes: 2 << 20, total: 0, free: 0),
        Environment.HugePages(pageBytes: 1 << 30, total: 4, free: 3),
      ])
    #expect(memory.transparentHugePages == "always")
    let system = tree.machine.system
    #expect(system.name == "Debian GNU/Linux 12 (bookworm)")
    #expect(system.kernel == "6.1.0-37-amd64")
    #expect(system.kernelCommandLine == "ro isolcpus=2-7 quiet")
    #expect(system.virtualMachine == false)
    #expect(system.hypervisor == nil)
    #expect(system.clockSource == "tsc")
    #expect(system.mitigations == ["meltdown": "Mitigation: PTI", "srbds": "Not affected"])
    #expect(
      tree.machine.networkDevices == [
        Environment.NetworkDevice(
          address: "0000:3b:00.0", id: "15b3:1017", driver: "mlx5_core", firmware: "16.35.4030", numaNode: 0)
      ])
  }

  @Test func readsAVirtualMachine() throws {
    let tree = try MachineTree.virtualMachine()
    let machine = tree.machine
    #expect(machine.cpu.physicalCores == 2)
    #expect(machine.cpu.smt == false)
    #expect(machine.cpu.governor == nil)
    #expect(machine.cpu.boost == nil)
    #expect(machine.system.virtualMachine == true)
    #expect(machine.system.hypervisor == "QEMU Standard PC")
    #expect(machine.memory.hugePages.isEmpty)
    #expect(
      machine.networkDevices == [
        Environment.NetworkDevice(
          address: "0000:00:03.0", id: nil, driver: nil, firmware: nil, numaNode: nil)
      ])
  }

  @Test func inventsNothingWhereFilesAreMissing() throws {
    let board = try MachineTree.board()
    var expected = Environment.CPU()
    expected.vendor = "0x41"
    expected.flags = ["aes", "asimd", "pmull"]
    expected.logicalCores = 2
    #expect(board.machine.cpu == expected)
    #expect(board.machine.system.virtualMachine == nil)
    #expect(board.machine.system.name == "Board Linux")

    let nothing = try MachineTree([:])
    #expect(nothing.machine.cpu == Environment.CPU())
    #expect(
      nothing.machine.memory == Environment.Memory(bytes: nil, hugePages: [], transparentHugePages: nil))
    #expect(
      nothing.machine.system
        == Environment.System(
          name: nil, kernel: nil, kernelCommandLine: nil, virtualMachine: nil, hypervisor: nil,
          clockSource: nil, mitigations: [:]))
    #expect(nothing.machine.networkDevices.isEmpty)
  }

  @Test func environmentSurvivesItsJSON() throws {
    let tree = try MachineTree.server()
    let environment = self.environment(of: tree.machine)
    #expect(try Environment(json: environment.json()) == environment)
    #expect(try environment.json() == self.environment(of: tree.machine).json())
    let text = String(decoding: try environment.json(), as: UTF8.self)
    #expect(text.contains("\"tsc_hz\" : 2200000000"))
    #expect(text.contains("\"environment_version\" : \(Environment.currentVersion)"))
    #expect(text.contains("\"clock_source\" : \"tsc\"") && text.contains("\"program_sha256\" : \"abc\""))
    #expect(text.contains("\"libc6\" : \"2.36-9\"") && text.contains("\"machine_flags\" : \"-march=corei7\""))
    #expect(text.contains("\"intel_ipsec_mb\" : \"2.0.0\""))
    #expect(text.contains("\"intel_ipsec_mb_architecture\" : \"AVX2\""))
    #expect(text.contains("\"intel_ipsec_mb_origin\" : \"libipsec-mb-dev 2.0-1, installed on Debian 13\""))
    #expect(text.contains("\"intel_ipsec_mb_sha256\" : \"db2377\""))
    #expect(text.hasSuffix("}\n"))
  }

  /// Each property for which artifact reviewers ask is stated, or the reason why it is not; never both.
  @Test func everyPropertyThatIsAskedForIsToldOrExcused() throws {
    let trees = [try MachineTree.server(), try .virtualMachine(), try .board(), try MachineTree([:])]
    let environments = withExtendedLifetime(trees) { trees.map { environment(of: $0.machine) } }
    for environment in environments {
      let json = try JSONSerialization.jsonObject(with: environment.json())
      let gaps = try #require(environment.unavailable)
      for name in Environment.provenance {
        let value = name.split(separator: ".").reduce(json as Any?) { tree, key in
          (tree as? [String: Any])?[String(key)]
        }
        let isTold = value != nil && (value as? [Any])?.isEmpty != true
        #expect(isTold == (gaps[name] == nil), "\(name)")
      }
      for (index, device) in environment.networkDevices.enumerated() {
        #expect((device.driver == nil) == (gaps["network_devices.\(index).driver"] != nil))
        #expect((device.firmware == nil) == (gaps["network_devices.\(index).firmware"] != nil))
      }
    }
    #expect(environments[0].unavailable?.keys.sorted() == [])
    #expect(environments[1].unavailable?["cpu.governor"] != nil)
  }

  @Test func environmentNamesNeitherHostNorUser() throws {
    let tree = try MachineTree.server()
    let environment = self.environment(of: tree.machine)
    let text = String(decoding: try environment.json(), as: UTF8.self)
    #expect(!text.contains("alice"))
    #expect(environment.commandLine == ["vpebench", "run", "experiments/a.json5", "--output=out", "deep"])
    #expect(environment.timeUtc == "1970-01-01T00:00:00Z")
  }

  private func environment(of machine: Machine) -> Environment {
    machine.environment(
      vpebench: "1.0.0",
      libraries: LibraryVersions(
        dpdk: "22.11", ipsecMB: "2.0.0",
        ipsecMBOrigin: "libipsec-mb-dev 2.0-1, installed on Debian 13", ipsecMBSHA256: "db2377",
        ipsecMBArchitecture: "AVX2", tscHz: 2_200_000_000, machineFlags: "-march=corei7",
        ealArguments: ["--no-pci"], programSHA256: "abc", packages: ["libc6": "2.36-9"]),
      source: SourceState(commit: String(repeating: "a", count: 40), isDirty: false), seed: 7,
      commandLine: [
        "/usr/alice/vpebench", "run", "experiments/a.json5", "--output=/srv/alice/out", "/alice/deep",
      ],
      time: Date(timeIntervalSince1970: 0))
  }
}

@Suite struct SourceStateTests {
  @Test func tellsCommitAndChanges() throws {
    let folder = try MachineTree(["file": "one"])
    #expect(SourceState.read(folder: folder.root) == SourceState(commit: nil, isDirty: nil))
    try git(folder.root, ["init", "--quiet"])
    #expect(SourceState.read(folder: folder.root) == SourceState(commit: nil, isDirty: true))
    try git(folder.root, ["add", "."])
    try git(
      folder.root,
      ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "commit", "-qm", "a"])
    let clean = SourceState.read(folder: folder.root)
    #expect(clean.commit?.wholeMatch(of: /[0-9a-f]{40}/) != nil)
    #expect(clean.isDirty == false)
    try Data("two".utf8).write(to: folder.root.appendingPathComponent("file"))
    #expect(SourceState.read(folder: folder.root) == SourceState(commit: clean.commit, isDirty: true))
  }

  /// Files that a run writes into the work tree are not part of the source.
  @Test func resultsAreNoChange() throws {
    let folder = try MachineTree(["file": "one", "results/reference/summary.csv": "old", "deep/a": "a"])
    try git(folder.root, ["init", "--quiet"])
    try git(folder.root, ["add", "."])
    try git(
      folder.root,
      ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "commit", "-qm", "a"])
    for name in ["results/reference/summary.csv", "results/reference/figure.svg"] {
      try Data("new".utf8).write(to: folder.root.appendingPathComponent(name))
    }
    // The same holds for a folder below the work tree's root.
    for inside in [folder.root, folder.root.appendingPathComponent("deep")] {
      #expect(SourceState.read(folder: inside).isDirty == false)
    }
    try Data("new".utf8).write(to: folder.root.appendingPathComponent("deep/results"))
    #expect(SourceState.read(folder: folder.root).isDirty == true)
  }

  private func git(_ folder: URL, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "-C", folder.path] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
}
