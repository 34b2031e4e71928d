import Wire

/// The four roles of a case; see the drawing in the README.
public enum RoleName: String, Codable, CaseIterable, Sendable {
  /// Sends frames, and judges what comes back.
  case generator
  /// Seals what the generator sends and opens what comes back.
  case gatewayA = "gateway-a"
  /// Opens what gateway A sealed and seals what the reflector returns.
  case gatewayB = "gateway-b"
  /// Sends every frame back.
  case reflector
}

/// The ends of the three links.
public enum LinkEnd: String, Codable, CaseIterable, Sendable, CodingKeyRepresentable {
  case generator
  case gatewayARed = "gateway-a.red"
  case gatewayABlack = "gateway-a.black"
  case gatewayBBlack = "gateway-b.black"
  case gatewayBRed = "gateway-b.red"
  case reflector

  /// The role that the end belongs to.
  public var role: RoleName {
    switch self {
    case .generator: .generator
    case .gatewayARed, .gatewayABlack: .gatewayA
    case .gatewayBBlack, .gatewayBRed: .gatewayB
    case .reflector: .reflector
    }
  }

  /// Locally administered, one for each end.
  public var address: MACAddress {
    MACAddress(bits: 0x0200_0000_0001 + UInt64(LinkEnd.allCases.firstIndex(of: self) ?? 0))
  }

  /// The end at the other side of the link.
  public var peer: LinkEnd {
    switch self {
    case .generator: .gatewayARed
    case .gatewayARed: .generator
    case .gatewayABlack: .gatewayBBlack
    case .gatewayBBlack: .gatewayABlack
    case .gatewayBRed: .reflector
    case .reflector: .gatewayBRed
    }
  }
}

/// Addresses in use: inside, the block for benchmarks (RFC 2544); outside, TEST-NET-1 (RFC 5737) or the
/// prefix for documentation (RFC 3849).
public enum TestAddress {
  /// 198.18.0.1
  public static let generator: UInt32 = 0xC612_0001
  /// 198.19.0.1
  public static let reflector: UInt32 = 0xC613_0001
  /// 192.0.2.1
  public static let gatewayA: UInt32 = 0xC000_0201
  /// 192.0.2.2
  public static let gatewayB: UInt32 = 0xC000_0202
  /// 2001:db8::1
  public static let gatewayA6 = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1)
  /// 2001:db8::2
  public static let gatewayB6 = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 2)
}
