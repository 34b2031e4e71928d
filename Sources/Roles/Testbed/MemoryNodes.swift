import Cases

/// Which NUMA node memory is to be on, on a host with several: that of the NIC or of the threads that use it.
public struct MemoryNodes: Codable, Equatable, Sendable {
  /// Of each of the plan's CPUs, in their order; nil where the kernel does not tell.
  private let cpus: [Int?]
  /// Of ports that are NICs.
  private let ports: [LinkEnd: Int]

  /// Nodes of a plan's CPUs, in their order, and of ports; nil for those that nobody knows.
  public init(cpus: [Int?], ports: [LinkEnd: Int?]) {
    self.cpus = cpus
    self.ports = ports.compactMapValues(\.self)
  }

  /// The node of the packets and queues of some ports: the NICs', or else that of all CPUs; nil where these
  /// differ.
  package func node(of ends: [LinkEnd]) -> Int? {
    Self.common(ends.map { ports[$0] ?? node(ofThreadsAt: cpus.indices) })
  }

  /// The node of what threads at these positions of the CPUs use; nil where they are on several.
  package func node(ofThreadsAt positions: some Sequence<Int>) -> Int? {
    Self.common(positions.map { cpus[$0] })
  }

  private static func common(_ nodes: [Int?]) -> Int? {
    Set(nodes).count == 1 ? nodes[0] : nil
  }
}
