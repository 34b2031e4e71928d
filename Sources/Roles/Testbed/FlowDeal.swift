import Cases
import Dataplane
import Wire

/// Which flows take which path, and the paths whose turn comes: of several generators each has those whose
/// number leaves its own when divided by how many there are. Plain memory without an owner: call
/// `deallocate()` once.
package struct FlowDeal {
  /// Flows, path by path.
  package let flowsByPath: UnsafeMutablePointer<UInt16>
  /// Where a path's flows stand there.
  package let firsts: UnsafeMutablePointer<Int>
  /// How many it has.
  package let counts: UnsafeMutablePointer<Int>
  /// The paths whose turn comes, one after the other; `turnCount` of them.
  package let turns: UnsafeMutablePointer<UInt16>
  package let turnCount: Int

  /// - Parameter key: of the hash, where flows are hashed.
  package init(_ plan: CasePlan, paths count: Int, key: Int) {
    let isByFlow = plan.steering == .hash
    let queues = FlowQueues(
      flows: plan.flows, queues: count, isHashed: isByFlow, tunnels: plan.tunnels,
      version: plan.innerVersion, key: key)
    defer { queues.deallocate() }
    flowsByPath = .allocateLines(plan.flows)
    firsts = .allocateLines(count)
    counts = .allocateLines(count)
    var first = 0
    for index in 0..<count {
      let mine = (0..<plan.flows).filter { queues[$0] == index }
      for (place, flow) in mine.enumerated() { (flowsByPath + first + place).initialize(to: UInt16(flow)) }
      (firsts + index).initialize(to: first)
      (counts + index).initialize(to: mine.count)
      first += mine.count
    }
    let order =
      isByFlow
      ? (0..<plan.flows).map { queues[$0] }
      : Array(stride(from: plan.replica, to: count, by: plan.replicas))
    turnCount = order.count
    turns = .allocateLines(turnCount)
    for (turn, path) in order.enumerated() { (turns + turn).initialize(to: UInt16(path)) }
  }

  package func deallocate() {
    flowsByPath.deallocate()
    firsts.deallocate()
    counts.deallocate()
    turns.deallocate()
  }
}

extension CasePlan {
  /// Whether the key changes by which flows are hashed.
  var changesHashKey: Bool { steering == .hash && axes.hashKeyMilliseconds > 0 }

  /// How long each key holds.
  var hashKeyClock: HashKeyClock {
    HashKeyClock(
      ticks: changesHashKey ? UInt64(axes.hashKeyMilliseconds) * (EAL.ticksPerSecond / 1000) : 0)
  }
}
