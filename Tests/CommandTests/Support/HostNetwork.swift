import Foundation

/// Four hosts in network namespaces of their own names, with links between them; gone with the test.
final class HostNetwork {
  static let roles = ["generator", "gateway-a", "gateway-b", "reflector"]

  let scratch: Scratch
  private let prefix: String
  private let binary: String
  private let cpus: String

  /// Makes namespaces and links.
  /// - Throws: `Unmet` without root.
  init(_ scratch: Scratch) async throws {
    try Host.requireRoot()
    self.scratch = scratch
    prefix = scratch.path.split(separator: "-").last.map { "vpebench-\($0)" } ?? "vpebench"
    binary = try Vpebench.binary
    cpus = Host.cpus
    let silence = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
    var lines: [String] = []
    for role in Self.roles {
      lines.append("ip netns add \(name(role)) && ip netns exec \(name(role)) \(silence)")
    }
    for (near, far, device) in [
      ("generator", "gateway-a", "red"), ("gateway-a", "gateway-b", "black"),
      ("gateway-b", "reflector", "red"),
    ] {
      lines.append(
        "ip -n \(name(near)) link add \(device) mtu 1700 type veth peer name \(device) mtu 1700 "
          + "netns \(name(far))")
      for host in [near, far] { lines.append("ip -n \(name(host)) link set \(device) up") }
    }
    let made = try await Program.run(["sh", "-c", lines.joined(separator: " && ")])
    guard made.status == 0 else { throw Unmet("namespaces cannot be made: \(made.errors)") }
  }

  deinit {
    for role in Self.roles {
      let remover = Process()
      remover.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      remover.arguments = ["ip", "netns", "delete", name(role)]
      try? remover.run()
      remover.waitUntilExit()
    }
  }

  /// The namespace of a role.
  func name(_ role: String) -> String { "\(prefix)-\(role)" }

  /// Writes an inventory of these hosts.
  /// - Parameters:
  ///   - before: what stands before a role's launcher.
  ///   - binaries: other programs than the one under test, by role.
  ///   - crossed: a role whose ports are taken for each other.
  ///   - leaseSeconds: longer than any thread here waits for a core.
  ///   - more: members of each host.
  /// - Returns: the file's path.
  func inventory(
    before: [String: [String]] = [:], binaries: [String: String] = [:], crossed: String? = nil,
    leaseSeconds: Int = 60, more: String = ""
  ) throws -> String {
    let hosts = Self.roles.map { role in
      let launcher = (before[role] ?? []) + ["ip", "netns", "exec", name(role)]
      let (near, far) = role == crossed ? ("black", "red") : ("red", "black")
      let black = role.hasPrefix("gateway") ? ", black: 'net_af_packet1,iface=\(far)'" : ""
      return """
        "\(role)": {
          launcher: \(launcher), binary: "\(binaries[role] ?? binary)", cpus: "\(cpus)",
          ports: { red: "net_af_packet0,iface=\(near)"\(black) }, \(more)
        }
        """
    }
    return try scratch.write(
      "{ name: 'namespaces', lease_seconds: \(leaseSeconds), hosts: { \(hosts.joined(separator: ", ")) } }",
      to: "testbed.json5")
  }

  /// The role processes on a host, by the network that they are in.
  func processes(of role: String) -> [ProcessID] {
    guard let network = Host.network(named: name(role)) else { return [] }
    return Host.processes { $0.first == binary && $0.contains("serve") && $0.contains(role) }
      .filter { $0.network == network }
  }

  /// Expects of a run's end that nothing of it is left on any host.
  func areEmpty() async throws -> Bool {
    try await eventually { Self.roles.allSatisfy { processes(of: $0).isEmpty } }
  }

  /// Takes a host's link down or up.
  func set(_ device: String, of role: String, up: Bool) async throws {
    let ending = try await Program.run(["ip", "-n", name(role), "link", "set", device, up ? "up" : "down"])
    guard ending.status == 0 else { throw Unmet("\(device) of \(role): \(ending.errors)") }
  }
}
