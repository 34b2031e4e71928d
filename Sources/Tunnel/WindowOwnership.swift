import Wire

/// Which windows of a sender one receiving thread owns, and where they lie, alike for all associations.
/// Plain memory without an owner: call `deallocate()` once.
public struct WindowOwnership {
  /// How many Window IDs a sender uses; IDs from `count` on are unknown.
  public let count: Int
  /// How many of them the thread owns.
  public let owned: Int
  /// How many numbers each window remembers.
  public let size: Int
  /// For each ID the offset of its window among the thread's own, in words; -1 for another thread's.
  @usableFromInline let starts: UnsafeMutablePointer<Int>

  /// Windows 0 to `count` - 1 of `size` packets, of which the thread owns those that `owned` names.
  public init(count: Int, size: Int, owned: (UInt16) -> Bool) {
    precondition((1...65536).contains(count), "a sender has 1 to 65536 windows, not \(count)")
    self.count = count
    self.size = size
    starts = .allocate(capacity: count)
    var next = 0
    for id in 0..<count {
      let isOwned = owned(UInt16(id))
      (starts + id).initialize(to: isOwned ? next * WindowOwnership.words(size) : -1)
      if isOwned { next += 1 }
    }
    self.owned = next
  }

  /// Words of a window: its top, and the bits of seen numbers.
  static func words(_ size: Int) -> Int { 1 + ReplayWindow.memoryBytes(size: size) / 8 }

  /// Bytes that the thread's windows of an association occupy.
  public var memoryBytes: Int { owned * WindowOwnership.words(size) * 8 }

  /// Gives the memory back; nothing that was made from it may be used again.
  public func deallocate() { starts.deallocate() }
}
