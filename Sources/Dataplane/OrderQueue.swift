import Synchronization
import Wire

/// Keeps the order of packets that several threads process: bursts leave in the order in which they came,
/// whichever is done first.
///
/// ```
/// one thread    OrderEntry    puts a burst into the next slot
/// any number    OrderedWork   takes the next slot that nobody has, and says when its packets are done
/// one thread    OrderExit     takes the oldest slot when it is done
/// ```
/// The slots are a ring; each of its three counters is written by one kind of thread. A worker may drop
/// packets: the slot keeps its turn, so nothing waits for a dropped packet. A worker that is off its core
/// delays everything behind its burst: that is the price of order.
public final class OrderQueue {
  private let slots: OrderSlots

  /// - Parameter bursts: the most that may be under way, a power of two.
  public init(bursts: Int) { slots = OrderSlots(bursts) }

  /// The entry; there must be only one.
  public var entry: OrderEntry { OrderEntry(slots: slots) }
  /// The input and output of one worker.
  /// - Parameter hasNumbers: whether workers report a number for each packet.
  public func work(hasNumbers: Bool) -> OrderedWork { OrderedWork(slots, hasNumbers: hasNumbers) }
  /// The exit; there must be only one.
  public func exit() -> OrderExit { OrderExit(slots) }

  deinit { slots.deallocate() }
}

/// The state of a slot, in a cache line.
struct OrderSlot: ~Copyable {
  /// The burst in this slot that is done, counted from 1.
  let done = Atomic<UInt64>(0)
  var count = 0
  /// The number of the first packet; the others' follow.
  var first: UInt64 = 0
  /// How many numbers the worker has reported, and which of them belong to remaining packets.
  var told = 0
  var kept: UInt64 = 0
  private var padding: (UInt64, UInt64, UInt64) = (0, 0, 0)
}

/// The ring. Plain memory without an owner.
struct OrderSlots: @unchecked Sendable {
  let heads: UnsafeMutablePointer<OrderSlot>
  let mbufs: UnsafeMutablePointer<OpaquePointer?>
  let numbers: UnsafeMutablePointer<UInt64>
  let mask: UInt64
  /// Counts of bursts that have come, been taken by workers, and gone, each on a cache line of its own.
  let came: UnsafeMutablePointer<Atomic<UInt64>>
  let claimed: UnsafeMutablePointer<Atomic<UInt64>>
  let gone: UnsafeMutablePointer<Atomic<UInt64>>

  init(_ count: Int) {
    precondition(count > 0 && count & (count - 1) == 0, "\(count) slots are no power of two")
    mask = UInt64(count - 1)
    heads = .allocateLines(count)
    for index in 0..<count { (heads + index).initialize(to: OrderSlot()) }
    mbufs = .allocateLines(count * Burst.capacity)
    mbufs.initialize(repeating: nil, count: count * Burst.capacity)
    numbers = .allocateLines(count * Burst.capacity)
    numbers.initialize(repeating: 0, count: count * Burst.capacity)
    (came, claimed, gone) = (.allocateLines(1), .allocateLines(1), .allocateLines(1))
    for counter in [came, claimed, gone] { counter.initialize(to: Atomic(0)) }
  }

  /// Frees the packets in the queue; all threads must have stopped.
  func deallocate() {
    let burst = Burst()
    let last = came.pointee.load(ordering: .acquiring)
    var next = gone.pointee.load(ordering: .acquiring)
    while next < last {
      let count = head(next).pointee.count
      burst.mbufs.update(from: packets(next), count: count)
      burst.free(from: 0, to: count)
      next &+= 1
    }
    burst.deallocate()
    heads.deinitialize(count: Int(mask) + 1)
    heads.deallocate()
    mbufs.deallocate()
    numbers.deallocate()
    for counter in [came, claimed, gone] {
      counter.deinitialize(count: 1)
      counter.deallocate()
    }
  }

  @inline(__always)
  func head(_ burst: UInt64) -> UnsafeMutablePointer<OrderSlot> {
    heads + Int(truncatingIfNeeded: burst & mask)
  }
  @inline(__always)
  func packets(_ burst: UInt64) -> UnsafeMutablePointer<OpaquePointer?> {
    mbufs + Int(truncatingIfNeeded: burst & mask) &* Burst.capacity
  }
  @inline(__always)
  func numbers(_ burst: UInt64) -> UnsafeMutablePointer<UInt64> {
    numbers + Int(truncatingIfNeeded: burst & mask) &* Burst.capacity
  }
}

/// The entry of an `OrderQueue`.
public struct OrderEntry {
  let slots: OrderSlots
  private var next: UInt64 = 0
  private var gone: UInt64 = 0

  init(slots: OrderSlots) { self.slots = slots }

  /// Whether there is room for a burst.
  @inline(__always)
  public mutating func hasRoom() -> Bool {
    if next &- gone <= slots.mask { return true }
    gone = slots.gone.pointee.load(ordering: .acquiring)
    return next &- gone <= slots.mask
  }

  /// Puts the first `count` packets, of which the first has the number `first`; there is room.
  @inline(__always)
  public mutating func put(_ burst: Burst, count: Int, first: UInt64) {
    slots.packets(next).update(from: burst.mbufs, count: count)
    slots.head(next).pointee.count = count
    slots.head(next).pointee.first = first
    next &+= 1
    slots.came.pointee.store(next, ordering: .releasing)
  }
}

/// A worker's input and output in an `OrderQueue`: it receives a burst from a slot, and returns the packets
/// to the same slot.
public struct OrderedWork: BurstInput, BurstOutput {
  let slots: OrderSlots
  /// Points to the number of the burst's first packet after each `receive`. The code that processes the
  /// packets advances it by one for each.
  public let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>
  /// Collects numbers, before `transmit`, for the thread at the exit: those of remaining packets, and of
  /// dropped ones that it must mark; nil if it needs none.
  public let told: ToldNumbers?
  private let given: UnsafeMutablePointer<UInt64>
  private let current: UnsafeMutablePointer<UInt64>

  init(_ slots: OrderSlots, hasNumbers: Bool) {
    self.slots = slots
    given = .allocateLines(Burst.capacity)
    given.initialize(repeating: 0, count: Burst.capacity)
    told = hasNumbers ? ToldNumbers() : nil
    cursor = .allocateLines(1)
    cursor.initialize(to: UnsafePointer(given))
    current = .allocateLines(1)
    current.initialize(to: 0)
  }

  /// Takes the next burst that no other worker has.
  @inline(__always)
  public func receive(_ burst: Burst) -> Int {
    var mine = slots.claimed.pointee.load(ordering: .relaxed)
    while true {
      guard mine < slots.came.pointee.load(ordering: .acquiring) else { return 0 }
      let result = slots.claimed.pointee.weakCompareExchange(
        expected: mine, desired: mine &+ 1, ordering: .relaxed)
      if result.exchanged { break }
      mine = result.original
    }
    current.pointee = mine
    let count = slots.head(mine).pointee.count
    burst.mbufs.update(from: slots.packets(mine), count: count)
    let first = slots.head(mine).pointee.first
    var index = 0
    while index < count {
      given[index] = first &+ UInt64(truncatingIfNeeded: index)
      index &+= 1
    }
    cursor.pointee = UnsafePointer(given)
    return count
  }

  /// Returns the burst's remaining packets, possibly none, and marks the burst as done.
  @inline(__always)
  public func transmit(_ burst: Burst, count: Int) -> Int {
    let mine = current.pointee
    slots.packets(mine).update(from: burst.mbufs, count: count)
    slots.head(mine).pointee.count = count
    if let told {
      slots.numbers(mine).update(from: told.numbers, count: told.count)
      slots.head(mine).pointee.told = told.count
      slots.head(mine).pointee.kept = told.kept
      told.clear()
    }
    slots.head(mine).pointee.done.store(mine &+ 1, ordering: .releasing)
    return count
  }

  /// Gives its memory back, not the queue's.
  public func deallocate() {
    given.deallocate()
    told?.deallocate()
    cursor.deallocate()
    current.deallocate()
  }
}

/// The exit of an `OrderQueue`, at which packets leave in the order in which they came.
public struct OrderExit: BurstInput {
  let slots: OrderSlots
  /// The numbers that the worker reported for the burst, after each `receive`.
  public let numbers: UnsafeMutablePointer<UInt64>
  /// How many there are.
  public private(set) var told = 0
  /// Bit i: whether the packet of the i-th number remains.
  public private(set) var kept: UInt64 = 0
  private var next: UInt64 = 0

  init(_ slots: OrderSlots) {
    self.slots = slots
    numbers = .allocateLines(Burst.capacity)
    numbers.initialize(repeating: 0, count: Burst.capacity)
  }

  /// Takes the oldest burst if it is done. Returns 0 for a burst that has only numbers left.
  @inline(__always)
  public mutating func receive(_ burst: Burst) -> Int {
    var count = 0
    told = 0
    // Skip bursts of which nothing remains.
    while count == 0 && told == 0 {
      guard slots.head(next).pointee.done.load(ordering: .acquiring) == next &+ 1 else { return 0 }
      count = slots.head(next).pointee.count
      told = slots.head(next).pointee.told
      kept = slots.head(next).pointee.kept
      burst.mbufs.update(from: slots.packets(next), count: count)
      numbers.update(from: slots.numbers(next), count: told)
      next &+= 1
      slots.gone.pointee.store(next, ordering: .releasing)
    }
    return count
  }

  /// Gives its memory back, not the queue's.
  public func deallocate() { numbers.deallocate() }
}
