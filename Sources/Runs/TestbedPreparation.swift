import Basics
import Cases
import Descriptors
import Foundation
import Machine
import Results

/// Ansible's inventory of a testbed's hosts, with which `experiments/testbeds/prepare.yml` prepares them.
public struct TestbedPreparation {
  /// The inventory in JSON: an entry for each distinct way of reaching a host, whatever its roles.
  public let inventory: Data
  /// The names of the hosts.
  public let hosts: [String]

  /// The names of the two files, which lie in one folder.
  public static let files = (inventory: "inventory.json", playbook: "prepare.yml")

  /// - Parameters:
  ///   - program: the path of the vpebench program to install on hosts.
  ///   - libraries: the program's libraries that no Debian package provides.
  /// - Throws: for a launcher without a counterpart in Ansible.
  public init(_ testbed: Testbed, program: String, libraries: [String]) throws(UnknownLauncher) {
    var hosts: [(reach: Reach, host: Host, name: String)] = []
    for role in RoleName.all(testbed.replicas) {
      let site = testbed.host(of: role)
      guard let reach = Reach(site.launcher) else {
        throw UnknownLauncher(role: role, word: site.launcher[0])
      }
      let ports = testbed.devices(of: role).compactMap(RoleCrew.pciAddress)
      if let known = hosts.firstIndex(where: { $0.reach == reach }) {
        hosts[known].host.ports = (hosts[known].host.ports + ports).distinct()
      } else {
        let host = Host(reach, binary: site.binary, numaNode: site.numaNode, ports: ports)
        hosts.append((reach, host, role.name))
      }
    }
    self.hosts = hosts.map(\.name)
    let group = Group(
      hosts: Dictionary(uniqueKeysWithValues: hosts.map { ($0.name, $0.host) }),
      vars: Variables(program: program, libraries: libraries))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(["testbed": group]) else {
      preconditionFailure("an inventory holds strings and numbers only, which JSON can always express")
    }
    inventory = json + Data("\n".utf8)
  }

  /// The libraries of a program that no package provides: those of Swift.
  public static func libraries(of program: String) -> [String] {
    let lines = Program.run(["ldd", program])?.text.split(separator: "\n") ?? []
    // `NAME => PATH (ADDRESS)`
    let paths = lines.compactMap { line in
      line.firstRange(of: " => ").flatMap { line[$0.upperBound...].split(separator: " (").first }
        .map(String.init)
    }
    let ofSystem = ["/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"]
    return paths.filter { path in path.hasPrefix("/") && !ofSystem.contains { path.hasPrefix($0) } }.sorted()
  }
}

/// A host's launcher has no counterpart in Ansible.
public struct UnknownLauncher: Error, CustomStringConvertible {
  let role: Replica<RoleName>
  let word: String

  public var description: String {
    "the launcher of \(role.name) begins with \(word), and Ansible reaches hosts by ssh; write an "
      + "inventory with ssh for `testbed prepare`, and run with this one"
  }
}

extension TestbedPreparation {
  /// How a host is reached.
  private enum Reach: Equatable {
    /// It is this machine.
    case local
    case ssh(user: String?, host: String, options: [String])

    /// Nil for a launcher of another kind.
    init?(_ launcher: [String]) {
      // A namespace differs from this machine only in its network.
      if launcher.isEmpty || launcher.starts(with: ["ip", "netns", "exec"]) {
        self = .local
        return
      }
      guard launcher.count > 1, URL(fileURLWithPath: launcher[0]).lastPathComponent == "ssh" else {
        return nil
      }
      let words = launcher[launcher.count - 1].split(separator: "@", maxSplits: 1).map(String.init)
      // Drop `-T`, for Ansible itself requests a terminal if it needs one.
      let options = launcher.dropFirst().dropLast().filter { $0 != "-T" }
      self = .ssh(user: words.count == 2 ? words[0] : nil, host: words[words.count - 1], options: options)
    }
  }

  // The property names are those of Ansible, or of the playbook.
  private struct Host: Encodable {
    var ansible_connection: String?
    var ansible_host: String?
    var ansible_user: String?
    var ansible_ssh_common_args: String?
    let binary: String
    let numa_node: Int?
    /// PCI addresses.
    var ports: [String]

    init(_ reach: Reach, binary: String, numaNode: Int?, ports: [String]) {
      (self.binary, numa_node, self.ports) = (binary, numaNode, ports)
      switch reach {
      case .local: ansible_connection = "local"
      case .ssh(let user, let host, let options):
        (ansible_host, ansible_user) = (host, user)
        ansible_ssh_common_args = options.isEmpty ? nil : options.map(Launcher.quoted).joined(separator: " ")
      }
    }

    private enum Key: CodingKey {
      case ansible_connection, ansible_host, ansible_user, ansible_ssh_common_args, binary, numa_node, ports
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encodeIfPresent(ansible_connection, forKey: .ansible_connection)
      try values.encodeIfPresent(ansible_host, forKey: .ansible_host)
      try values.encodeIfPresent(ansible_user, forKey: .ansible_user)
      try values.encodeIfPresent(ansible_ssh_common_args, forKey: .ansible_ssh_common_args)
      try values.encode(binary, forKey: .binary)
      // The playbook needs the key: null if the inventory names no node.
      try values.encode(numa_node, forKey: .numa_node)
      try values.encode(ports, forKey: .ports)
    }
  }

  private struct Group: Encodable {
    let hosts: [String: Host]
    let vars: Variables
  }

  private struct Variables: Encodable {
    /// The packages of tools/install-deps that provide every library and driver of DPDK.
    var packages = ["libdpdk-dev", "libnuma-dev", "zlib1g-dev", "iproute2"]
    let program: String
    let libraries: [String]
    /// Debian's interpreter; others in PATH may be shims.
    var ansible_python_interpreter = "/usr/bin/python3"
  }
}
