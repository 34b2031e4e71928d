import Foundation

/// Four hosts, or more if there are several generators and reflectors, in named network namespaces with links
/// between them. They are removed at the end of the test.
final class HostNetwork {
  static let roles = ["generator", "gateway-a", "gateway-b", "reflector"]

  /// The instances of roles; the second generator is `generator.2`.
  let players: [String]
  private let replicas: Int
  let scratch: Scratch
  private let prefix: String
  private let binary: String
  private let cpus: String

  /// Makes namespaces and links.
  /// - Parameter replicas: the number of generators, and of reflectors.
  /// - Throws: `Unmet` without root.
  init(_ scratch: Scratch, replicas: Int = 1) async throws {
    try Host.requireRoot()
    self.replicas = replicas
    let further = (1..<replicas).flatMap { ["generator.\($0 + 1)", "reflector.\($0 + 1)"] }
    players = Self.roles + further
    self.scratch = scratch
    prefix = scratch.path.split(separator: "-").last.map { "vpebench-\($0)" } ?? "vpebench"
    binary = try Vpebench.binary
    cpus = Host.cpus
    let silence = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
    var lines: [String] = []
    for player in players {
      lines.append("ip netns add \(name(player)) && ip netns exec \(name(player)) \(silence)")
    }
    let red = players.filter { !$0.hasPrefix("gateway") }.map { player in
      (player, "red", player.hasPrefix("generator") ? "gateway-a" : "gateway-b", "red\(Self.suffix(player))")
    }
    for (near, device, far, other) in red + [("gateway-a", "black", "gateway-b", "black")] {
      lines.append(
        "ip -n \(name(near)) link add \(device) mtu 1700 type veth peer name \(other) mtu 1700 "
          + "netns \(name(far))")
      lines.append("ip -n \(name(near)) link set \(device) up && ip -n \(name(far)) link set \(other) up")
    }
    let made = try await Program.run(["sh", "-c", lines.joined(separator: " && ")])
    guard made.status == 0 else { throw Unmet("namespaces cannot be made: \(made.errors)") }
  }

  deinit {
    for role in players {
      let remover = Process()
      remover.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      remover.arguments = ["ip", "netns", "delete", name(role)]
      try? remover.run()
      remover.waitUntilExit()
    }
  }

  /// The suffix of the name of a gateway's port that leads to an instance: empty, or `2` for the second.
  private static func suffix(_ player: String) -> String {
    player.contains(".") ? String(player.split(separator: ".")[1]) : ""
  }

  /// The namespace of a role.
  func name(_ role: String) -> String { "\(prefix)-\(role)" }

  /// Writes an inventory of these hosts.
  /// - Parameters:
  ///   - before: the words before a role's launcher.
  ///   - binaries: other programs than the one under test, by role.
  ///   - crossed: a role whose ports are swapped.
  ///   - turned: a gateway whose red ports are in the wrong order.
  ///   - leaseSeconds: longer than any thread here waits for a core.
  ///   - more: further members of each host.
  /// - Returns: the file's path.
  func inventory(
    before: [String: [String]] = [:], binaries: [String: String] = [:], crossed: String? = nil,
    turned: String? = nil, leaseSeconds: Int = 60, more: String = ""
  ) throws -> String {
    func host(_ player: String, _ members: String = "") -> String {
      let launcher = (before[player] ?? []) + ["ip", "netns", "exec", name(player)]
      let (near, far) = player == crossed ? ("black", "red") : ("red", "black")
      var devices = [near]
      if player.hasPrefix("gateway") { devices += (1..<replicas).map { "red\($0 + 1)" } }
      if player == turned { devices.reverse() }
      let red = devices.enumerated().map { "'net_af_packet\($0.offset),iface=\($0.element)'" }
      var ports = "red: \(red[0])"
      if player.hasPrefix("gateway") { ports += ", black: 'net_af_packet\(red.count),iface=\(far)'" }
      if red.count > 1 { ports += ", red_replicas: [\(red.dropFirst().joined(separator: ", "))]" }
      return """
        {
          launcher: \(launcher), binary: "\(binaries[player] ?? binary)", cpus: "\(cpus)",
          ports: { \(ports) }, \(members) \(more)
        }
        """
    }
    let hosts = Self.roles.map { role in
      let further = players.filter { $0.hasPrefix("\(role).") }.map { host($0) }.joined(separator: ", ")
      return "\"\(role)\": " + host(role, further.isEmpty ? "" : "replicas: [\(further)],")
    }
    return try scratch.write(
      "{ name: 'namespaces', lease_seconds: \(leaseSeconds), hosts: { \(hosts.joined(separator: ", ")) } }",
      to: "testbed.json5")
  }

  /// The role processes on a host, by their network namespace.
  func processes(of player: String) -> [ProcessID] {
    guard let network = Host.network(named: name(player)) else { return [] }
    let role = String(player.prefix { $0 != "." })
    return Host.processes { $0.first == binary && $0.contains("serve") && $0.contains(role) }
      .filter { $0.network == network }
  }

  /// Expects at the end of a run that nothing of it is left on any host.
  func areEmpty() async throws -> Bool {
    try await eventually { players.allSatisfy { processes(of: $0).isEmpty } }
  }

  /// Starts to send 20,000 packets per second over a host's loopback interface, for five minutes unless it is
  /// ended, so that packets arrive that are not of the testbed's links.
  func addNoise(on role: String) throws -> Program {
    let script = """
      import socket, subprocess, time
      subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
      sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      end = time.monotonic() + 300
      while time.monotonic() < end:
          for _ in range(20):
              sender.sendto(bytes(50), ("127.0.0.1", 9))
          time.sleep(0.001)
      """
    return try Program(["ip", "netns", "exec", name(role), Oracles.python, "-c", script])
  }

  /// Takes a host's link down or up.
  func set(_ device: String, of role: String, up: Bool) async throws {
    let ending = try await Program.run(["ip", "-n", name(role), "link", "set", device, up ? "up" : "down"])
    guard ending.status == 0 else { throw Unmet("\(device) of \(role): \(ending.errors)") }
  }
}
