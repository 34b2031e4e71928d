import Synchronization
import Wire

/// Keeps the order of packets that several threads work on: bursts leave in the order in which they came,
/// whichever is done first.
///
/// ```
/// one thread    OrderEntry    puts a burst into the next slot
/// any number    OrderedWork   takes the next slot that nobody has, and says when its packets are done
/// one thread    OrderExit     takes the oldest slot when it is done
/// ```
/// Slots are a ring; three counters, each written by one kind of thread, say how far it has come. A worker
/// may leave packets out: its slot still has its turn, so that nothing waits for what was dropped. A worker
/// that is off its core holds up what came after its burst: that is what order costs.
public final class OrderQueue {
  private let slots: OrderSlots

  /// - Parameter bursts: the most that may be under way, a power of two.
  public init(bursts: Int) { slots = OrderSlots(bursts) }

  /// Where packets come in; there must be only one.
  public var entry: OrderEntry { OrderEntry(slots: slots) }
  /// For one worker.
  /// - Parameter hasNumbers: whether workers tell a number of each packet.
  public func work(hasNumbers: Bool) -> OrderedWork { OrderedWork(slots, hasNumbers: hasNumbers) }
  /// Where packets go out; there must be only one.
  public func exit() -> OrderExit { OrderExit(slots) }

  deinit { slots.deallocate() }
}

/// What is known of a slot, a cache line.
struct OrderSlot: ~Copyable {
  /// How many bursts had come when the one that is done did, itself included.
  let done = Atomic<UInt64>(0)
  var count = 0
  /// The number of the first packet; the others' follow.
  var first: UInt64 = 0
  /// How many numbers its worker has told, and which of them are of packets that are left.
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
  /// Bursts that have come, that have been taken by workers, and that have gone, each on a line of its own.
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

  /// Frees what is still under way; all threads have stopped.
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

/// Where packets come into an `OrderQueue`.
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

/// A worker's place in an `OrderQueue`: packets come out of it as a burst, and go back into the slot that
/// they came from.
public struct OrderedWork: BurstInput, BurstOutput {
  let slots: OrderSlots
  /// Points to the number of the burst's first packet after each `receive`. Who works on the packets moves
  /// it on, one for each.
  public let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>
  /// Takes numbers of the burst's packets, before `transmit`, for the thread at the exit: those of packets
  /// that are left, and of others that it must know of; nil if it asks for none.
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

  /// Puts back what is left of the burst, be it nothing: it is done.
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

/// Where packets leave an `OrderQueue`, in the order in which they came.
public struct OrderExit: BurstInput {
  let slots: OrderSlots
  /// The numbers that its worker has told of the burst, after each `receive`.
  public let numbers: UnsafeMutablePointer<UInt64>
  /// How many there are.
  public private(set) var told = 0
  /// Bit i: whether the i-th number's packet is left.
  public private(set) var kept: UInt64 = 0
  private var next: UInt64 = 0

  init(_ slots: OrderSlots) {
    self.slots = slots
    numbers = .allocateLines(Burst.capacity)
    numbers.initialize(repeating: 0, count: Burst.capacity)
  }

  /// Takes the oldest burst if it is done. One of which numbers alone are left has 0 packets.
  @inline(__always)
  public mutating func receive(_ burst: Burst) -> Int {
    var count = 0
    told = 0
    // Of some bursts nothing is left.
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
