import CDPDK

/// The NUMA node on which memory is allocated.
public enum MemoryNode {
  /// Runs `body` with allocation on a node: of DPDK's pools, rings and queues of ports, and, as far as the
  /// kernel follows the advice, of pages that this thread touches first. Only one thread at a time may set
  /// up.
  /// - Parameter node: nil to leave the preference unchanged.
  public static func on<Made>(_ node: Int?, _ body: () throws -> Made) rethrows -> Made {
    guard let node else { return try body() }
    let before = cdpdk_prefer_node(Int32(node))
    defer { _ = cdpdk_prefer_node(before) }
    return try body()
  }

  /// The currently preferred node; nil for any.
  package static var current: Int? {
    let node = cdpdk_current_node()
    return node < 0 ? nil : Int(node)
  }

  /// As in "64 packet buffers on NUMA node 1".
  static var words: String { current.map { " on NUMA node \($0)" } ?? "" }
}
