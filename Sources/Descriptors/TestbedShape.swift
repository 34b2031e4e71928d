import Cases

extension Testbed {
  /// The format of an inventory: each key with its type, limits, default and meaning.
  static let shape = Shape.object([
    .init("$schema", .text(.anything), .optional, "JSON Schema for completion in editors; ignored."),
    .init("name", .text(.anything), .required, "What people call the testbed."),
    .init(
      "lease_seconds", .number(1...600), .standard(20),
      "A role ends itself when it has not heard of its run for so long, and the run gives up a role that "
        + "it has not heard of."),
    .init("hosts", .object(RoleName.allCases.map(host)), .required, "Where each role runs."),
  ])

  private static func host(_ role: RoleName) -> Shape.Field {
    let isGateway = RoleName.gateways.contains(role)
    let own = members(ports: isGateway ? [red, redReplicas, black] : [red])
    let note =
      "Further hosts that play this role as well, each with all of these members; the gateways have a red "
      + "port for each (ports.red_replicas)."
    let more = Shape.Field("replicas", .list(.object(own)), .optional, note)
    return .init(
      role.rawValue, .object(isGateway ? own : own + [more]), .required,
      isGateway ? "A gateway." : "The \(role.rawValue).")
  }

  private static func members(ports: [Shape.Field]) -> [Shape.Field] {
    [
      .init(
        "launcher", .words, .standard([]),
        "What stands before a command to have it run on the host, such as ssh and its options; nothing "
          + "for this machine."),
      .init(
        "quoting", .choice(Quoting.allCases.map(\.rawValue)), .standard("none"),
        "none: the command's words follow the launcher as they are (srun, ip netns exec); shell: they "
          + "follow as one argument that a shell takes apart (ssh)."),
      .init(
        "binary", .text(path), .required,
        "Where vpebench lies on the host; it must be the same program as the one that runs."),
      .init("cpus", .text(cpus), .required, "CPUs for dataplane threads, such as 2-9 or 0,2,4."),
      .init(
        "numa_node", .integer(0...1023), .optional,
        "The NUMA node that the CPUs must be on; a host where they are not is refused."),
      .init("ports", .object(ports), .required, "The role's ports."),
      .init(
        "mtu_bytes", .integer(68...65_535), .optional,
        "The largest IP packet that its links carry; a case that needs a larger one is left out."),
      .init(
        "link_gbps", .number(0...10_000, isAboveOnly: true), .optional,
        "Rate of its links, which environment.json tells."),
    ]
  }

  private static let red = Shape.Field("red", device, .required, "Port of the plaintext side.")
  private static let redReplicas = Shape.Field(
    "red_replicas", .list(device), .optional,
    "Ports to the further generators, or reflectors, in the order of their replicas.")
  private static let black = Shape.Field("black", device, .required, "Port of the ciphertext side.")

  private static let device = Shape.text(
    .init(expression: #"\S(?:.*\S)?"#, allowed: "a PCI address or DPDK device arguments on one line"))
  private static let path = Shape.Pattern(
    expression: #"/\S(?:.*\S)?"#, allowed: "a path that begins with /")
  private static let cpus = Shape.Pattern(
    expression: #"[0-9]+(?:-[0-9]+)?(?:,[0-9]+(?:-[0-9]+)?)*"#,
    allowed: "a list of CPUs such as 2-9 or 0,2,4")
}

/// The JSON Schema of inventories, for completion in editors. It is derived from the shape that the checker
/// uses.
public enum TestbedSchema {
  /// The schema (draft 2020-12) as text. The published file has the same text.
  public static var text: String { Testbed.shape.published(as: "vpebench testbed") }
}
