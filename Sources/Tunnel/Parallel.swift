import Crypto
import Synchronization
import Wire

// One association on many threads, in any format whose sealers accept given numbers and whose openers accept
// any window (`SharedFormat`). Threads that run to completion side by side share a counter for sealing, and a
// window for opening. DPDK's librte_ipsec assigns numbers in this way (an atomic addition per burst); for the
// window see `SharedReplayWindow`.

/// The numbers of one association, for any number of sealing threads. Plain memory without an owner: copies
/// share it; call `deallocate()` once.
public struct SharedNumbers: @unchecked Sendable {
  /// The last number taken, on a cache line of its own.
  @usableFromInline let taken: UnsafeMutablePointer<Atomic<UInt64>>
  @usableFromInline let last: UInt64

  /// - Parameters:
  ///   - last: the highest number that may be used.
  ///   - number: the numbers go on after this one.
  public init(last: UInt64, after number: UInt64 = 0) {
    self.last = last
    taken = .allocateLines(1)
    taken.initialize(to: Atomic(number))
  }

  /// Gives the memory back; no copy may be used again.
  public func deallocate() {
    taken.deinitialize(count: 1)
    taken.deallocate()
  }

  /// Begins again with the first number, for the next key; no thread takes any meanwhile.
  public func restart() { taken.pointee.store(0, ordering: .relaxed) }

  /// Takes the next `count` numbers, which nobody else gets.
  /// - Returns: the first number, and how many may be used: fewer at the association's end.
  @inlinable @inline(__always)
  public func take(_ count: Int) -> (first: UInt64, count: Int) {
    // A thread that finds the end reached adds nothing, so the counter never wraps: it exceeds the end by at
    // most a block for each thread.
    let end = min(last, SharedNumbers.lastOfAll)
    guard taken.pointee.load(ordering: .relaxed) < end else { return (0, 0) }
    let before = taken.pointee.wrappingAdd(UInt64(count), ordering: .relaxed).oldValue
    guard before < end else { return (0, 0) }
    return (before &+ 1, Int(min(UInt64(count), end &- before)))
  }

  /// The highest number that anyone has taken.
  @inlinable @inline(__always)
  var highest: UInt64 { taken.pointee.load(ordering: .relaxed) }

  /// Numbers at the very end of 64 bits that are never used.
  @inlinable static var reserve: UInt64 { 1 << 20 }
  /// The last number of any association.
  @inlinable public static var lastOfAll: UInt64 { .max &- reserve }
}

/// Seals under numbers that other threads take from, too: a burst's at a time.
public struct ParallelSealer<Sealer: NumberedSealer>: WrappingSealer {
  @usableFromInline var sealer: Sealer
  @usableFromInline let numbers: SharedNumbers
  /// Numbers taken at a time; 0: as many as a burst has.
  @usableFromInline let block: Int
  /// The most by which a number may lag behind the highest one taken by any thread.
  @usableFromInline let lagMax: UInt64
  /// This thread's next number, and how many consecutive ones it has.
  @usableFromInline var next: UInt64 = 0
  @usableFromInline var left = 0

  /// A sealer of one thread.
  /// - Parameters:
  ///   - block: numbers to take at a time; 0: as many as a burst has.
  ///   - lagMax: numbers of a block are given up if they lag behind the highest one by so much or more.
  public init(
    _ association: Sealer.Association, aead: AEAD, numbers: SharedNumbers, block: Int = 0,
    lagMax: Int = .max
  ) {
    sealer = Sealer(association, aead: aead, sequence: 0)
    (self.numbers, self.block, self.lagMax) = (numbers, block, UInt64(lagMax))
  }

  /// Takes a number for each packet. Numbers left from an earlier burst are given up: they would arrive late,
  /// and a gap costs nothing. The rest of a block is kept, unless other threads are so far ahead that the
  /// numbers may be outside the receiver's window: this does not happen at equal rates, but a thread may
  /// pause.
  @inlinable @inline(__always)
  public mutating func begin(burst count: Int) {
    if block == 0 {
      (next, left) = numbers.take(count)
    } else if numbers.highest &- next >= lagMax {
      left = 0
    }
  }

  /// Takes the packet's number, then as the format's own sealer.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    if left == 0 { (next, left) = numbers.take(max(block, 1)) }
    guard left > 0 else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    sealer.prepare(inner, count: count, number: next, in: work)
    next &+= 1
    left &-= 1
  }

  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed { sealer.seal(work) }
}

/// An opener of one association that works with any kind of window.
public protocol WindowOpener: AssociationOpener {
  /// The parameters that both ends share beside the key.
  associatedtype Association
  /// The kind of replay window.
  associatedtype Window: SequenceWindow
  /// The window, which marks each authentic packet's number once, even if the packet is then dropped.
  var window: Window { get set }
  /// An opener that owns `window` from now on.
  init(_ association: Association, aead: AEAD, window: Window)
}

/// The window decides on a burst's packets.
extension WindowOpener {
  @inlinable public static var settlesBursts: Bool { Window.settlesBursts }
  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { window.keep(at: index) }
  @inlinable @inline(__always)
  public mutating func settle() { window.settle() }
  @inlinable @inline(__always)
  public func verdict(at index: Int) -> DropReason { window.verdict(at: index) }
}

/// One thread's view of a shared window: the number of an authenticated packet is first noted, and then
/// marked with the rest of its burst. Plain memory without an owner: call `deallocate()` once.
public struct BurstWindow: SequenceWindow {
  @usableFromInline let shared: SharedReplayWindow
  /// The noted numbers.
  @usableFromInline let numbers: UnsafeMutablePointer<UInt64>
  @usableFromInline let verdicts: UnsafeMutablePointer<DropReason>
  /// For each kept packet the index of its noted number.
  @usableFromInline let indices: UnsafeMutablePointer<Int>
  @usableFromInline var count = 0

  @usableFromInline static var countMax: Int { 256 }

  /// A view of `shared`, which the caller owns.
  public init(_ shared: SharedReplayWindow) {
    self.shared = shared
    numbers = .allocateLines(BurstWindow.countMax)
    verdicts = .allocateLines(BurstWindow.countMax)
    indices = .allocateLines(BurstWindow.countMax)
    numbers.initialize(repeating: 0, count: BurstWindow.countMax)
    verdicts.initialize(repeating: .none, count: BurstWindow.countMax)
    indices.initialize(repeating: 0, count: BurstWindow.countMax)
  }

  /// Gives the thread's memory back; no copy may be used again.
  public func deallocate() {
    numbers.deallocate()
    verdicts.deallocate()
    indices.deallocate()
  }

  @inlinable @inline(__always)
  public func check(_ sequence: UInt64) -> DropReason { shared.check(sequence) }

  @inlinable @inline(__always)
  public func extended(low: UInt32) -> UInt64 { shared.extended(low: low) }

  /// Notes the number. Whether it is fresh is known when the burst is settled.
  @inlinable @inline(__always)
  public mutating func checkAndMark(_ sequence: UInt64) -> DropReason {
    numbers[count] = sequence
    count &+= 1
    return .none
  }

  @inlinable public static var settlesBursts: Bool { true }

  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { indices[index] = count &- 1 }

  /// Marks the burst's numbers, including those of dropped packets: keepalives and dummies are authentic,
  /// too.
  @inlinable @inline(__always)
  public mutating func settle() {
    shared.checkAndMark(numbers, count: count, verdicts: verdicts)
    count = 0
  }

  @inlinable @inline(__always)
  public func verdict(at index: Int) -> DropReason { verdicts[indices[index]] }
}
