import Dataplane
import Wire

/// The generator's memory, shared by its two stages, which run on one thread.
struct GeneratorState {
  /// A sequence of frames that pass the same queues and threads, so that reordering can be detected.
  struct Path {
    /// The path's part of `flowsByPath`.
    var firstFlow: Int
    var flowCount: Int
    /// The most frames that the path keeps under way.
    let limit: UInt64
    var sent: UInt64 = 0
    var credit: Credit
    var lastArrivalTicks: UInt64 = 0
    var log = ArrivalLog()
  }

  let frame: TestFrame
  let flows: Int
  /// Traffic classes; a path's flows are assigned to them in turn.
  let classes: Int
  let hasTimestamps: Bool
  let pathCount: Int
  let paths: UnsafeMutablePointer<Path>
  /// All flows, grouped by path.
  private(set) var flowsByPath: UnsafeMutablePointer<UInt16>
  /// The cyclic order in which paths are served; `turnCount` entries.
  private(set) var turns: UnsafeMutablePointer<UInt16>
  let turnCount: Int
  /// `flowsByPath` and `turns` for each hash key; a single deal if the key does not change.
  private let deals: UnsafeMutablePointer<FlowDeal>
  private let dealCount: Int
  /// Whether reordering is judged by sending times instead of numbers, because a flow changes its path.
  let ordersByTime: Bool
  /// Whether a path that has enough frames under way blocks the others when its turn comes: then all flows
  /// have the same rate, and paths may not.
  let isByFlow: Bool
  /// For each flow the highest number, or the latest sending time, that has come back.
  let lastOfFlow: UnsafeMutablePointer<UInt64>
  let histogram: LatencyHistogram
  var reordered: UInt64 = 0
  /// Polls in which frames were due and the pool had no buffer.
  var dryPolls: UInt64 = 0
  /// Set by another thread to stop sending; on a cache line of its own, for that thread writes it.
  let isHalted: UnsafeMutablePointer<UInt64>

  init(_ plan: CasePlan, paths count: Int) throws {
    // Bad input is refused before memory is allocated.
    frame = try TestFrame(
      frameMemoryLengths: plan.frameMemoryLengths, seed: plan.seed, hops: plan.hops, classes: plan.classes,
      deal: TunnelDeal(tunnels: plan.tunnels, stride: plan.steering == .hash ? 1 : count),
      version: plan.innerVersion, mayBeCut: plan.fragments == .copied, replica: plan.replica)
    classes = plan.classes
    histogram = LatencyHistogram()
    flows = plan.flows
    hasTimestamps = plan.hasTimestamps
    pathCount = count
    paths = .allocateLines(count)
    isByFlow = plan.steering == .hash
    ordersByTime = plan.changesHashKey
    dealCount = ordersByTime ? ReceiveSideScaling.keys : 1
    deals = .allocateLines(dealCount)
    for key in 0..<dealCount { (deals + key).initialize(to: FlowDeal(plan, paths: count, key: key)) }
    let deal = deals[0]
    (flowsByPath, turns, turnCount) = (deal.flowsByPath, deal.turns, deal.turnCount)
    for index in 0..<count {
      let share = deal.counts[index]
      // A path's share of the frames follows its share of the flows, unless the hash key changes.
      let part = isByFlow && !ordersByTime ? Double(share) / Double(plan.flows) : 1 / Double(count)
      let limit = max(Int(Double(plan.inFlightFrames) * part), (isByFlow ? 2 : 1) * Burst.capacity)
      (paths + index).initialize(
        to: Path(
          firstFlow: deal.firsts[index], flowCount: share, limit: UInt64(limit),
          credit: Credit(limit: limit, span: plan.spanFrames)))
    }
    isHalted = .allocateLines(1)
    isHalted.initialize(to: 1)
    lastOfFlow = .allocateLines(plan.flows)
    lastOfFlow.initialize(repeating: 0, count: plan.flows)
  }

  /// Assigns flows to paths by another hash key from now on.
  mutating func use(key: Int) {
    let deal = deals[key]
    (flowsByPath, turns) = (deal.flowsByPath, deal.turns)
    for index in 0..<pathCount {
      (paths[index].firstFlow, paths[index].flowCount) = (deal.firsts[index], deal.counts[index])
    }
  }

  func deallocate() {
    for index in 0..<pathCount {
      paths[index].log.deallocate()
      paths[index].credit.deallocate()
    }
    paths.deallocate()
    for key in 0..<dealCount { deals[key].deallocate() }
    deals.deallocate()
    isHalted.deallocate()
    lastOfFlow.deallocate()
    histogram.deallocate()
    frame.deallocate()
  }
}

/// Sends frames: 1. how many may go, 2. take buffers, 3. write the frames, 4. transmit, 5. count.
///
/// A path is a queue of the link; `FlowQueues` assigns flows to queues.
struct GenerateStage: Stage {
  let state: UnsafeMutablePointer<GeneratorState>
  let queues: UnsafeMutablePointer<PortQueue>
  let source: PacketSource
  let headroom: Int
  let counters: StageCounters
  let burst = Burst()
  let pace: Pace
  /// Frames that are due together at a fixed rate.
  private let together: UInt64
  private var turn = 0
  private var sent: UInt64 = 0
  private var startTicks: UInt64 = 0
  private var clock: HashKeyClock

  /// When frames may go.
  enum Pace {
    /// A frame goes for each one that comes back: each path keeps up to its limit under way.
    case inFlight
    /// A fixed rate over all paths.
    case ticksPerFrame(Double)
  }

  init(
    _ plan: CasePlan, state: UnsafeMutablePointer<GeneratorState>, port: LinkPort, source: PacketSource,
    counters: StageCounters
  ) {
    self.state = state
    self.source = source
    self.counters = counters
    let alignment = plan.isAligned ? PacketPool.alignment(before: Ethernet.headerBytes) : 0
    headroom = PacketPool.headroomBytes + alignment + plan.extraHeadroomBytes
    clock = plan.hashKeyClock
    together = UInt64(max(plan.burstFrames, 1))
    let count = state.pointee.pathCount
    queues = .allocateLines(count)
    for index in 0..<count { (queues + index).initialize(to: port.queue(index / plan.replicas)) }
    if let rate = plan.rateMpps {
      pace = .ticksPerFrame(Double(EAL.ticksPerSecond) * Double(plan.replicas) / (rate * 1e6))
    } else {
      pace = .inFlight
    }
  }

  mutating func poll() -> Int {
    guard isRunning else { return 0 }
    let now = EAL.ticks
    if clock.hasChanged(now: now) { state.pointee.use(key: clock.key) }
    let path = Int(state.pointee.turns[turn])
    let count = allowed(on: path, now: now)
    if count > 0 || !state.pointee.isByFlow { turn = turn &+ 1 < state.pointee.turnCount ? turn &+ 1 : 0 }
    guard count > 0 else { return 0 }
    guard source.allocate(burst, count: count) else {
      state.pointee.dryPolls &+= 1
      return 0
    }

    var index = 0
    while index < count {
      let time = state.pointee.hasTimestamps ? stamp(of: sent &+ UInt64(index &+ 1), now: now) : 0
      write(burst[index], path: path, time: time)
      index &+= 1
    }

    let taken = queues[path].transmit(burst, count: count)
    if taken < count {
      burst.free(from: taken, to: count)
      counters.drop(DropReason.queueFull.rawValue, count &- taken)
    }
    sent &+= UInt64(truncatingIfNeeded: count)
    counters.count(received: count, transmitted: taken)
    return count
  }

  func deallocate() {
    burst.deallocate()
    queues.deallocate()
  }

  @inline(__always)
  private var isRunning: Bool { !SharedFlag.isSet(state.pointee.isHalted) }

  /// How many frames may go now, at most a burst.
  @inline(__always)
  private mutating func allowed(on path: Int, now: UInt64) -> Int {
    switch pace {
    case .inFlight:
      let own = state.pointee.paths + path
      let limit = own.pointee.limit
      if own.pointee.sent == 0 { own.pointee.lastArrivalTicks = now }
      let underWay = own.pointee.credit.underWay
      // If flows are to have the same rate, a path sends a whole burst in its turn.
      let least: UInt64 = state.pointee.isByFlow ? UInt64(Burst.capacity) : 1
      if underWay &+ least <= limit {
        return Int(truncatingIfNeeded: min(limit &- underWay, UInt64(Burst.capacity)))
      }
      // If nothing has come back for half a second, longer than a thread is off its core, the frames under
      // way are lost.
      if now &- own.pointee.lastArrivalTicks > EAL.ticksPerSecond / 2 {
        own.pointee.credit.forget()
        own.pointee.lastArrivalTicks = now
      }
      return 0
    case .ticksPerFrame(let ticks):
      if startTicks == 0 { startTicks = now }
      var due = UInt64(Double(now &- startTicks) / ticks)
      if together > 1 { due &-= due % together }
      return due > sent ? Int(truncatingIfNeeded: min(due &- sent, UInt64(Burst.capacity))) : 0
    }
  }

  /// The start of a frame's latency: its sending time, or, at a fixed rate, when it was due, so that a
  /// generator that lags does not hide the wait.
  @inline(__always)
  private func stamp(of number: UInt64, now: UInt64) -> UInt64 {
    switch pace {
    case .inFlight: return now
    case .ticksPerFrame(let ticks):
      let last = together > 1 ? (number &+ together &- 1) / together &* together : number
      return startTicks &+ UInt64(Double(last) * ticks)
    }
  }

  @inline(__always)
  private mutating func write(_ packet: Packet, path: Int, time: UInt64) {
    let own = state.pointee.paths + path
    own.pointee.sent &+= 1
    let ordinal = own.pointee.sent
    own.pointee.credit.noteSending()
    // The path's flows in turn.
    let turn = Int(truncatingIfNeeded: ordinal) % own.pointee.flowCount
    let flow = state.pointee.flowsByPath[own.pointee.firstFlow &+ turn]
    let stamp = UInt64(truncatingIfNeeded: path) << 48 | ordinal
    packet.setFrame(headroom: headroom, count: state.pointee.frame.bytes(of: stamp))
    state.pointee.frame.write(
      to: packet.data, stamp: stamp, time: time, flow: flow,
      class: state.pointee.classes > 1 ? turn % state.pointee.classes : 0)
  }
}

/// Receives frames: 1. receive, 2. judge each: intact, damaged, foreign, a second copy, 3. check order and
/// record the round-trip time, 4. free, 5. count. Its counter `transmitted` counts accepted frames.
struct CollectStage<Input: BurstInput>: Stage {
  let state: UnsafeMutablePointer<GeneratorState>
  var input: Input
  let counters: StageCounters
  let burst = Burst()

  init(state: UnsafeMutablePointer<GeneratorState>, input: Input, counters: StageCounters) {
    self.state = state
    self.input = input
    self.counters = counters
  }

  mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    burst.prefetchFirst(of: received, margin: .whole)
    let now = EAL.ticks
    var accepted = 0
    var index = 0
    while index < received {
      burst.prefetchAhead(of: index, count: received, margin: .whole)
      let packet = burst[index]
      let reason = accept(packet, now: now)
      if reason == .none { accepted &+= 1 } else { counters.drop(reason.rawValue) }
      index &+= 1
    }
    burst.free(from: 0, to: received)
    counters.count(received: received, transmitted: accepted)
    return received
  }

  func deallocate() {
    burst.deallocate()
    input.deallocate()
  }

  @inline(__always)
  private func accept(_ packet: Packet, now: UInt64) -> DropReason {
    guard packet.isWhole else { return .segmented }
    let data = packet.data
    let frame = state.pointee.frame
    switch frame.judge(data, count: packet.count) {
    case .damaged: return .damaged
    case .foreign: return .foreignFrame
    case .intact: break
    }
    let stamp = data.loadLittle(frame.stampOffset, as: UInt64.self)
    let path = Int(truncatingIfNeeded: stamp >> 48)
    let ordinal = stamp & TestFrame.ordinalMask
    let port = data.loadBig(frame.returnedFlowPortOffset, as: UInt16.self)
    let flow = Int(TestFrame.flow(ofPort: port))
    guard path < state.pointee.pathCount, flow < state.pointee.flows else { return .damaged }

    let own = state.pointee.paths + path
    own.pointee.lastArrivalTicks = now
    guard own.pointee.log.note(ordinal) == .first else { return .duplicated }
    own.pointee.credit.noteReturn(ordinal)

    let order = state.pointee.ordersByTime ? data.loadLittle(frame.timeOffset, as: UInt64.self) : ordinal
    if order < state.pointee.lastOfFlow[flow] {
      state.pointee.reordered &+= 1
    } else {
      state.pointee.lastOfFlow[flow] = order
    }
    if state.pointee.hasTimestamps {
      state.pointee.histogram.note(now &- data.loadLittle(frame.timeOffset, as: UInt64.self))
    }
    return .none
  }
}
