import Basics
import Cases
import Foundation

/// Hosts that play a role each: how each is reached, and where in it the role runs (`experiments/testbeds`).
/// Descriptors know nothing of it; a run lays it over them.
public struct Testbed: Sendable, Equatable {
  /// How the words of a command become the launcher's last arguments.
  public enum Quoting: String, CaseIterable, Sendable {
    /// As they are, a word an argument: the launcher starts the program itself (`srun`, `ip netns exec`).
    case none
    /// As one argument, quoted for a shell that takes it apart again (`ssh`).
    case shell
  }

  /// Where a role runs.
  public struct Host: Sendable, Equatable {
    /// What stands before a command to have it run there; empty for this machine.
    public let launcher: [String]
    /// How the command stands behind the launcher.
    public let quoting: Quoting
    /// The path of vpebench there.
    public let binary: String
    /// CPUs of the host for dataplane threads, ascending.
    public let cpus: [Int]
    /// The NUMA node that these must be on; nil if nobody says.
    public let numaNode: Int?
    /// The largest IP packet that the host's links carry; nil if nobody says.
    public let mtuBytes: Int?
    /// Rate of its links, 10^9 bits per second; nil if nobody says.
    public let linkGbps: Double?
  }

  /// The file that was read.
  public let file: URL
  /// Its name.
  public let name: String
  /// A role ends itself when it has not heard of its run for so long, and a run gives up a role.
  public let leaseSeconds: Double
  /// A host for each role.
  public let hosts: [RoleName: Host]
  /// Device arguments of each role's ports.
  public let ports: Descriptor.Ports

  /// The host of a role.
  public func host(of role: RoleName) -> Host {
    guard let host = hosts[role] else { preconditionFailure("a checked testbed has every role") }
    return host
  }
}

extension Testbed {
  /// Reads and checks an inventory. Nothing is started.
  /// - Throws: `DescriptorError` with every problem found.
  public static func load(file: URL) throws(DescriptorError) -> Testbed {
    try parse(try Shape.text(of: file), file: file)
  }

  /// As `load`, of a text already read.
  package static func parse(_ text: String, file: URL) throws(DescriptorError) -> Testbed {
    let tree = try shape.check(text, of: file).normal
    let problems = contradictions(tree)
    if !problems.isEmpty { throw DescriptorError(file: file.relativePath, problems: problems) }
    return Testbed(tree, file: file)
  }

  private init(_ tree: CheckedTree, file: URL) {
    self.file = file
    name = tree["name"].text
    leaseSeconds = tree["lease_seconds"].double
    let hosts = tree["hosts"]
    self.hosts = Dictionary(
      uniqueKeysWithValues: RoleName.allCases.map { ($0, Host(hosts[$0.rawValue])) })
    func ports(_ role: RoleName) -> CheckedTree { hosts[role.rawValue]["ports"] }
    func gateway(_ role: RoleName) -> Descriptor.Ports.Gateway {
      Descriptor.Ports.Gateway(red: ports(role)["red"].text, black: ports(role)["black"].text)
    }
    self.ports = Descriptor.Ports(
      generator: ports(.generator)["red"].text, gatewayA: gateway(.gatewayA), gatewayB: gateway(.gatewayB),
      reflector: ports(.reflector)["red"].text)
  }

  /// What values must satisfy beyond the shape of each.
  private static func contradictions(_ tree: CheckedTree) -> [DescriptorError.Problem] {
    RoleName.allCases.flatMap { role -> [DescriptorError.Problem] in
      let host = tree["hosts"][role.rawValue]
      var problems: [DescriptorError.Problem] = []
      let cpus = host["cpus"].text
      if CPUList.parse(cpus) == nil {
        let reason = "\"\(cpus)\" is no list of CPUs; write one such as 2-9 or 0,2,4"
        problems.append(.init(path: "hosts.\(role.rawValue).cpus", reason: reason))
      }
      if host["quoting"].text == Quoting.shell.rawValue, host["launcher"].items.isEmpty {
        let reason = "\"shell\" needs a launcher that takes the command apart; leave it out, or name one"
        problems.append(.init(path: "hosts.\(role.rawValue).quoting", reason: reason))
      }
      return problems
    }
  }
}

extension Testbed.Host {
  fileprivate init(_ tree: CheckedTree) {
    launcher = tree["launcher"].items.map(\.text)
    quoting = tree["quoting"].choice()
    binary = tree["binary"].text
    cpus = CPUList.parse(tree["cpus"].text) ?? []
    numaNode = tree.optional("numa_node")?.int
    mtuBytes = tree.optional("mtu_bytes")?.int
    linkGbps = tree.optional("link_gbps")?.double
  }
}
