// What changes in a header on its way: hops, and the byte of DSCP (RFC 2474) and ECN. IPv4's checksum
// follows by RFC 1624: a right one stays right, and a wrong one wrong. Each needs a whole header at `ip`.

extension Checksum {
  /// A checksum after a word that it covers has changed; all in the same byte order (RFC 1624, equation 3).
  @inlinable @inline(__always)
  static func updated(_ checksum: UInt16, from old: UInt16, to new: UInt16) -> UInt16 {
    let sum = UInt32(~checksum) &+ UInt32(~old) &+ UInt32(new)
    return ~UInt16(truncatingIfNeeded: (sum & 0xFFFF) &+ (sum >> 16))
  }
}

extension IPv4 {
  /// Offset of DSCP and ECN.
  public static let serviceOffset = 1

  /// DSCP and ECN, as they lie in the byte.
  @inlinable @inline(__always)
  public static func service(_ ip: UnsafeRawPointer) -> UInt8 {
    ip.load(fromByteOffset: serviceOffset, as: UInt8.self)
  }

  /// Writes DSCP and ECN.
  @inlinable @inline(__always)
  public static func setService(_ ip: UnsafeMutableRawPointer, _ service: UInt8) {
    let old = ip.loadBig(0, as: UInt16.self)
    let new = old & 0xFF00 | UInt16(service)
    ip.storeBig(new, 0)
    ip.storeBig(
      Checksum.updated(ip.loadBig(checksumOffset, as: UInt16.self), from: old, to: new), checksumOffset)
  }

  /// Takes a hop off the time to live.
  /// - Returns: false, and nothing is written, where the packet must not be forwarded any more (RFC 1812
  ///   section 5.3.1).
  @inlinable @inline(__always)
  public static func takeHop(_ ip: UnsafeMutableRawPointer) -> Bool {
    let old = ip.loadBig(timeToLiveOffset, as: UInt16.self)
    guard old >= 2 << 8 else { return false }
    let new = old &- 1 << 8
    ip.storeBig(new, timeToLiveOffset)
    ip.storeBig(
      Checksum.updated(ip.loadBig(checksumOffset, as: UInt16.self), from: old, to: new), checksumOffset)
    return true
  }
}

extension IPv6 {
  /// Offset of the hop limit.
  public static let hopLimitOffset = 7

  /// The traffic class: DSCP and ECN.
  @inlinable @inline(__always)
  public static func service(_ ip: UnsafeRawPointer) -> UInt8 {
    UInt8(truncatingIfNeeded: ip.loadBig(0, as: UInt16.self) >> 4)
  }

  /// Writes the traffic class.
  @inlinable @inline(__always)
  public static func setService(_ ip: UnsafeMutableRawPointer, _ service: UInt8) {
    ip.storeBig(ip.loadBig(0, as: UInt16.self) & 0xF00F | UInt16(service) << 4, 0)
  }

  /// Takes a hop off the hop limit.
  /// - Returns: false, and nothing is written, where the packet must not be forwarded any more (RFC 8200
  ///   section 3).
  @inlinable @inline(__always)
  public static func takeHop(_ ip: UnsafeMutableRawPointer) -> Bool {
    let hops = ip.load(fromByteOffset: hopLimitOffset, as: UInt8.self)
    guard hops >= 2 else { return false }
    ip.storeBytes(of: hops &- 1, toByteOffset: hopLimitOffset, as: UInt8.self)
    return true
  }
}
