/// Paths of different delay over which the packets of a queue of the black link are dealt in turn: packet n,
/// counted from 1, takes path (n - 1) modulo `count`. Path 0 is the fastest, and the others are slower in
/// even steps, by packets that come in the meantime.
public struct Paths: Equatable, Sendable {
  /// How many there are, at least two.
  public let count: Int
  /// By how many packets the slowest is slower than the fastest.
  public let skew: Int

  /// So many paths.
  public init(count: Int, skew: Int) { (self.count, self.skew) = (count, skew) }

  /// By how many packets a path is slower than path 0: a packet of it goes on right behind the last of as
  /// many that come after it. Of several whose turn it is, what came first goes first.
  public func delay(of path: Int) -> Int { path * skew / (count - 1) }

  /// How far a path's packets are behind the newest one that came out before them.
  public func lag(of path: Int) -> Int {
    // Of each faster path the newest packet that is through.
    let leads = (0..<path).map { other in
      let most = delay(of: path) - delay(of: other) - (delay(of: other) > 0 ? 1 : 0)
      return most - (most + path - other) % count
    }
    return max(leads.max() ?? 0, 0)
  }

  /// The share of what slower paths carry that a window of so many packets does not reach back to.
  public func lateShare(beyond window: Int) -> Double {
    let late = (1..<count).filter { delay(of: $0) > 0 }
    return late.isEmpty ? 0 : Double(late.filter { lag(of: $0) >= window }.count) / Double(late.count)
  }

  /// Whether each of so many flows, of which packets are in turn, too, takes every path.
  public func areTaken(by flows: Int) -> Bool {
    Set((0..<count).map { $0 * flows % count }).count == count
  }
}

extension AxisValues {
  /// Paths of the black link, by the packets by which the slowest is slower.
  public var pathsBySkew: Paths { Paths(count: paths, skew: latePackets) }
}
