import Crypto
import Synchronization
import Wire

// ESP with one association on threads that run to completion side by side: they share a counter where they
// seal, and a window where they open. DPDK's librte_ipsec takes numbers so (an atomic add a burst); for the
// window see `SharedReplayWindow`.

/// The numbers of one association, for any number of sealing threads. Plain memory without an owner: copies
/// share it; call `deallocate()` once.
public struct SharedNumbers: @unchecked Sendable {
  /// The last number taken, on a line of its own.
  @usableFromInline let taken: UnsafeMutablePointer<Atomic<UInt64>>
  @usableFromInline let last: UInt64

  /// - Parameters:
  ///   - last: the highest number that may be used.
  ///   - number: goes on after it.
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

  /// Takes the next `count` numbers, which nobody else gets.
  /// - Returns: the first of them, and how many may be used: fewer at the association's end.
  @inlinable @inline(__always)
  public func take(_ count: Int) -> (first: UInt64, count: Int) {
    // Who comes after the end adds nothing, so that the counter never wraps: by then at most a block of each
    // thread has gone past it.
    let end = min(last, .max &- SharedNumbers.reserve)
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
}

/// Seals with ESP under numbers that other threads take from, too: a burst's at a time.
public struct ESPParallelSealer: PacketSealer {
  public static var headerBytes: Int { ESPSealer.headerBytes }
  public static var tailroomBytes: Int { ESPSealer.tailroomBytes }
  public static var tailBytesMin: Int { ESPSealer.tailBytesMin }

  @usableFromInline var sealer: ESPSealer
  @usableFromInline let numbers: SharedNumbers
  /// Numbers taken at a time; 0: as many as a burst has.
  @usableFromInline let block: Int
  /// By how much a number may lag behind the highest that anyone has taken.
  @usableFromInline let lagMax: UInt64
  /// The next number of this thread, and how many it has from there on.
  @usableFromInline var next: UInt64 = 0
  @usableFromInline var left = 0

  /// A sealer of one thread.
  /// - Parameters:
  ///   - block: numbers to take at a time; 0: as many as a burst has.
  ///   - lagMax: of a block, numbers that lag by so much or more are given up.
  public init(
    _ association: ESPAssociation, aead: AEAD, numbers: SharedNumbers, block: Int = 0, lagMax: Int = .max
  ) {
    sealer = ESPSealer(association, aead: aead)
    (self.numbers, self.block, self.lagMax) = (numbers, block, UInt64(lagMax))
  }

  /// Takes as many numbers as there are packets. Those that an earlier burst has left are given up: they
  /// would arrive late, and a gap costs nothing. Of a block the rest is kept, unless the others have gone so
  /// far ahead that the receiver's window may have: at equal rates they are not, but a thread may pause.
  @inlinable @inline(__always)
  public mutating func begin(burst count: Int) {
    if block == 0 {
      (next, left) = numbers.take(count)
    } else if numbers.highest &- next >= lagMax {
      left = 0
    }
  }

  /// Takes the packet's number, then as `ESPSealer`.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace, in work: WorkPlace
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
  public mutating func seal(_ work: WorkPlace) -> Sealed { sealer.seal(work) }
}

/// A burst's look at a shared window: what passes the cipher is only noted, and marked with the rest of the
/// burst.
@usableFromInline
struct BurstWindow: SequenceWindow {
  @usableFromInline let shared: SharedReplayWindow
  /// Numbers that have been noted.
  @usableFromInline let numbers: UnsafeMutablePointer<UInt64>
  @usableFromInline let verdicts: UnsafeMutablePointer<DropReason>
  @usableFromInline var count = 0

  @usableFromInline static var countMax: Int { 256 }

  @usableFromInline
  init(_ shared: SharedReplayWindow) {
    self.shared = shared
    numbers = .allocateLines(BurstWindow.countMax)
    verdicts = .allocateLines(BurstWindow.countMax)
    numbers.initialize(repeating: 0, count: BurstWindow.countMax)
    verdicts.initialize(repeating: .none, count: BurstWindow.countMax)
  }

  func deallocate() {
    numbers.deallocate()
    verdicts.deallocate()
  }

  @inlinable @inline(__always)
  func check(_ sequence: UInt64) -> DropReason { shared.check(sequence) }

  @inlinable @inline(__always)
  func extended(low: UInt32) -> UInt64 { shared.extended(low: low) }

  /// Notes the number. Whether it is fresh is known when the burst is settled.
  @inlinable @inline(__always)
  mutating func checkAndMark(_ sequence: UInt64) -> DropReason {
    numbers[count] = sequence
    count &+= 1
    return .none
  }
}

/// Opens ESP packets of an association whose window another thread marks, in an order of its own: only looks
/// at it, and tells the number of each packet that is kept.
public struct ESPOrderedOpener: PacketOpener {
  @usableFromInline var opener: ESPWindowOpener<SeenWindow>
  @usableFromInline let numbers: UnsafeMutablePointer<UInt64>

  /// An opener of one thread.
  /// - Parameter numbers: takes those of a burst's packets that are kept.
  public init(
    _ association: ESPAssociation, aead: AEAD, window: SharedReplayWindow,
    numbers: UnsafeMutablePointer<UInt64>
  ) {
    opener = ESPWindowOpener(association, aead: aead, window: SeenWindow(shared: window))
    self.numbers = numbers
  }

  /// So that it is asked which packets are kept.
  @inlinable public static var settlesBursts: Bool { true }

  @inlinable @inline(__always)
  public mutating func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace, in work: WorkPlace
  ) {
    opener.prepare(outer, count: count, at: place, in: work)
  }

  /// As `ESPOpener`, but that a packet that it returns may yet be a replay.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPlace) -> Opened { opener.open(work) }

  /// Tells the number of the packet that was opened last.
  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { numbers[index] = opener.window.last }
}

/// A look at a window that another thread marks.
@usableFromInline
struct SeenWindow: SequenceWindow {
  @usableFromInline let shared: SharedReplayWindow
  /// The number that passed the cipher last.
  @usableFromInline var last: UInt64 = 0

  @inlinable @inline(__always)
  func check(_ sequence: UInt64) -> DropReason { shared.check(sequence) }

  @inlinable @inline(__always)
  func extended(low: UInt32) -> UInt64 { shared.extended(low: low) }

  /// Whether the number is fresh, its packet's turn will tell.
  @inlinable @inline(__always)
  mutating func checkAndMark(_ sequence: UInt64) -> DropReason {
    last = sequence
    return .none
  }

  @usableFromInline
  init(shared: SharedReplayWindow) { self.shared = shared }
}

/// Opens ESP packets of an association whose window other threads share. `open` alone lets nothing be said of
/// replays: that is `settle`'s, for a whole burst.
public struct ESPParallelOpener: PacketOpener {
  @usableFromInline var opener: ESPWindowOpener<BurstWindow>
  /// Of each packet that is kept, where its number has been noted.
  @usableFromInline let places: UnsafeMutablePointer<Int>

  /// An opener of one thread.
  public init(_ association: ESPAssociation, aead: AEAD, window: SharedReplayWindow) {
    opener = ESPWindowOpener(association, aead: aead, window: BurstWindow(window))
    places = .allocateLines(BurstWindow.countMax)
    places.initialize(repeating: 0, count: BurstWindow.countMax)
  }

  /// Gives the memory of this thread back, not the window's.
  public func deallocate() {
    opener.window.deallocate()
    places.deallocate()
  }

  /// Yes: a burst's numbers are marked together.
  @inlinable public static var settlesBursts: Bool { true }

  @inlinable @inline(__always)
  public mutating func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace, in work: WorkPlace
  ) {
    opener.prepare(outer, count: count, at: place, in: work)
  }

  /// As `ESPOpener`, but that a packet that it returns may yet be a replay.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPlace) -> Opened { opener.open(work) }

  /// The packet that was opened last is the burst's `index`-th that is kept.
  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { places[index] = opener.window.count &- 1 }

  /// Marks what the burst has brought.
  @inlinable @inline(__always)
  public mutating func settle() {
    opener.window.shared.checkAndMark(
      opener.window.numbers, count: opener.window.count, verdicts: opener.window.verdicts)
    opener.window.count = 0
  }

  /// Whether the `index`-th packet that is kept was fresh.
  @inlinable @inline(__always)
  public func verdict(at index: Int) -> DropReason { opener.window.verdicts[places[index]] }
}
