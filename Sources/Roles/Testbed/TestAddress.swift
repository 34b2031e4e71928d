import Cases
import Wire

extension LinkEnd {
  /// Locally administered, one for each end.
  public var address: MACAddress { Replica(self).address }
}

extension Replica<LinkEnd> {
  /// Locally administered, one for each port.
  public var address: MACAddress {
    MACAddress(bits: 0x0200_0000_0001 + UInt64(kindNumber) + UInt64(number) << 8)
  }
}

/// Addresses in use: inside, the blocks for benchmarks (RFC 2544, RFC 5180); outside, TEST-NET-1 (RFC 5737)
/// or the prefix for documentation (RFC 3849).
public enum TestAddress {
  /// 198.18.0.1
  public static let generator: UInt32 = 0xC612_0001
  /// 198.19.0.1
  public static let reflector: UInt32 = 0xC613_0001
  /// 2001:2::1
  public static let generator6 = IPv6Address(high: 0x2001_0002_0000_0000, low: 1)
  /// 2001:2:0:1::1
  public static let reflector6 = IPv6Address(high: 0x2001_0002_0000_0001, low: 1)
  /// 192.0.2.1
  public static let gatewayA: UInt32 = 0xC000_0201
  /// 192.0.2.2
  public static let gatewayB: UInt32 = 0xC000_0202
  /// 2001:db8::1
  public static let gatewayA6 = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1)
  /// 2001:db8::2
  public static let gatewayB6 = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 2)

  /// The addresses of both gateways.
  static let gateways = (gatewayA, gatewayB, gatewayA6, gatewayB6)
}
