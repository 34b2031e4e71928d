import Wire

/// A version of IP.
public enum IPVersion: String, Sendable, CaseIterable {
  /// RFC 791.
  case ipv4
  /// RFC 8200.
  case ipv6

  /// The length in bytes of the shortest frame that the generator sends, with its check sequence: Ethernet,
  /// IP, UDP, and the 18 bytes of its stamp.
  public var frameBytesMin: Int { self == .ipv4 ? 64 : 84 }
  /// The length of the header in bytes, without options or extensions.
  public var headerBytes: Int { self == .ipv4 ? IPv4.headerBytes : IPv6.headerBytes }
  /// The length in bytes of the shortest packet whose cost can be measured: IP and UDP.
  public var packetBytesMin: Int { self == .ipv4 ? 28 : 48 }
}

/// The protocol that carries sealed packets.
public enum Carrier: String, Sendable, CaseIterable {
  /// IP directly.
  case ip
  /// UDP, as needed to pass a NAT (RFC 3948).
  case udp
}

extension Axis {
  static let definitionOfInnerVersion = Definition(
    "Version of IP of the packets that are sealed; a frame of IPv6 has at least 84 bytes.",
    .words(IPVersion.allCases.map(\.rawValue)), standard: "ipv4", absent: "ipv4", suits: \.hasStages
  ) { $0 == "ipv6" ? "in6" : "in4" }

  static let definitionOfOuterVersion = Definition(
    "Version of IP of the outer packets, in place of tunnel.outer.",
    .words(IPVersion.allCases.map(\.rawValue)), standard: "ipv4", absent: "ipv4",
    isDecidedElsewhere: true, suits: { $0.hasStages && !$0.isTransport }
  ) { $0 == "ipv6" ? "out6" : "out4" }

  static let definitionOfEncapsulation = Definition(
    "What carries sealed packets, in place of tunnel.encapsulation: IP directly, or UDP as for NAT.",
    .words(Carrier.allCases.map(\.rawValue)), standard: "ip", absent: "ip", isDecidedElsewhere: true,
    suits: { $0.hasStages && !$0.isAlwaysInUDP && !$0.isTransport }
  ) { $0.text }
}

extension AxisValues {
  /// The IP version of inner packets.
  public var innerVersion: IPVersion {
    get { word(.innerVersion) ?? .ipv4 }
    set { self[.innerVersion] = .word(newValue.rawValue) }
  }
  /// The IP version of outer packets.
  public var outerVersion: IPVersion {
    get { word(.outerVersion) ?? .ipv4 }
    set { self[.outerVersion] = .word(newValue.rawValue) }
  }
  /// The protocol that carries sealed packets. It is IP for formats that are always in UDP, because their UDP
  /// header is part of the format.
  public var carrier: Carrier {
    get { word(.encapsulation) ?? .ip }
    set { self[.encapsulation] = .word(newValue.rawValue) }
  }
}
