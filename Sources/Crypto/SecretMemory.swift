import CIPsecMB

/// Memory for secrets: wiped when it goes, by a call that no compiler can drop.
package final class SecretMemory: @unchecked Sendable {
  /// The first byte.
  package let start: UnsafeMutableRawPointer
  /// How many there are.
  package let count: Int
  /// Is shown the memory when it has been wiped, before it is given back: for tests.
  package var onRelease: ((UnsafeRawBufferPointer) -> Void)?

  /// Memory for `count` bytes, aligned as the library wants keys to be.
  package init(count: Int) {
    start = .allocate(byteCount: count, alignment: Int(CIMB_ALIGNMENT))
    self.count = count
  }

  deinit {
    cimb_wipe(start, UInt64(count))
    onRelease?(UnsafeRawBufferPointer(start: start, count: count))
    start.deallocate()
  }
}

/// The bytes of a key as they were agreed on, before the library expands them. Wiped when the last who has
/// them lets go; never printed.
public struct KeyBytes: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  package let memory: SecretMemory

  /// How many there are.
  public var count: Int { memory.count }

  /// `count` bytes that `body` writes; zero at first.
  public init(count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    memory = SecretMemory(count: count)
    memory.start.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    try body(UnsafeMutableRawBufferPointer(start: memory.start, count: count))
  }

  /// A copy of `bytes`, which are left as they are.
  public init(_ bytes: [UInt8]) { self.init(count: bytes.count) { $0.copyBytes(from: bytes) } }

  /// A part of them, as a key of its own.
  public func part(_ range: Range<Int>) -> KeyBytes {
    KeyBytes(count: range.count) { part in
      part.copyBytes(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
  }

  /// Where they lie.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory.start, count: count) }

  /// Copies to which the wiping does not reach: only for keys that need no protection.
  public var exposed: [UInt8] { Array(UnsafeRawBufferPointer(start: memory.start, count: count)) }

  /// How many, and nothing of what they are.
  public var description: String { "a key of \(count) bytes" }
  /// Nothing.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// Compares all bytes, whatever the first ones are.
  public static func == (one: KeyBytes, other: KeyBytes) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for index in 0..<one.count {
      difference |=
        one.memory.start.load(fromByteOffset: index, as: UInt8.self)
        ^ other.memory.start.load(fromByteOffset: index, as: UInt8.self)
    }
    return difference == 0
  }
}
