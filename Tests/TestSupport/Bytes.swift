import Basics

/// The bytes that an even number of hexadecimal digits stands for; blanks do not count.
package func bytes(_ hex: String) -> [UInt8] {
  let nibbles = hex.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
  precondition(nibbles.count % 2 == 0, "an odd number of hexadecimal digits")
  return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
}

/// `count` bytes at `at`.
package func bytes(at: UnsafeRawPointer, _ count: Int) -> [UInt8] {
  [UInt8](UnsafeRawBufferPointer(start: at, count: count))
}

extension SplitMix64 {
  /// The next `count` bytes, one an output.
  package mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: next()) }
    return bytes
  }
}
