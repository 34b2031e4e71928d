import Foundation
import Results

/// Network namespaces without a name: each belongs to a role process and vanishes with it, however a run
/// ends.
enum NetworkNamespace {
  /// Stops the kernel's own neighbour and router discovery on the links. Call it in a process with its own
  /// namespace, before the links are made.
  static func silence() {
    for scope in ["default", "all"] {
      let path = "/proc/sys/net/ipv6/conf/\(scope)/disable_ipv6"
      try? "1".write(toFile: path, atomically: false, encoding: .utf8)
    }
  }

  /// Joins the namespaces of two processes by a veth pair.
  /// - Throws: `RunError.network`.
  static func connect(
    _ near: (process: Int32, device: String), _ far: (process: Int32, device: String), mtuBytes: Int
  ) throws {
    try run(
      in: near.process,
      "link add \(near.device) mtu \(mtuBytes) type veth peer name \(far.device) mtu \(mtuBytes) "
        + "netns \(far.process)")
    for end in [near, far] { try run(in: end.process, "link set \(end.device) up") }
  }

  /// The command that runs another one in the namespace of a process.
  static func entrance(to process: Int32) -> [String] { ["nsenter", "--net=/proc/\(process)/ns/net", "--"] }

  /// Gives a device another MAC address.
  /// - Throws: `RunError.network`.
  static func setAddress(of device: String, in process: Int32, to address: String) throws {
    try run(in: process, "link set \(device) address \(address)")
  }

  /// Runs `ip` in the namespace of a process.
  private static func run(in process: Int32, _ arguments: String) throws {
    let words = entrance(to: process) + ["ip"] + arguments.split(separator: " ").map(String.init)
    try OpenFiles.requireForProcess("nsenter")
    guard let outcome = Program.run(words) else {
      throw RunError.network(step: "nsenter", reason: "it is not installed, or cannot be started")
    }
    guard outcome.status == 0 else {
      throw RunError.network(step: "ip \(arguments)", reason: outcome.complaint)
    }
  }
}
