import Cases
import Dataplane
import Wire

/// Assigns flows to paths, and gives the order in which the generator serves its paths. Of several generators
/// generator r of n serves the paths p with p mod n = r. Plain memory without an owner: call `deallocate()`
/// once.
package struct FlowDeal {
  /// All flows, grouped by path.
  package let flowsByPath: UnsafeMutablePointer<UInt16>
  /// For each path the index of its first flow in `flowsByPath`.
  package let firsts: UnsafeMutablePointer<Int>
  /// For each path the number of its flows.
  package let counts: UnsafeMutablePointer<Int>
  /// The cyclic order in which paths are served; `turnCount` entries.
  package let turns: UnsafeMutablePointer<UInt16>
  package let turnCount: Int

  /// - Parameter key: which hash key, if flows are hashed.
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
      for (rank, flow) in mine.enumerated() { (flowsByPath + first + rank).initialize(to: UInt16(flow)) }
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
  /// Whether the hash key changes during the case.
  var changesHashKey: Bool { steering == .hash && axes.hashKeyMilliseconds > 0 }

  /// The clock that changes the hash key.
  var hashKeyClock: HashKeyClock {
    HashKeyClock(
      ticks: changesHashKey ? UInt64(axes.hashKeyMilliseconds) * (EAL.ticksPerSecond / 1000) : 0)
  }
}
