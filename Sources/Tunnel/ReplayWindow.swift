import Crypto
import Wire

/// The functions that an opener needs of its window. In a window that settles bursts `checkAndMark` only
/// notes the number.
public protocol SequenceWindow: BurstSettler {
  /// Whether a number may be fresh: the check before authentication. Marks nothing.
  func check(_ sequence: UInt64) -> DropReason
  /// Marks an authentic packet's number if it is fresh.
  mutating func checkAndMark(_ sequence: UInt64) -> DropReason
  /// The whole number of which only the low half was sent.
  func extended(low: UInt32) -> UInt64
  /// Fetches the memory that says whether a number with these low bits is fresh.
  func prefetch(low: UInt64)
}

/// The default for a window that stays in the cache.
extension SequenceWindow {
  @inlinable @inline(__always)
  public func prefetch(low: UInt64) {}
}

/// An anti-replay window (RFC 4303 section 3.4.3) as a ring of words (RFC 6479): moving it on clears whole
/// words and never shifts bits.
///
/// Remembers the `size` numbers that end at the highest one seen. Sequence numbers start at 1; 0 is never
/// fresh. Marking belongs *after* authentication: a forged packet must not move the window. A check may come
/// before it as well, which refuses replays at little cost. Plain memory without an owner: call
/// `deallocate()` once.
public struct ReplayWindow: SequenceWindow {
  /// The sizes on offer, in packets.
  public static let sizes = 64...4096
  /// The largest size. Where many threads share the numbers of one association, the window of each also spans
  /// the numbers of the others, so that it remembers as many of the thread's own.
  public static let largest = sizes.upperBound * 128

  /// The highest sequence number marked; 0 at first.
  public var top: UInt64 { highest }
  @usableFromInline var highest: UInt64
  @usableFromInline let words: UnsafeMutablePointer<UInt64>
  /// How many numbers, counted down from `top`, are remembered.
  public var size: UInt64 { UInt64(numbers) }
  @usableFromInline let numbers: UInt32
  /// Of 16 bits, so that more of an opener's other fields share a cache line with its window.
  @usableFromInline let lastWord: UInt16
  @inlinable var mask: UInt64 { UInt64(lastWord) }

  /// An empty window.
  /// - Parameters:
  ///   - size: packets, 64 to `ReplayWindow.largest`.
  ///   - top: where to start, as if `top` and all below had been seen.
  public init(size: Int, top: UInt64 = 0) {
    self.init(size: size, top: top, in: .allocateLines(ReplayWindow.memoryBytes(size: size)))
  }

  /// An empty window over `ReplayWindow.memoryBytes(size:)` bytes that belong to someone else; do not call
  /// `deallocate()`.
  public init(size: Int, top: UInt64 = 0, in memory: UnsafeMutableRawPointer) {
    let count = ReplayWindow.memoryBytes(size: size) / 8
    numbers = UInt32(size)
    highest = top
    lastWord = UInt16(count - 1)
    words = memory.initializeMemory(as: UInt64.self, repeating: 0, count: count)
    start(at: top)
  }

  /// Begins anew at `top`, as if that and all below had been seen.
  @usableFromInline
  mutating func start(at top: UInt64) {
    words.update(repeating: top == 0 ? 0 : .max, count: Int(lastWord) &+ 1)
    words[Int(truncatingIfNeeded: top >> 6 & mask)] = 2 &<< (top & 63) &- 1
    highest = top
  }

  /// Restores a saved window.
  @inlinable @inline(__always)
  init(highest: UInt64, words: UnsafeMutablePointer<UInt64>, numbers: UInt32, lastWord: UInt16) {
    self.highest = highest
    self.words = words
    self.numbers = numbers
    self.lastWord = lastWord
  }

  /// Gives the memory back; the window must not be used again.
  public func deallocate() { words.deallocate() }

  /// Bytes that a window of this size occupies beside the struct itself.
  public static func memoryBytes(size: Int) -> Int {
    precondition(
      (ReplayWindow.sizes.lowerBound...ReplayWindow.largest).contains(size),
      "a replay window has 64 to \(ReplayWindow.largest) packets, not \(size)")
    // One word more than the size, for the word with `top` is only partly within the window.
    var count = 2
    while count < (size + 63) / 64 + 1 { count *= 2 }
    return count * 8
  }

  /// Bytes that this window occupies beside the struct itself.
  public var memoryBytes: Int { Int(mask + 1) * 8 }

  /// The memory of the window's words.
  package var memory: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: words, count: memoryBytes)
  }

  /// Fetches what marking a number with these low bits will write.
  @inlinable @inline(__always)
  public func prefetch(low: UInt64) {
    CacheLine.prefetchToWrite(words + Int(truncatingIfNeeded: low >> 6 & mask))
  }

  /// Whether `sequence` is fresh: the first check of a packet (RFC 4303 section 3.4.3). Marks nothing.
  /// - Returns: `.none` if it is fresh, `.replayed` or `.tooOld`.
  @inlinable @inline(__always)
  public func check(_ sequence: UInt64) -> DropReason {
    if sequence > highest { return .none }
    if highest &- sequence >= size || sequence == 0 { return .tooOld }
    let seen = words[Int(truncatingIfNeeded: sequence >> 6 & mask)]
    let bit: UInt64 = 1 &<< (sequence & 63)
    return seen & bit == 0 ? .none : .replayed
  }

  /// Marks `sequence` if it is fresh.
  /// - Returns: `.none` if it was fresh, `.replayed` or `.tooOld`.
  @inlinable @inline(__always)
  public mutating func checkAndMark(_ sequence: UInt64) -> DropReason {
    let freshness = check(sequence)
    if freshness == .none { mark(sequence) }
    return freshness
  }

  @inlinable @inline(__always)
  mutating func mark(_ sequence: UInt64) {
    let word = sequence >> 6
    if sequence > highest {
      let topWord = highest >> 6
      if word != topWord { clear(after: topWord, through: word) }
      highest = sequence
    }
    words[Int(truncatingIfNeeded: word & mask)] |= 1 &<< (sequence & 63)
  }

  @inlinable @inline(__always)
  func clear(after old: UInt64, through new: UInt64) {
    let steps = min(new &- old, mask &+ 1)
    var step: UInt64 = 1
    while step <= steps {
      words[Int(truncatingIfNeeded: (old &+ step) & mask)] = 0
      step &+= 1
    }
  }

  /// The whole 64-bit sequence number of which only the low half was sent (RFC 4303 appendix A2.2).
  ///
  /// There is one such number in the window, or ahead of it by less than 2^32 minus the window's size.
  @inlinable @inline(__always)
  public func extended(low: UInt32) -> UInt64 {
    ReplayWindow.extended(low: low, top: highest, size: size)
  }

  /// The whole sequence number for a window of `size` numbers that ends at `top`.
  @inlinable @inline(__always)
  static func extended(low: UInt32, top: UInt64, size: UInt64) -> UInt64 {
    // The window's lowest number: the low half stands for one of the 2^32 numbers from there on. Before the
    // window is full, that can be below 0, where no sent number is.
    let bottom = top &- (size &- 1)
    return bottom &+ UInt64(low &- UInt32(truncatingIfNeeded: bottom))
  }
}
