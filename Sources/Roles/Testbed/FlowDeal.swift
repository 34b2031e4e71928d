import Cases
import Dataplane
import Wire

/// Which of the generator's flows take which path, and the paths whose turn comes. Plain memory without an
/// owner: call `deallocate()` once.
struct FlowDeal {
  /// Flows, path by path.
  let flowsByPath: UnsafeMutablePointer<UInt16>
  /// Where a path's flows stand there.
  let firsts: UnsafeMutablePointer<Int>
  /// How many it has.
  let counts: UnsafeMutablePointer<Int>
  /// The paths whose turn comes, one after the other; `turnCount` of them.
  let turns: UnsafeMutablePointer<UInt16>
  let turnCount: Int

  /// - Parameter key: of the hash, where flows are hashed.
  init(_ plan: CasePlan, paths count: Int, key: Int) {
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
    turnCount = isByFlow ? plan.flows : count
    turns = .allocateLines(turnCount)
    for turn in 0..<turnCount {
      (turns + turn).initialize(to: UInt16(isByFlow ? queues[turn] : turn))
    }
  }

  func deallocate() {
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
