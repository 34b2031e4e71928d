/// UDP (RFC 768): source port 2, destination port 2, length 2, checksum 2.
///
/// A checksum of 0 means none; the tunnels here send none, over IPv4 as RFC 3948 section 2.1 asks for ESP in
/// UDP, over IPv6 as RFC 6935 allows tunnels: the packet within is authenticated anyway.
public enum UDP {
  /// Bytes of the header.
  public static let headerBytes = 8
  /// Offset of the destination port.
  public static let destinationOffset = 2
  /// Offset of the length, which counts the header.
  public static let lengthOffset = 4
  /// Offset of the checksum.
  public static let checksumOffset = 6
  /// ESP in UDP (RFC 3948).
  public static let portESP: UInt16 = 4500

  /// The sum over a datagram of `length` bytes behind an IPv6 header and over the pseudo-header (RFC 8200
  /// section 8.1), in host order of the loads.
  public static func sum(inIPv6 ip: UnsafeRawPointer, length: Int) -> UInt64 {
    let addresses = Checksum.sum(ip + IPv6.sourceOffset, count: IPv6.headerBytes - IPv6.sourceOffset)
    return addresses + UInt64(UInt16(truncatingIfNeeded: length).bigEndian)
      + UInt64(UInt16(IPv4.protocolUDP).bigEndian) + Checksum.sum(ip + IPv6.headerBytes, count: length)
  }

  /// The checksum for a sum over all but the checksum itself, as it lies in the header: never 0, which would
  /// mean none.
  @inlinable @inline(__always)
  public static func checksum(_ sum: UInt64) -> UInt16 {
    let checksum = ~Checksum.folded(sum)
    return checksum == 0 ? .max : checksum
  }

  /// Whether a payload begins with the non-ESP marker, as IKE does where it shares a port with ESP, for which
  /// an SPI of 0 is reserved (RFC 3948 section 2.2). VPE begins with Sender ID and Window ID, and a Sender ID
  /// is never 0 in UDP.
  @inlinable @inline(__always)
  public static func isIKE(_ payload: UnsafeRawPointer, count: Int) -> Bool {
    count >= 4 && payload.loadBig(0, as: UInt32.self) == 0
  }

  /// Whether a payload is a NAT keepalive (RFC 3948 section 2.3).
  @inlinable @inline(__always)
  public static func isKeepalive(_ payload: UnsafeRawPointer, count: Int) -> Bool {
    count == 1 && payload.load(as: UInt8.self) == 0xFF
  }

  /// Writes a header of 8 bytes without checksum.
  public static func write(
    to at: UnsafeMutableRawPointer, source: UInt16, destination: UInt16, length: UInt16
  ) {
    at.storeBig(source, 0)
    at.storeBig(destination, destinationOffset)
    at.storeBig(length, lengthOffset)
    at.storeBig(UInt16(0), checksumOffset)
  }
}
