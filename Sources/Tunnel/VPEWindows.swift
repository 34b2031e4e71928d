import Crypto
import Wire

/// The replay windows of one VPE sender in one receiving thread: those that the thread owns, and the IDs of
/// the others. Plain memory without an owner: call `deallocate()` once.
///
/// A window is its top and its words, one behind the other, so that both addresses follow from the Window ID
/// and the number, without a load.
public struct VPEWindows {
  /// How many Window IDs the sender uses; IDs from `count` on are unknown.
  public var count: Int { Int(lastID) &+ 1 }
  @usableFromInline let lastID: UInt16
  @usableFromInline let lastWord: UInt16
  @usableFromInline let numbers: UInt32
  @usableFromInline let starts: UnsafeMutablePointer<Int>
  @usableFromInline let tops: UnsafeMutablePointer<UInt64>

  /// Windows 0 to `count` - 1, of which the thread owns those that `owned` names.
  public init(count: Int, size: Int, owned: (UInt16) -> Bool) {
    let ownership = WindowOwnership(count: count, size: size, owned: owned)
    self.init(ownership, in: .allocateLines(ownership.memoryBytes))
  }

  /// Windows as above, from number `top` on, in `ownership.memoryBytes` bytes that belong to someone else, as
  /// the ownership does; do not call `deallocate()`.
  public init(_ ownership: WindowOwnership, top: UInt64 = 0, in memory: UnsafeMutableRawPointer) {
    lastID = UInt16(ownership.count - 1)
    lastWord = UInt16(ReplayWindow.memoryBytes(size: ownership.size) / 8 - 1)
    numbers = UInt32(ownership.size)
    starts = ownership.starts
    tops = memory.bindMemory(to: UInt64.self, capacity: ownership.memoryBytes / 8)
    for index in 0..<ownership.owned {
      let start = tops + index * WindowOwnership.words(ownership.size)
      start.initialize(to: top)
      _ = ReplayWindow(size: ownership.size, top: top, in: UnsafeMutableRawPointer(start + 1))
    }
  }

  /// The memory of the windows that the thread owns.
  package var memory: UnsafeRawBufferPointer {
    let owned = (0..<count).count(where: { isOwned(UInt16($0)) })
    return UnsafeRawBufferPointer(
      start: tops, count: owned * WindowOwnership.words(Int(numbers)) * MemoryLayout<UInt64>.stride)
  }

  /// Gives the memory back; the windows must not be used again.
  public func deallocate() {
    tops.deallocate()
    starts.deallocate()
  }

  /// Whether the sender uses window `id`.
  @inlinable @inline(__always)
  func isKnown(_ id: UInt16) -> Bool { id <= lastID }

  /// The address of window `id`, which is less than `count`; nil if it is another thread's.
  @inlinable @inline(__always)
  func window(_ id: UInt16) -> UnsafeMutablePointer<UInt64>? {
    let start = starts[Int(id)]
    return start >= 0 ? tops + start : nil
  }

  /// Whether this thread owns window `id`, which is less than `count`.
  @inlinable @inline(__always)
  public func isOwned(_ id: UInt16) -> Bool { starts[Int(id)] >= 0 }

  /// Marks `sequence` in window `id`, which is less than `count`.
  /// - Returns: `.none` if it was fresh, `.replayed`, `.tooOld`, or `.foreignWindow`.
  @inlinable @inline(__always)
  public func checkAndMark(_ id: UInt16, _ sequence: UInt64) -> DropReason {
    guard let window = window(id) else { return .foreignWindow }
    return checkAndMark(window, sequence)
  }

  @inlinable @inline(__always)
  func check(_ top: UnsafeMutablePointer<UInt64>, _ sequence: UInt64) -> DropReason {
    replayWindow(top).check(sequence)
  }

  @inlinable @inline(__always)
  func replayWindow(_ top: UnsafeMutablePointer<UInt64>) -> ReplayWindow {
    ReplayWindow(highest: top.pointee, words: top + 1, numbers: numbers, lastWord: lastWord)
  }

  @inlinable @inline(__always)
  func checkAndMark(_ top: UnsafeMutablePointer<UInt64>, _ sequence: UInt64) -> DropReason {
    var window = replayWindow(top)
    let reason = window.checkAndMark(sequence)
    top.pointee = window.highest
    return reason
  }

  /// Prefetches the lines that marking `sequence` in window `id` writes; both values may be invalid.
  @inlinable @inline(__always)
  func prefetch(_ id: UInt16, _ sequence: UInt64) {
    guard isKnown(id), let top = window(id) else { return }
    CacheLine.prefetchToWrite(top)
    CacheLine.prefetchToWrite(top + 1 + Int(truncatingIfNeeded: sequence >> 6 & UInt64(lastWord)))
  }
}
