import Basics
import Glibc

/// Zeroed memory between two pages that end the process when they are touched, by reading or by writing.
///
/// What happens within it, but outside the bytes that a call may change, `firstChange` finds.
package final class GuardedMemory {
  package let start: UnsafeMutableRawPointer
  package let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappingCount: Int

  /// Memory of at least `count` bytes.
  package init(count atLeast: Int = 1) {
    let page = Int(getpagesize())
    count = (atLeast + page - 1) / page * page
    mappingCount = count + 2 * page
    mapping = mmap(nil, mappingCount, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED, "no memory")
    start = mapping + page
    precondition(mprotect(start, count, PROT_READ | PROT_WRITE) == 0, "no memory")
  }

  deinit { munmap(mapping, mappingCount) }

  /// The first byte behind the memory: what lies there must not be touched.
  package var end: UnsafeMutableRawPointer { start + count }

  /// Copies `bytes` to the end of the memory, or to its start.
  /// - Returns: where they begin.
  package func put(_ bytes: [UInt8], atStart: Bool = false) -> UnsafeMutableRawPointer {
    let at = atStart ? start : end - bytes.count
    if !bytes.isEmpty { at.copyMemory(from: bytes, byteCount: bytes.count) }
    return at
  }

  /// Fills the memory with bytes that depend on `seed`.
  package func fill(seed: UInt64) {
    var generator = SplitMix64(state: seed)
    for offset in stride(from: 0, to: count, by: 8) {
      start.storeBytes(of: generator.next(), toByteOffset: offset, as: UInt64.self)
    }
  }

  /// What the memory holds.
  package var contents: [UInt8] { [UInt8](UnsafeRawBufferPointer(start: start, count: count)) }

  /// The offset of the first byte outside of `allowed` that differs from `before`.
  package func firstChange(since before: [UInt8], outside allowed: Range<UnsafeMutableRawPointer>) -> Int? {
    let low = allowed.lowerBound - start
    let high = allowed.upperBound - start
    return before.withUnsafeBytes { before in
      if memcmp(start, before.baseAddress!, low) == 0,
        memcmp(start + high, before.baseAddress! + high, count - high) == 0
      {
        return nil
      }
      return before.indices.first { index in
        !(low..<high).contains(index) && start.load(fromByteOffset: index, as: UInt8.self) != before[index]
      }
    }
  }
}
