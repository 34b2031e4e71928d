import Synchronization
import Wire

/// An anti-replay window that any number of threads share without a lock. Every number passes at most once,
/// whatever the threads' order and wherever one of them pauses.
///
/// A ring of words as `ReplayWindow`, but each word says itself which numbers it stands for: 32 bits of an
/// epoch (how often the ring has gone round) above 32 bits, one for each number. So marking is one
/// compare-and-swap of one word: a word of the number's own epoch takes its bit, an older one is replaced,
/// and a newer one means that the number is too old. No thread clears words for others. With
/// bare bits and `fetch_or` one would have to, and a late thread could mark or read a word that stands for
/// other numbers by then.
///
/// Only the window's lower end is inexact: while other threads mark, a number may pass that the highest one
/// has just made too old. Numbers must be less than 2^32 ahead of the highest one, as `extended` ensures.
/// Plain memory without an owner: copies share it; call `deallocate()` once.
public struct SharedReplayWindow: SequenceWindow, @unchecked Sendable {
  @usableFromInline let words: UnsafeMutablePointer<Atomic<UInt64>>
  /// The highest number marked, on a cache line of its own.
  @usableFromInline let highest: UnsafeMutablePointer<Atomic<UInt64>>
  /// How many numbers, counted down from the highest one, are remembered.
  public let size: UInt64
  @usableFromInline let mask: UInt64
  /// The ring's words are 2 to the power of this.
  @usableFromInline let logWords: UInt64

  /// An empty window.
  /// - Parameters:
  ///   - size: packets, as of `ReplayWindow`.
  ///   - top: where to start, as if `top` and all below had been seen.
  public init(size: Int, top: UInt64 = 0) {
    precondition(
      (ReplayWindow.sizes.lowerBound...ReplayWindow.largest).contains(size),
      "a replay window has 64 to \(ReplayWindow.largest) packets, not \(size)")
    // One word more than the size: the one with the highest number is only partly within the window.
    var log = 1
    while 1 << log < (size + 31) / 32 + 1 { log += 1 }
    self.size = UInt64(size)
    logWords = UInt64(log)
    mask = 1 << log - 1
    words = .allocateLines(1 << log)
    let last = top >> 5
    for index in 0...mask {
      // The last word before `last`, or `last` itself, that lies in this slot of the ring.
      let word = last &- (last &- index) & mask
      let isAhead = index > last
      let bits: UInt64 = isAhead || top == 0 ? 0 : word == last ? 2 &<< (top & 31) &- 1 : 0xFFFF_FFFF
      let epoch = isAhead ? 0 : word &>> logWords & 0xFFFF_FFFF
      (words + Int(index)).initialize(to: Atomic(epoch << 32 | bits & 0xFFFF_FFFF))
    }
    highest = .allocateLines(1)
    highest.initialize(to: Atomic(top))
  }

  /// Forgets all, for the next key; no thread uses the window meanwhile.
  public func restart() {
    for index in 0...Int(mask) { (words + index).pointee.store(0, ordering: .relaxed) }
    highest.pointee.store(0, ordering: .relaxed)
  }

  /// The memory that all threads write: the words, and separately the highest number.
  package var memory: [UnsafeRawBufferPointer] {
    [
      UnsafeRawBufferPointer(start: words, count: (Int(mask) + 1) * 8),
      UnsafeRawBufferPointer(start: highest, count: 8),
    ]
  }

  /// Gives the memory back; no copy of the window may be used again.
  public func deallocate() {
    words.deinitialize(count: Int(mask) + 1)
    words.deallocate()
    highest.deinitialize(count: 1)
    highest.deallocate()
  }

  /// The highest number marked; 0 at first.
  @inlinable @inline(__always)
  public var top: UInt64 { highest.pointee.load(ordering: .relaxed) }

  /// Whether `sequence` may be fresh: the first check of a packet, before it is authenticated. Marks nothing.
  /// - Returns: `.none`, `.replayed` or `.tooOld`.
  @inlinable @inline(__always)
  public func check(_ sequence: UInt64) -> DropReason {
    let top = top
    if sequence > top { return .none }
    if top &- sequence >= size || sequence == 0 { return .tooOld }
    let word = sequence >> 5
    let old = (words + Int(truncatingIfNeeded: word & mask)).pointee.load(ordering: .relaxed)
    let age = Int32(bitPattern: epoch(of: word) &- UInt32(truncatingIfNeeded: old >> 32))
    if age > 0 { return .none }
    if age < 0 { return .tooOld }
    return old & 1 &<< (sequence & 31) == 0 ? .none : .replayed
  }

  /// Marks `sequence` if it is fresh.
  /// - Returns: `.none` if it was fresh, `.replayed` or `.tooOld`.
  @inlinable @inline(__always)
  public func checkAndMark(_ sequence: UInt64) -> DropReason {
    let top = top
    if sequence <= top && (top &- sequence >= size || sequence == 0) { return .tooOld }
    let bit: UInt64 = 1 &<< (sequence & 31)
    guard let old = merge(bit, into: sequence >> 5) else { return .tooOld }
    raise(to: sequence)
    return old & bit == 0 ? .none : .replayed
  }

  /// Marks the fresh numbers of a burst: consecutive numbers within a word by one operation.
  /// - Parameters:
  ///   - sequences: `count` of them.
  ///   - verdicts: takes `.none`, `.replayed` or `.tooOld` for each.
  @inlinable @inline(__always)
  public func checkAndMark(
    _ sequences: UnsafePointer<UInt64>, count: Int, verdicts: UnsafeMutablePointer<DropReason>
  ) {
    let top = top
    var highest: UInt64 = 0
    var first = 0
    while first < count {
      let word = sequences[first] >> 5
      var bits: UInt64 = 0
      var end = first
      while end < count, sequences[end] >> 5 == word {
        let sequence = sequences[end]
        let bit: UInt64 = 1 &<< (sequence & 31)
        let isOld = sequence <= top && (top &- sequence >= size || sequence == 0)
        verdicts[end] = isOld ? .tooOld : bits & bit == 0 ? .none : .replayed
        if !isOld {
          bits |= bit
          highest = max(highest, sequence)
        }
        end &+= 1
      }
      let old = bits == 0 ? 0 : merge(bits, into: word)
      while first < end {
        if verdicts[first] == .none {
          let bit: UInt64 = 1 &<< (sequences[first] & 31)
          verdicts[first] = old.map { $0 & bit == 0 ? .none : .replayed } ?? .tooOld
        }
        first &+= 1
      }
    }
    raise(to: highest)
  }

  /// The whole number of which only the low half was sent, as of `ReplayWindow`.
  @inlinable @inline(__always)
  public func extended(low: UInt32) -> UInt64 { ReplayWindow.extended(low: low, top: top, size: size) }

  @inlinable @inline(__always)
  func epoch(of word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word &>> logWords) }

  /// Sets bits of a word of 32 numbers.
  /// - Returns: the word's bits before; nil if its slot already stands for higher numbers.
  @inlinable @inline(__always)
  func merge(_ bits: UInt64, into word: UInt64) -> UInt64? {
    let slot = words + Int(truncatingIfNeeded: word & mask)
    let epoch = epoch(of: word)
    var old = slot.pointee.load(ordering: .relaxed)
    while true {
      // Epochs are compared by their signed difference: no thread is 2^31 epochs behind.
      let age = Int32(bitPattern: epoch &- UInt32(truncatingIfNeeded: old >> 32))
      if age < 0 { return nil }
      let before = age == 0 ? old & 0xFFFF_FFFF : 0
      if before & bits == bits { return before }
      let new = UInt64(epoch) << 32 | before | bits
      let result = slot.pointee.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
      if result.exchanged { return before }
      old = result.original
    }
  }

  /// Raises the highest number.
  @inlinable @inline(__always)
  func raise(to sequence: UInt64) {
    var old = top
    while old < sequence {
      let result = highest.pointee.weakCompareExchange(
        expected: old, desired: sequence, ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }
}
