// Memory of a thread's own: two threads that write to one cache line slow each other down, whatever they
// write.

/// Bytes of a cache line of every CPU that the suite runs on.
public enum CacheLines {
  /// Bytes of one.
  @inlinable public static var bytes: Int { 64 }

  /// The bytes of all lines that `bytes` bytes from the start of a line on touch.
  @inlinable public static func whole(_ bytes: Int) -> Int {
    (bytes &+ CacheLines.bytes &- 1) & ~(CacheLines.bytes &- 1)
  }
}

extension UnsafeMutableRawPointer {
  /// At least one byte in cache lines that hold nothing else.
  @inlinable public static func allocateLines(_ bytes: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: CacheLines.whole(max(bytes, 1)), alignment: CacheLines.bytes)
  }
}

extension UnsafeMutablePointer where Pointee: ~Copyable {
  /// Memory for `count` values in cache lines that hold nothing else.
  @inlinable public static func allocateLines(_ count: Int) -> UnsafeMutablePointer {
    UnsafeMutableRawPointer.allocateLines(count * MemoryLayout<Pointee>.stride)
      .bindMemory(to: Pointee.self, capacity: count)
  }
}
