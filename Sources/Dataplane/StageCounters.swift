import CDPDK
import Wire

/// A stage's counters. One thread writes, any may read, and gets a recent value.
///
/// A trivial struct over 64-byte aligned memory, so that no two stages share a cache line. Call
/// `deallocate()` once.
public struct StageCounters {
  /// The most reasons for a drop that a stage can count.
  public static let dropReasons = 64

  enum Field: Int {
    case received, transmitted
    case busyPolls, emptyPolls, busyTicks, busyPackets, stalledPolls, stalledTicks
    case firstDrop
  }

  private static let bytes = (Field.firstDrop.rawValue + dropReasons) * 8
  let values: UnsafeMutablePointer<UInt64>
  /// Ticks per packet of full bursts.
  let histogram = TickHistogram()

  /// Counters at 0.
  public init() {
    let memory = UnsafeMutableRawPointer.allocateLines(StageCounters.bytes)
    values = memory.initializeMemory(as: UInt64.self, repeating: 0, count: StageCounters.bytes / 8)
  }

  /// The memory that the thread writes; each piece has cache lines of its own.
  package var memory: [UnsafeRawBufferPointer] {
    [UnsafeRawBufferPointer(start: values, count: StageCounters.bytes), histogram.memory]
  }

  /// Gives the memory back.
  public func deallocate() {
    values.deallocate()
    histogram.deallocate()
  }

  @inline(__always)
  func add(_ field: Field, _ amount: UInt64) {
    let counter = values + field.rawValue
    cdpdk_store(counter, counter.pointee &+ amount)
  }

  /// Counts a poll that has ended, after all its reads: whoever sees the count may change what the poll has
  /// read.
  @inline(__always)
  private func end(_ field: Field) {
    let counter = values + field.rawValue
    cdpdk_store_release(counter, counter.pointee &+ 1)
  }

  /// How many polls have ended, busy or not; none of their reads is still in progress.
  public var polls: UInt64 {
    func value(_ field: Field) -> UInt64 { cdpdk_load_acquire(values + field.rawValue) }
    return value(.busyPolls) &+ value(.emptyPolls) &+ value(.stalledPolls)
  }

  /// Counts the packets of a burst that came in, and those that went out.
  @inline(__always)
  public func count(received: Int, transmitted: Int) {
    add(.received, UInt64(truncatingIfNeeded: received))
    add(.transmitted, UInt64(truncatingIfNeeded: transmitted))
  }

  /// Counts dropped packets by their reason, a number below `dropReasons`.
  @inline(never)
  public func drop(_ reason: UInt8, _ packets: Int = 1) {
    let counter = values + Field.firstDrop.rawValue + Int(reason) % StageCounters.dropReasons
    cdpdk_store(counter, counter.pointee &+ UInt64(truncatingIfNeeded: packets))
  }

  /// Packets dropped for a reason so far.
  public func dropped(_ reason: UInt8) -> UInt64 {
    cdpdk_load(values + Field.firstDrop.rawValue + Int(reason) % StageCounters.dropReasons)
  }

  /// Counts a poll that moved `packets` in `ticks`, separately if it took longer than `limit`, because the
  /// thread was then off its core. Only full bursts enter the histogram: in each of them, equally many
  /// packets share the cost of a poll.
  @inline(__always)
  package func poll(packets: Int, ticks: UInt64, limit: UInt64) {
    if packets == 0 {
      end(.emptyPolls)
    } else if ticks <= limit {
      end(.busyPolls)
      add(.busyTicks, ticks)
      add(.busyPackets, UInt64(truncatingIfNeeded: packets))
      if packets == Burst.capacity { histogram.count(burstTicks: ticks) }
    } else {
      end(.stalledPolls)
      add(.stalledTicks, ticks)
    }
  }

  /// The counts of busy polls so far. It allocates nothing, so dataplane threads may call it.
  public var busy: StageBusyCount {
    func value(_ field: Field) -> UInt64 { cdpdk_load(values + field.rawValue) }
    return StageBusyCount(
      packets: value(.busyPackets), ticks: value(.busyTicks), stalledTicks: value(.stalledTicks))
  }

  /// Copies the counts of full bursts as they are now, without allocating.
  public func copyHistogram(to other: TickHistogram) { other.copy(histogram) }

  /// All values as they are now.
  public var snapshot: StageSnapshot {
    func value(_ field: Field) -> UInt64 { cdpdk_load(values + field.rawValue) }
    return StageSnapshot(
      received: value(.received), transmitted: value(.transmitted), busyPolls: value(.busyPolls),
      emptyPolls: value(.emptyPolls), busyTicks: value(.busyTicks), busyPackets: value(.busyPackets),
      stalledPolls: value(.stalledPolls), stalledTicks: value(.stalledTicks),
      fullBursts: histogram.snapshot,
      drops: (0..<StageCounters.dropReasons).map { cdpdk_load(values + Field.firstDrop.rawValue + $0) })
  }
}

/// The counts of a stage's busy polls, a part of `StageSnapshot`.
public struct StageBusyCount: Codable, Equatable, Sendable {
  /// Packets that the busy polls moved.
  public var packets: UInt64
  /// Ticks of the busy polls.
  public var ticks: UInt64
  /// Ticks of the stalled polls.
  public var stalledTicks: UInt64

  /// A count.
  public init(packets: UInt64, ticks: UInt64, stalledTicks: UInt64) {
    (self.packets, self.ticks, self.stalledTicks) = (packets, ticks, stalledTicks)
  }

  /// Both together.
  public static func + (a: StageBusyCount, b: StageBusyCount) -> StageBusyCount {
    StageBusyCount(
      packets: a.packets &+ b.packets, ticks: a.ticks &+ b.ticks,
      stalledTicks: a.stalledTicks &+ b.stalledTicks)
  }

  /// What was counted since `earlier`.
  public static func - (later: StageBusyCount, earlier: StageBusyCount) -> StageBusyCount {
    StageBusyCount(
      packets: later.packets &- earlier.packets, ticks: later.ticks &- earlier.ticks,
      stalledTicks: later.stalledTicks &- earlier.stalledTicks)
  }
}

/// A stage's counters at one moment; all are totals since the stage was made.
public struct StageSnapshot: Codable, Equatable, Sendable {
  /// Packets taken from the link, or made.
  public var received: UInt64
  /// Packets handed on.
  public var transmitted: UInt64
  /// Polls that moved packets.
  public var busyPolls: UInt64
  /// Polls that found nothing.
  public var emptyPolls: UInt64
  /// Ticks of the busy polls.
  public var busyTicks: UInt64
  /// Packets that the busy polls moved.
  public var busyPackets: UInt64
  /// Polls that took too long, and count neither as busy nor as empty.
  public var stalledPolls: UInt64
  /// Ticks of the stalled polls.
  public var stalledTicks: UInt64
  /// Busy polls that moved a full burst, by the ticks that a packet took.
  public var fullBursts: TickCounts
  /// Dropped packets by reason.
  public var drops: [UInt64]

  /// Nothing counted yet.
  public static let none = StageSnapshot(
    received: 0, transmitted: 0, busyPolls: 0, emptyPolls: 0, busyTicks: 0, busyPackets: 0, stalledPolls: 0,
    stalledTicks: 0, fullBursts: TickCounts(), drops: Array(repeating: 0, count: StageCounters.dropReasons))

  /// Two stages' counts together.
  public static func + (a: StageSnapshot, b: StageSnapshot) -> StageSnapshot {
    a.combined(b, a.fullBursts + b.fullBursts, &+)
  }

  /// What was counted since `earlier`.
  public static func - (later: StageSnapshot, earlier: StageSnapshot) -> StageSnapshot {
    later.combined(earlier, later.fullBursts - earlier.fullBursts, &-)
  }

  private func combined(
    _ other: StageSnapshot, _ bursts: TickCounts, _ apply: (UInt64, UInt64) -> UInt64
  ) -> StageSnapshot {
    StageSnapshot(
      received: apply(received, other.received), transmitted: apply(transmitted, other.transmitted),
      busyPolls: apply(busyPolls, other.busyPolls), emptyPolls: apply(emptyPolls, other.emptyPolls),
      busyTicks: apply(busyTicks, other.busyTicks), busyPackets: apply(busyPackets, other.busyPackets),
      stalledPolls: apply(stalledPolls, other.stalledPolls),
      stalledTicks: apply(stalledTicks, other.stalledTicks), fullBursts: bursts,
      drops: zip(drops, other.drops).map(apply))
  }

  /// Dropped packets, for all reasons together.
  public var dropped: UInt64 { drops.reduce(0, &+) }
}
