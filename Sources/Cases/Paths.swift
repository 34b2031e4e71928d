/// Paths with different delays over which the packets of a queue of the black link are distributed in turn:
/// packet n, counted from 1, takes path (n - 1) modulo `count`. Path 0 is the fastest. The delays of the
/// others increase in even steps; a delay is the number of packets that come in the meantime.
public struct Paths: Equatable, Sendable {
  /// The number of paths, at least two.
  public let count: Int
  /// The delay of the slowest path relative to the fastest, in packets.
  public let skew: Int

  /// Makes paths from their count and skew.
  public init(count: Int, skew: Int) { (self.count, self.skew) = (count, skew) }

  /// The delay of a path relative to path 0, in packets: a packet of the path leaves right behind the last of
  /// as many packets that come after it. If several packets are due to leave, the first that came leaves
  /// first.
  public func delay(of path: Int) -> Int { path * skew / (count - 1) }

  /// How far a path's packets lag behind the newest packet that left before them.
  public func lag(of path: Int) -> Int {
    // For each faster path, the newest packet that has left.
    let leads = (0..<path).map { other in
      let most = delay(of: path) - delay(of: other) - (delay(of: other) > 0 ? 1 : 0)
      return most - (most + path - other) % count
    }
    return max(leads.max() ?? 0, 0)
  }

  /// The share of slower paths' packets that lie too far back for a window of this size.
  public func lateShare(beyond window: Int) -> Double {
    let late = (1..<count).filter { delay(of: $0) > 0 }
    return late.isEmpty ? 0 : Double(late.filter { lag(of: $0) >= window }.count) / Double(late.count)
  }

  /// Whether each of `flows` flows, whose packets also come in turn, uses every path.
  public func areTaken(by flows: Int) -> Bool {
    Set((0..<count).map { $0 * flows % count }).count == count
  }
}

extension AxisValues {
  /// The paths of the black link; the slowest path's delay is `latePackets`.
  public var pathsBySkew: Paths { Paths(count: paths, skew: latePackets) }
}
