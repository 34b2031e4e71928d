/// Transport mode: the payload of an IP packet is sealed, and its header moves before the format's (RFC 4303
/// section 3.1.1). Headers of 20 bytes in IPv4 and of 40 in IPv6, whose extension headers are not looked for.
public enum TransportLayout {
  /// Bytes of the header of an IP packet, of which the first byte is at `ip`.
  @inlinable @inline(__always)
  public static func headerBytes(_ ip: UnsafeRawPointer) -> Int {
    ip.load(as: UInt8.self) >> 4 == 6 ? IPv6.headerBytes : IPv4.headerBytes
  }

  /// The most that these are.
  @inlinable public static var headerBytesMax: Int { 40 }

  /// Protocols of IPv6 that may not lie behind what is sealed: each node on the way reads them (RFC 4303
  /// section 3.1.1), or they are of a packet that is not whole.
  @inlinable @inline(__always)
  public static func isOnTheWay(_ number: UInt8) -> Bool { number == 0 || number == 43 || number == 44 }

  /// Writes the header of an IP packet to another place, which may overlap, with another length and protocol,
  /// and IPv4's checksum right.
  /// - Parameter count: bytes of the whole packet that begins there.
  @inlinable @inline(__always)
  public static func move(
    _ ip: UnsafeMutableRawPointer, to other: UnsafeMutableRawPointer, count: Int, protocol number: UInt8
  ) {
    // All is loaded before anything is stored, and nothing twice: no load waits for a store.
    let first = ip.loadLittle(0, as: UInt64.self)
    let second = ip.loadLittle(8, as: UInt64.self)
    if first >> 4 & 0xF == 6 {
      let addresses = ip.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self)
      let last = ip.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
      let length = UInt64(UInt16(truncatingIfNeeded: count &- IPv6.headerBytes).bigEndian)
      other.storeVector(first & 0xFF00_0000_FFFF_FFFF | length << 32 | UInt64(number) << 48, second)
      other.storeBytes(of: addresses, toByteOffset: 16, as: SIMD2<UInt64>.self)
      other.storeBytes(of: last, toByteOffset: 32, as: UInt64.self)
    } else {
      let last = ip.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
      let length = UInt64(UInt16(truncatingIfNeeded: count).bigEndian)
      let low = first & 0xFFFF_FFFF_0000_FFFF | length << 16
      let high = second & 0xFFFF_FFFF_0000_00FF | UInt64(number) << 8
      let sum =
        (low & 0xFFFF_FFFF) &+ (low >> 32) &+ (high & 0xFFFF_FFFF) &+ (high >> 32) &+ UInt64(last)
      other.storeVector(low, high | UInt64(~Checksum.folded(sum)) << 16)
      other.storeBytes(of: last, toByteOffset: 16, as: UInt32.self)
    }
  }
}

/// VPE in transport mode, which the paper leaves open: "Next Header" must go into the header. Two proposals,
/// each behind the moved IP header. Little-endian.
///
/// ```
/// A  0        2           4             11     12    16           32
///    | Sender | Window ID | number (56) | next | SPI | ICV (16) | payload ………… |
///    '----------------- nonce -----------------'                '- encrypted -'
///
/// B  0        2           4                    12    16           32           36
///    | Sender | Window ID | number (64)        | SPI | ICV (16) | next, 0, 0, 0 | payload ………… |
///    '----------------- nonce -----------------'                '------- encrypted -------'
/// ```
public enum VPETransportLayout {
  /// Bits of the number in A.
  @inlinable public static var numberBits: UInt64 { 56 }
  /// The highest number of A.
  @inlinable public static var lastNumber: UInt64 { 1 << numberBits - 1 }
  /// Bytes before the payload in B that are encrypted with it.
  @inlinable public static var nextBytes: Int { 4 }
}
