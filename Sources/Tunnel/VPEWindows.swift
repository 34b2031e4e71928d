import Crypto
import Wire

/// Which windows of a VPE sender one receiving thread owns, the same for all associations. Plain memory
/// without an owner: call `deallocate()` once.
public struct VPEOwnership {
  /// How many Window IDs a sender uses; IDs from `count` on are unknown.
  public let count: Int
  /// How many of them the thread owns.
  public let owned: Int
  /// Of each ID, which of the thread's own windows it is; -1 for another thread's.
  @usableFromInline let ranks: UnsafeMutablePointer<Int32>

  /// Windows 0 to `count` - 1, of which the thread owns those that `owned` names.
  public init(count: Int, owned: (UInt16) -> Bool) {
    precondition((1...65536).contains(count), "a sender has 1 to 65536 windows, not \(count)")
    self.count = count
    ranks = .allocate(capacity: count)
    var next: Int32 = 0
    for id in 0..<count {
      let isOwned = owned(UInt16(id))
      (ranks + id).initialize(to: isOwned ? next : -1)
      if isOwned { next += 1 }
    }
    self.owned = Int(next)
  }

  /// Gives the memory back; nothing that was made from it may be used again.
  public func deallocate() { ranks.deallocate() }
}

/// The replay windows of one VPE sender as one receiving thread sees them: its own, and the knowledge that
/// the others exist. Plain memory without an owner: call `deallocate()` once.
///
/// A window is its top and its words, one behind the other, so that who knows the Window ID and the number
/// knows where both lie without a look at either.
public struct VPEWindows {
  /// How many Window IDs the sender uses; IDs from `count` on are unknown.
  public var count: Int { Int(lastID) &+ 1 }
  @usableFromInline let lastID: UInt16
  @usableFromInline let lastWord: UInt16
  @usableFromInline let numbers: UInt32
  @usableFromInline let ranks: UnsafeMutablePointer<Int32>
  @usableFromInline let tops: UnsafeMutablePointer<UInt64>

  /// Windows 0 to `count` - 1, of which the thread owns those that `owned` names.
  public init(count: Int, size: Int, owned: (UInt16) -> Bool) {
    let ownership = VPEOwnership(count: count, owned: owned)
    let bytes = VPEWindows.memoryBytes(ownership, size: size)
    self.init(ownership, size: size, in: .allocate(byteCount: max(bytes, 8), alignment: 8))
  }

  /// Windows as above, from number `top` on, in `VPEWindows.memoryBytes` bytes that belong to someone else,
  /// as the ownership does; do not call `deallocate()`.
  public init(
    _ ownership: VPEOwnership, size: Int, top: UInt64 = 0, in memory: UnsafeMutableRawPointer
  ) {
    lastID = UInt16(ownership.count - 1)
    lastWord = UInt16(ReplayWindow.memoryBytes(size: size) / 8 - 1)
    numbers = UInt32(size)
    ranks = ownership.ranks
    tops = memory.bindMemory(
      to: UInt64.self, capacity: VPEWindows.memoryBytes(ownership, size: size) / 8)
    for rank in 0..<ownership.owned {
      let at = memory + rank * VPEWindows.windowBytes(size)
      at.storeBytes(of: top, as: UInt64.self)
      _ = ReplayWindow(size: size, top: top, in: at + 8)
    }
  }

  /// Bytes that windows occupy beside the struct itself and the ownership.
  public static func memoryBytes(_ ownership: VPEOwnership, size: Int) -> Int {
    ownership.owned * windowBytes(size)
  }

  private static func windowBytes(_ size: Int) -> Int { 8 + ReplayWindow.memoryBytes(size: size) }

  /// Gives the memory back; the windows must not be used again.
  public func deallocate() {
    tops.deallocate()
    ranks.deallocate()
  }

  /// Whether the sender uses window `id`.
  @inlinable @inline(__always)
  func isKnown(_ id: UInt16) -> Bool { id <= lastID }

  /// Where window `id` lies, which is less than `count`; nil if it is another thread's.
  @inlinable @inline(__always)
  func window(_ id: UInt16) -> UnsafeMutablePointer<UInt64>? {
    let rank = ranks[Int(id)]
    return rank >= 0 ? tops + Int(rank) &* (Int(lastWord) &+ 2) : nil
  }

  /// Whether this thread owns window `id`, which is less than `count`.
  @inlinable @inline(__always)
  public func isOwned(_ id: UInt16) -> Bool { ranks[Int(id)] >= 0 }

  /// Marks `sequence` in window `id`, which is less than `count`.
  /// - Returns: `.none` if it was fresh, `.replayed`, `.tooOld`, or `.foreignWindow`.
  @inlinable @inline(__always)
  public func checkAndMark(_ id: UInt16, _ sequence: UInt64) -> DropReason {
    guard let window = window(id) else { return .foreignWindow }
    return checkAndMark(window, sequence)
  }

  @inlinable @inline(__always)
  func checkAndMark(_ top: UnsafeMutablePointer<UInt64>, _ sequence: UInt64) -> DropReason {
    var window = ReplayWindow(highest: top.pointee, words: top + 1, numbers: numbers, lastWord: lastWord)
    let reason = window.checkAndMark(sequence)
    top.pointee = window.highest
    return reason
  }

  /// Fetches what marking `sequence` in window `id` will write, whatever that is.
  @inlinable @inline(__always)
  func fetch(_ id: UInt16, _ sequence: UInt64) {
    guard isKnown(id), let top = window(id) else { return }
    CacheLine.fetchToWrite(top)
    CacheLine.fetchToWrite(top + 1 + Int(truncatingIfNeeded: sequence >> 6 & UInt64(lastWord)))
  }
}
