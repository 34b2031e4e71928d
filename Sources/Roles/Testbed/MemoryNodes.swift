import Cases

/// On a host with several NUMA nodes, the node for memory: that of the NIC or of the threads that use it.
public struct MemoryNodes: Codable, Equatable, Sendable {
  /// The node of each of the plan's CPUs, in order; nil where the kernel reports none.
  private let cpus: [Int?]
  /// The nodes of ports that are NICs.
  private let ports: [LinkEnd: Int]

  /// Nodes of a plan's CPUs, in order, and of ports; nil for unknown ones.
  public init(cpus: [Int?], ports: [LinkEnd: Int?]) {
    self.cpus = cpus
    self.ports = ports.compactMapValues(\.self)
  }

  /// The node for the packets and queues of some ports: that of the NICs, or of all CPUs for a port that is
  /// no NIC; nil if these differ.
  package func node(of ends: [LinkEnd]) -> Int? {
    Self.common(ends.map { ports[$0] ?? node(ofThreadsAt: cpus.indices) })
  }

  /// The node for memory of the threads at these positions of the CPU list; nil if they are on several nodes.
  package func node(ofThreadsAt positions: some Sequence<Int>) -> Int? {
    Self.common(positions.map { cpus[$0] })
  }

  private static func common(_ nodes: [Int?]) -> Int? {
    Set(nodes).count == 1 ? nodes[0] : nil
  }
}
