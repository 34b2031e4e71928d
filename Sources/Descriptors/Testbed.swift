import Basics
import Cases
import Foundation

/// Hosts on which the roles run: how to reach each host, and which of its CPUs and ports a role uses
/// (`experiments/testbeds`). A descriptor knows nothing of testbeds; a run applies a testbed to it.
public struct Testbed: Sendable, Equatable {
  /// How the words of a command are appended to the launcher.
  public enum Quoting: String, CaseIterable, Sendable {
    /// Each word is an argument, because the launcher starts the program itself (`srun`, `ip netns exec`).
    case none
    /// The words form one argument, quoted for a shell that splits it again (`ssh`).
    case shell
  }

  /// The host of a role.
  public struct Host: Sendable, Equatable {
    /// The words before a command that make the host run it; empty for the local machine.
    public let launcher: [String]
    /// How a command is appended to the launcher.
    public let quoting: Quoting
    /// The path of vpebench on the host.
    public let binary: String
    /// CPUs of the host for dataplane threads, in ascending order.
    public let cpus: [Int]
    /// The NUMA node on which the CPUs must be; nil if unspecified.
    public let numaNode: Int?
    /// The largest IP packet that the host's links carry; nil if unspecified.
    public let mtuBytes: Int?
    /// Rate of the host's links in 10^9 bits per second; nil if unspecified.
    public let linkGbps: Double?
  }

  /// The file from which the testbed was read.
  public let file: URL
  /// The testbed's name.
  public let name: String
  /// After this many seconds without a message a role ends itself, and a run gives the role up.
  public let leaseSeconds: Double
  /// The number of generators, which is also the number of reflectors.
  public let replicas: Int
  /// The host of each instance of a role.
  public let hosts: [Replica<RoleName>: Host]
  /// The device arguments of each port.
  public let devices: [Replica<LinkEnd>: String]

  /// The host of an instance of a role.
  public func host(of replica: Replica<RoleName>) -> Host {
    guard let host = hosts[replica] else { preconditionFailure("a checked testbed has every role") }
    return host
  }

  /// The host of a role's first instance.
  public func host(of role: RoleName) -> Host { host(of: Replica(role)) }

  /// The device arguments of the ports of an instance of a role, in the order of the link ends.
  public func devices(of replica: Replica<RoleName>) -> [String] {
    LinkEnd.all(replicas).filter { $0.host == replica }.compactMap { devices[$0] }
  }

  /// The ports as members of a descriptor. Of several instances of a port, the first counts.
  public var ports: Descriptor.Ports {
    func device(_ end: LinkEnd) -> String { devices[Replica(end)] ?? "" }
    return Descriptor.Ports(
      generator: device(.generator),
      gatewayA: .init(red: device(.gatewayARed), black: device(.gatewayABlack)),
      gatewayB: .init(red: device(.gatewayBRed), black: device(.gatewayBBlack)),
      reflector: device(.reflector))
  }
}

extension Testbed {
  /// Reads and checks an inventory. Nothing is started.
  /// - Throws: `DescriptorError` with every problem found.
  public static func load(file: URL) throws(DescriptorError) -> Testbed {
    try parse(try Shape.text(of: file), file: file)
  }

  /// Like `load`, for a text that was already read.
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
    var hosts: [Replica<RoleName>: Host] = [:]
    var devices: [Replica<LinkEnd>: String] = [:]
    for (replica, _, host) in Self.instances(tree) {
      hosts[replica] = Host(host)
      for end in LinkEnd.allCases where end.role == replica.kind {
        let ports = end.isBlack ? [host["ports"]["black"].text] : Self.redPorts(host)
        for (number, device) in ports.enumerated() {
          devices[Replica(end, max(number, replica.number))] = device
        }
      }
    }
    (self.hosts, self.devices) = (hosts, devices)
    replicas = hosts.keys.count { $0.kind == .generator }
  }

  /// All instances of roles, each with the path of its host in the file.
  private static func instances(
    _ tree: CheckedTree
  ) -> [(replica: Replica<RoleName>, path: String, host: CheckedTree)] {
    RoleName.allCases.flatMap { role in
      let (path, host) = ("hosts.\(role.rawValue)", tree["hosts"][role.rawValue])
      let more = host.optional("replicas")?.items ?? []
      return [(Replica(role), path, host)]
        + more.enumerated().map { (Replica(role, $0 + 1), "\(path).replicas[\($0)]", $1) }
    }
  }

  /// The device arguments of a host's red ports; a gateway may have several.
  private static func redPorts(_ host: CheckedTree) -> [String] {
    let ports = host["ports"]
    return [ports["red"].text] + (ports.optional("red_replicas")?.items ?? []).map(\.text)
  }

  /// Problems with combinations of values. Single values are checked by the shape.
  private static func contradictions(_ tree: CheckedTree) -> [DescriptorError.Problem] {
    instances(tree).flatMap { _, path, host -> [DescriptorError.Problem] in
      var problems: [DescriptorError.Problem] = []
      let cpus = host["cpus"].text
      if CPUList.parse(cpus) == nil {
        let reason = "\"\(cpus)\" is no list of CPUs; write one such as 2-9 or 0,2,4"
        problems.append(.init(path: "\(path).cpus", reason: reason))
      }
      if host["quoting"].text == Quoting.shell.rawValue, host["launcher"].items.isEmpty {
        let reason = "\"shell\" needs a launcher that takes the command apart; leave it out, or name one"
        problems.append(.init(path: "\(path).quoting", reason: reason))
      }
      let red = redPorts(host)
      if let twice = red.dropFirst().firstIndex(of: red[0]) {
        let reason = "\"\(red[0])\" is ports.red as well; name another port"
        problems.append(.init(path: "\(path).ports.red_replicas[\(twice - 1)]", reason: reason))
      }
      return problems
    } + unequalReplicas(tree)
  }

  /// Checks that there are equally many generators, reflectors, and red ports of each gateway.
  private static func unequalReplicas(_ tree: CheckedTree) -> [DescriptorError.Problem] {
    func count(_ role: RoleName, _ members: String...) -> (path: String, count: Int) {
      let host = tree["hosts"][role.rawValue]
      let holder = members.count > 1 ? host[members[0]] : host
      let path = (["hosts", role.rawValue] + members).joined(separator: ".")
      return (path, members.last.flatMap(holder.optional)?.items.count ?? 0)
    }
    let counts = [
      count(.generator, "replicas"), count(.gatewayA, "ports", "red_replicas"),
      count(.gatewayB, "ports", "red_replicas"), count(.reflector, "replicas"),
    ]
    guard let most = counts.max(by: { $0.count < $1.count }) else { return [] }
    return counts.filter { $0.count < most.count }.map { path, count in
      let reason =
        "names \(count), and \(most.path) names \(most.count); each generator needs a reflector and a red "
        + "port of either gateway: name as many of each"
      return .init(path: path, reason: reason)
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
