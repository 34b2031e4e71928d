import CDPDK

/// The NUMA node that memory is made on.
public enum MemoryNode {
  /// Has what `body` makes be on a node: DPDK's pools, rings and queues of ports, and, as far as the kernel
  /// takes the advice, pages that this thread is the first to touch. One thread at a time sets up.
  /// - Parameter node: nil to leave it as it is.
  public static func on<Made>(_ node: Int?, _ body: () throws -> Made) rethrows -> Made {
    guard let node else { return try body() }
    let before = cdpdk_prefer_node(Int32(node))
    defer { _ = cdpdk_prefer_node(before) }
    return try body()
  }

  /// The node that is asked for now; nil for any.
  package static var current: Int? {
    let node = cdpdk_current_node()
    return node < 0 ? nil : Int(node)
  }

  /// As in "64 packet buffers on NUMA node 1".
  static var words: String { current.map { " on NUMA node \($0)" } ?? "" }
}
