import Foundation
import Testing

extension StillTests {
  /// `testbed prepare`, and Ansible with the playbook, on made-up trees of `/proc` and `/sys`.
  @Suite struct PreparationTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// An inventory whose roles have these launchers and a port each.
    private func inventory(_ launcher: String) throws -> String {
      func host(_ role: String, _ ports: String) -> String {
        "'\(role)': {binary: '/opt/vpebench/vpebench', launcher: \(launcher), cpus: '0', "
          + "numa_node: 1, ports: {\(ports)}},"
      }
      let gateway = "red: '41:00.0,rxq_cqe_comp_en=0', black: '0000:41:00.1'"
      return try scratch.write(
        "{name: 'made', hosts: {" + host("generator", "red: 'net_tap0'") + host("gateway-a", gateway)
          + host("gateway-b", gateway) + host("reflector", "red: '0000:42:00.0'") + "}}", to: "made.json5")
    }

    private struct Prepared: Decodable {
      struct Group: Decodable {
        struct Host: Decodable {
          let ansible_connection, ansible_host, ansible_user, ansible_ssh_common_args: String?
          let binary: String
          let numa_node: Int?
          let ports: [String]
        }
        struct Variables: Decodable {
          let program: String
          let libraries: [String]
        }
        let hosts: [String: Host]
        let vars: Variables
      }
      let testbed: Group
    }

    private func prepared(_ launcher: String) async throws -> Prepared.Group {
      let words = ["testbed", "prepare", try inventory(launcher), "--output", scratch.path("prepared")]
      let ending = try await Vpebench.run(words)
      #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
      let path = scratch.path("prepared/inventory.json")
      #expect(ending.output.contains("ansible-playbook --inventory \(path)"))
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      return try JSONDecoder().decode(Prepared.self, from: data).testbed
    }

    /// An ssh command is parsed; roles with the same launcher share a host.
    @Test func hostsAreReachedAsByTheLauncher() async throws {
      let group = try await prepared("['/usr/bin/ssh', '-T', '-i', 'a key', '-oPort=2222', 'me@vpe-1']")
      #expect(group.hosts.count == 1)
      let host = try #require(group.hosts["generator"])
      #expect(host.ansible_connection == nil && host.ansible_host == "vpe-1" && host.ansible_user == "me")
      #expect(host.ansible_ssh_common_args == "'-i' 'a key' '-oPort=2222'")
      #expect(host.binary == "/opt/vpebench/vpebench" && host.numa_node == 1)
      #expect(host.ports == ["0000:41:00.0", "0000:41:00.1", "0000:42:00.0"])
      let binary = URL(fileURLWithPath: try Vpebench.binary).resolvingSymlinksInPath().path
      #expect(group.vars.program == binary)
      #expect(group.vars.libraries.contains { $0.hasSuffix("/libswiftCore.so") })
      #expect(group.vars.libraries.allSatisfy(FileManager.default.fileExists))

      let slurm = try await Vpebench.run(["testbed", "prepare", try inventory("['srun', '-N1']")])
      #expect(
        slurm.status == 1 && slurm.errors.contains("begins with srun, and Ansible reaches hosts by ssh"))
    }

    /// The tree of a host with two ports that have other drivers than DPDK's.
    private func tree() throws -> String {
      let node = "sys/devices/system/node/node1/hugepages/hugepages-2048kB"
      for (path, text) in [
        ("\(node)/nr_hugepages", "16"), ("proc/sys/kernel/numa_balancing", "1"),
        ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave"),
        ("sys/devices/system/cpu/cpufreq/boost", "1"), ("sys/bus/pci/drivers/ice/unbind", ""),
        ("sys/bus/pci/drivers_probe", ""), ("etc/tmpfiles.d/none", ""),
      ] {
        try make(path.split(separator: "/").dropLast().joined(separator: "/"))
        _ = try scratch.write(text + "\n", to: "root/\(path)")
      }
      for (port, driver) in [("41:00.0", "mlx5_core"), ("41:00.1", "vfio-pci"), ("42:00.0", "ice")] {
        let device = "sys/bus/pci/devices/0000:\(port)"
        try make(device)
        try FileManager.default.createSymbolicLink(
          atPath: scratch.path("root/\(device)/driver"), withDestinationPath: "../../drivers/\(driver)")
      }
      return scratch.path("root")
    }

    private func make(_ folder: String) throws {
      try FileManager.default.createDirectory(
        atPath: scratch.path("root/\(folder)"), withIntermediateDirectories: true)
    }

    private func play(_ root: String) async throws -> Ending {
      let ansible = URL(fileURLWithPath: try Oracles.python).deletingLastPathComponent()
        .appendingPathComponent("ansible-playbook").path
      let folder = scratch.path("prepared")
      // The test installs nothing and copies no large program.
      let own = "{\"root\": \"\(root)\", \"packages\": [], \"libraries\": [], \"program\": \"/bin/true\"}"
      return try await Program.run([
        ansible, "--inventory", "\(folder)/inventory.json", "\(folder)/prepare.yml", "--extra-vars", own,
      ])
    }

    private func text(_ path: String) throws -> String {
      try String(contentsOfFile: scratch.path("root/\(path)"), encoding: .utf8)
    }

    @Test func aHostIsPreparedAndNothingElseIsTouched() async throws {
      _ = try await prepared("[]")
      let root = try tree()
      // Ports of NVIDIA's and ports that are already bound are left alone; a port without an IOMMU cannot be
      // bound.
      let first = try await play(root)
      #expect(first.status != 0 && first.output.contains("there is no IOMMU, which vfio-pci needs"))
      #expect(first.output.contains(#/generator +: ok=5 +changed=5 .*failed=1/#), "\(first.output)")
      let node = "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"
      for (path, text) in [
        (String(node.dropFirst()), "1024\n"), ("proc/sys/kernel/numa_balancing", "0\n"),
        ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
        ("sys/devices/system/cpu/cpufreq/boost", "0\n"), ("sys/bus/pci/drivers_probe", "\n"),
      ] { #expect(try self.text(path) == text, "\(path)") }
      #expect(try text("etc/tmpfiles.d/vpebench.conf").hasPrefix("w \(node) - - - - 1024\n"))
      #expect(
        FileManager.default.contentsEqual(
          atPath: scratch.path("root/opt/vpebench/vpebench"), andPath: "/bin/true"))

      // A port with addresses is the host's own connection.
      let port = "sys/bus/pci/devices/0000:42:00.0"
      try make("\(port)/net/lo")
      let second = try await play(root)
      #expect(second.output.contains("0000:42:00.0 is lo, which has addresses"), "\(second.output)")
      #expect(second.output.contains(#/generator +: ok=5 +changed=0 .*failed=1/#), "\(second.output)")
      try FileManager.default.removeItem(atPath: scratch.path("root/\(port)/net"))

      // The made-up kernel accepts the request, but binds nothing.
      try make("sys/kernel/iommu_groups/0")
      let third = try await play(root)
      #expect(third.output.contains("vfio-pci does not take 0000:42:00.0"), "\(third.output)")
      #expect(try text("\(port)/driver_override") == "vfio-pci\n")
      #expect(try text("sys/bus/pci/drivers/ice/unbind") == "0000:42:00.0\n")
      #expect(try text("sys/bus/pci/drivers_probe") == "0000:42:00.0\n")
    }
  }
}
