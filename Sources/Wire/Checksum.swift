/// The Internet checksum (RFC 1071).
public enum Checksum {
  /// The one's complement sum of 20 bytes, folded to 16 bits in host order of the loads.
  ///
  /// The sum does not depend on byte order, so whole words are added as they lie and the result is swapped
  /// once (RFC 1071 section 2 B).
  @inlinable @inline(__always)
  public static func sum20(_ at: UnsafeRawPointer) -> UInt16 {
    let a = at.loadUnaligned(as: UInt64.self)
    let b = at.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    let c = at.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
    var sum = (a & 0xFFFF_FFFF) &+ (a >> 32) &+ (b & 0xFFFF_FFFF) &+ (b >> 32) &+ UInt64(c)
    sum = (sum & 0xFFFF) &+ (sum >> 16 & 0xFFFF) &+ (sum >> 32)
    sum = (sum & 0xFFFF) &+ (sum >> 16)
    sum = (sum & 0xFFFF) &+ (sum >> 16)
    return UInt16(truncatingIfNeeded: sum)
  }

  /// The one's complement sum of `count` bytes at an even offset in what is summed, in host order of the
  /// loads; an odd byte at the end counts as the first of two (RFC 1071). Not folded: sums can be added.
  public static func sum(_ at: UnsafeRawPointer, count: Int) -> UInt64 {
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: count & ~1, by: 2) {
      sum += UInt64(at.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
    return count & 1 == 0 ? sum : sum + UInt64(at.load(fromByteOffset: count - 1, as: UInt8.self))
  }

  /// A sum folded to 16 bits.
  @inlinable @inline(__always)
  public static func folded(_ sum: UInt64) -> UInt16 {
    var sum = (sum & 0xFFFF_FFFF) &+ (sum >> 32)
    sum = (sum & 0xFFFF) &+ (sum >> 16 & 0xFFFF) &+ (sum >> 32)
    sum = (sum & 0xFFFF) &+ (sum >> 16)
    sum = (sum & 0xFFFF) &+ (sum >> 16)
    return UInt16(truncatingIfNeeded: sum)
  }

  /// The checksum of an IPv4 header without options whose checksum field is 0.
  @inlinable @inline(__always)
  public static func ofHeader20(_ at: UnsafeRawPointer) -> UInt16 {
    ~UInt16(bigEndian: sum20(at))
  }

  /// Whether an IPv4 header without options carries its right checksum.
  @inlinable @inline(__always)
  public static func isValidHeader20(_ at: UnsafeRawPointer) -> Bool { sum20(at) == 0xFFFF }
}
