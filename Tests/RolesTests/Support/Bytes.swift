import Glibc

/// Bytes as lower-case hexadecimal digits.
func hex(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

/// The `count` low bytes of a number, highest first.
func big(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
}

/// The `count` low bytes of a number, lowest first.
func little(_ value: UInt64, _ count: Int) -> [UInt8] { big(value, count).reversed() }

/// `count` bytes at `at`.
func bytes(at: UnsafeRawPointer, _ count: Int) -> [UInt8] {
  [UInt8](UnsafeRawBufferPointer(start: at, count: count))
}

/// Memory whose end is the end of a page behind which nothing may be touched.
final class GuardedMemory {
  private let mapping: UnsafeMutableRawPointer
  private let page = Int(getpagesize())

  init() {
    mapping = mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED, "no memory")
    precondition(mprotect(mapping + page, page, PROT_NONE) == 0, "no memory")
  }

  deinit { munmap(mapping, 2 * page) }

  /// Puts `bytes` at the very end; what lies before them is 0.
  func place(_ bytes: [UInt8]) -> UnsafeMutableRawPointer {
    mapping.initializeMemory(as: UInt8.self, repeating: 0, count: page)
    let start = mapping + page - bytes.count
    start.copyMemory(from: bytes, byteCount: bytes.count)
    return start
  }
}
