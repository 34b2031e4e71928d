/// IPv6 (RFC 8200) as far as a tunnel needs it.
public enum IPv6 {
  /// Bytes of the fixed header.
  public static let headerBytes = 40
  /// Offset of the payload length, which does not count the fixed header.
  public static let payloadLengthOffset = 4
  /// Offset of the next header's protocol number.
  public static let nextHeaderOffset = 6
  /// Offset of the source address.
  public static let sourceOffset = 8
  /// Offset of the destination address.
  public static let destinationOffset = 24
  /// The protocol number of a fragment's header (section 4.5).
  public static let protocolFragment: UInt8 = 44

  /// Writes the fixed header; traffic class and flow label are 0.
  public static func write(
    to at: UnsafeMutableRawPointer, payloadLength: UInt16, next number: UInt8, source: IPv6Address,
    destination: IPv6Address
  ) {
    at.storeBig(UInt32(0x6000_0000), 0)
    at.storeBig(payloadLength, payloadLengthOffset)
    at.storeBig(UInt16(number) << 8 | UInt16(IPv4.timeToLive), nextHeaderOffset)
    source.write(to: at + sourceOffset)
    destination.write(to: at + destinationOffset)
  }

  /// The packet's total length if `count` bytes at `at` hold a whole IPv6 packet (trailing bytes allowed).
  ///
  /// Jumbograms (RFC 2675) are refused: a payload length of 0 is taken as it stands.
  /// - Returns: nil where the version is not 6 or a length does not fit.
  @inlinable @inline(__always)
  public static func packetLength(_ at: UnsafeRawPointer, count: Int) -> Int? {
    guard count >= headerBytes else { return nil }
    let total = headerBytes &+ Int(at.loadBig(payloadLengthOffset, as: UInt16.self))
    guard at.load(as: UInt8.self) >> 4 == 6, total <= count else { return nil }
    return total
  }
}

/// An IPv6 address (RFC 4291).
public struct IPv6Address: Equatable, Sendable {
  /// The first eight bytes, the first of them highest.
  public let high: UInt64
  /// The last eight bytes.
  public let low: UInt64

  /// An address from its halves.
  public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// Writes 16 bytes.
  func write(to at: UnsafeMutableRawPointer) {
    at.storeBig(high, 0)
    at.storeBig(low, 8)
  }
}
