import Wire

/// What a frame begins with: the numbers that pcap and pcapng files use.
public struct LinkType: RawRepresentable, Equatable, Sendable {
  /// The number.
  public let rawValue: UInt16

  /// The link type of this number.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// An Ethernet header.
  public static let ethernet = LinkType(rawValue: 1)
  /// An IP header.
  public static let rawIP = LinkType(rawValue: 101)

  /// Where IP begins in a frame. Followed are VLAN tags and PPPoE; MPLS does not say what it carries.
  func startOfIP(_ frame: CapturedBytes) throws(Stop) -> Int {
    switch rawValue {
    case 1: return try LinkType.etherType(frame, at: Ethernet.typeOffset)
    // Raw IP, and what it is on some systems: their own numbers are in their files.
    case 12, 14, 101, 228, 229: return 0
    // "any" of Linux: packet type, ARPHRD type, address, protocol; the second one has the protocol first.
    case 113: return try LinkType.etherType(frame, at: 14)
    case 276: return try LinkType.etherType(frame, at: 0, next: 20)
    // A family in the order of the machine that captured (loopback of BSD), or in the network's (OpenBSD).
    case 0, 108: return try LinkType.family(frame)
    // PPP, with HDLC's address and control or without.
    case 9, 50:
      let at = try frame.at(0, 2)
      return try LinkType.pointToPoint(frame, at: at.loadBig(0, as: UInt16.self) == 0xFF03 ? 2 : 0)
    default: throw .link(rawValue)
    }
  }

  /// - Parameters:
  ///   - offset: of the Ethernet type.
  ///   - next: where it ends what it stands in; 2 bytes behind it is usual.
  private static func etherType(
    _ frame: CapturedBytes, at offset: Int, next: Int? = nil
  ) throws(Stop) -> Int {
    var type: UInt16 = try frame.at(offset, 2).loadBig(0)
    var next = next ?? offset + 2
    while true {
      switch type {
      case Ethernet.typeIPv4, Ethernet.typeIPv6: return next
      // VLAN tags: IEEE 802.1Q, 802.1ad, and three from before that.
      case 0x8100, 0x88A8, 0x9100, 0x9200, 0x9300:
        type = try frame.at(next + 2, 2).loadBig(0)
        next += 4
      case 0x8864: return try pointToPoint(frame, at: next + 6)
      // SNAP (IEEE 802) for Ethernet types of RFC 1042.
      case 0...1500:
        let at = try frame.at(next, 3)
        guard at.loadBig(0, as: UInt16.self) == 0xAAAA else { throw .unseen("IEEE 802.2") }
        type = try frame.at(next + 6, 2).loadBig(0)
        next += 8
      // ARP, LLDP, EAPOL, and discovery of PPPoE.
      case 0x0806, 0x88CC, 0x888E, 0x8863: throw .notIP
      case 0x8847, 0x8848: throw .unseen("MPLS")
      case 0x88E5: throw .unseen("MACsec")
      default: throw .type(type)
      }
    }
  }

  /// The protocol field of PPP (RFC 1661), 1 byte where it may be compressed.
  private static func pointToPoint(_ frame: CapturedBytes, at offset: Int) throws(Stop) -> Int {
    let first = try frame.at(offset, 1).load(as: UInt8.self)
    if first & 1 == 1 {
      guard first == 0x21 || first == 0x57 else { throw .unseen("PPP") }
      return offset + 1
    }
    switch try frame.at(offset, 2).loadBig(0, as: UInt16.self) {
    case 0x0021, 0x0057: return offset + 2
    // Link control, authentication, control of IPv4 and IPv6.
    case 0xC021, 0xC023, 0xC223, 0x8021, 0x8057: throw .notIP
    default: throw .unseen("PPP")
    }
  }

  private static func family(_ frame: CapturedBytes) throws(Stop) -> Int {
    let number: UInt32 = try frame.at(0, 4).loadBig(0)
    // AF_INET, and AF_INET6 of Linux, NetBSD, FreeBSD and macOS.
    guard [2, 10, 24, 28, 30].contains(min(number, number.byteSwapped)) else { throw .notIP }
    return 4
  }
}
