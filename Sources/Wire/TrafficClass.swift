/// Traffic classes as DSCP's class selectors tell them: the first three bits of IPv4's type of service and of
/// IPv6's traffic class (RFC 2474 section 4.2.2), of which a higher value is forwarded sooner.
public enum TrafficClass {
  /// As many as there are selectors.
  public static let most = 8

  /// DSCP and ECN of a packet of class `index`, which is less than `most`; its sender knows no ECN.
  @inlinable @inline(__always)
  public static func service(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index << 5) }

  /// The class that DSCP and ECN tell, where there are `count`: what selects a higher one is of the highest.
  @inlinable @inline(__always)
  public static func index(_ service: UInt8, of count: Int) -> Int { min(Int(service >> 5), count &- 1) }

  /// The class of an IP packet of which a whole header of either version can be read at `ip`.
  @inlinable @inline(__always)
  public static func index(ofPacket ip: UnsafeRawPointer, of count: Int) -> Int {
    let isIPv6 = ip.load(as: UInt8.self) >> 4 == 6
    return index(isIPv6 ? IPv6.service(ip) : IPv4.service(ip), of: count)
  }
}
