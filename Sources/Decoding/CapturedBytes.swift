/// Why a frame's headers cannot be followed.
enum Stop: Error {
  /// It does not carry IP.
  case notIP
  /// A header that it must have does not fit into it.
  case tooShort
  /// A length field says more than there is.
  case lengths
  /// It was longer than the headers, but less was captured.
  case cutOff
  /// Something that may carry IP, with a name.
  case unseen(StaticString)
  /// The same, with its Ethernet type.
  case type(UInt16)
  /// The same, with its link type.
  case link(UInt16)
}

/// A frame, or an inner packet, of which perhaps not all was captured.
struct CapturedBytes {
  let bytes: UnsafeRawBufferPointer
  /// How many there were.
  let wireCount: Int

  /// Where bytes can be read that a header must have.
  /// - Parameter end: where that ends which holds the header, by its length field.
  func at(_ offset: Int, _ count: Int, end: Int? = nil) throws(Stop) -> UnsafeRawPointer {
    guard offset + count <= end ?? wireCount else { throw .tooShort }
    guard offset + count <= bytes.count else { throw .cutOff }
    return bytes.baseAddress.unsafelyUnwrapped + offset
  }

  /// What was captured of a range.
  func captured(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<bytes.count)])
  }
}
