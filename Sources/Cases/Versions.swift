import Wire

/// A version of IP.
public enum IPVersion: String, Sendable, CaseIterable {
  /// RFC 791.
  case ipv4
  /// RFC 8200.
  case ipv6

  /// The shortest frame that the generator sends, with its check sequence, in bytes: Ethernet, IP, UDP, and
  /// the 18 bytes of its stamp.
  public var frameBytesMin: Int { self == .ipv4 ? 64 : 84 }
  /// Bytes of the header, without options or extensions.
  public var headerBytes: Int { self == .ipv4 ? IPv4.headerBytes : IPv6.headerBytes }
  /// The shortest packet that costs are taken of, in bytes: IP and UDP.
  public var packetBytesMin: Int { self == .ipv4 ? 28 : 48 }
}

/// What carries sealed packets.
public enum Carrier: String, Sendable, CaseIterable {
  /// IP directly.
  case ip
  /// UDP, as where a NAT is on the way (RFC 3948).
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
  /// Version of IP of the packets that are sealed.
  public var innerVersion: IPVersion {
    get { word(.innerVersion) ?? .ipv4 }
    set { self[.innerVersion] = .word(newValue.rawValue) }
  }
  /// Version of IP of the outer packets.
  public var outerVersion: IPVersion {
    get { word(.outerVersion) ?? .ipv4 }
    set { self[.outerVersion] = .word(newValue.rawValue) }
  }
  /// What carries sealed packets; of a format that is always in UDP, that is its own.
  public var carrier: Carrier {
    get { word(.encapsulation) ?? .ip }
    set { self[.encapsulation] = .word(newValue.rawValue) }
  }
}
