import Wire

/// An IPv4 or IPv6 header, whatever its options, with what follows it before the protocol carried: extension
/// headers of IPv6 (RFC 8200 section 4) and AH (RFC 4302), which are followed and not checked.
struct IPHeader {
  /// A part of a packet.
  struct Fragment: Equatable {
    /// Where the part begins in what follows the headers.
    let offset: Int
    /// Whether other parts follow.
    let hasMore: Bool
    /// What all parts of a packet have.
    let identification: UInt32
    /// Where the headers end that the whole packet has.
    let headers: Int
    /// Where these name the protocol carried.
    let link: Int
  }

  let version: UInt8
  /// Where it begins.
  let start: Int
  let source: IPAddress
  let destination: IPAddress
  /// The protocol carried.
  private(set) var number: UInt8
  /// What follows the headers, by the length field. May reach beyond what was captured.
  private(set) var payload: Range<Int>
  /// nil if the packet is whole.
  private(set) var fragment: Fragment?
  private(set) var hasExtensions = false
  /// Bytes of AH.
  private(set) var ahBytes = 0
  var hasAH: Bool { ahBytes > 0 }

  /// - Parameter end: where that ends which holds the packet.
  init(_ frame: CapturedBytes, at offset: Int, end: Int) throws(Stop) {
    start = offset
    version = try frame.at(offset, 1, end: end).load(as: UInt8.self) >> 4
    switch version {
    case 4:
      let at = try frame.at(offset, IPv4.headerBytes, end: end)
      guard let length = IPv4.packetLength(at, count: end - offset) else { throw .lengths }
      source = IPAddress(at + IPv4.sourceOffset, isIPv6: false)
      destination = IPAddress(at + IPv4.destinationOffset, isIPv6: false)
      number = at.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self)
      payload = offset + Int(at.load(as: UInt8.self) & 0xF) * 4..<offset + length
      let field: UInt16 = at.loadBig(IPv4.fragmentOffset)
      if field & 0x3FFF != 0 {
        fragment = Fragment(
          offset: Int(field & 0x1FFF) * 8, hasMore: field & 0x2000 != 0,
          identification: UInt32(at.loadBig(IPv4.identificationOffset, as: UInt16.self)),
          headers: payload.lowerBound, link: offset + IPv4.protocolOffset)
      }
    case 6:
      let at = try frame.at(offset, IPv6.headerBytes, end: end)
      number = at.load(fromByteOffset: IPv6.nextHeaderOffset, as: UInt8.self)
      if number == 0, at.loadBig(IPv6.payloadLengthOffset, as: UInt16.self) == 0 {
        throw .unseen("a jumbogram")
      }
      guard let length = IPv6.packetLength(at, count: end - offset) else { throw .lengths }
      source = IPAddress(at + IPv6.sourceOffset, isIPv6: true)
      destination = IPAddress(at + IPv6.destinationOffset, isIPv6: true)
      payload = offset + IPv6.headerBytes..<offset + length
    default: throw .notIP
    }
    try follow(frame)
  }

  /// Goes on to the protocol carried, or to where a fragment's part begins.
  private mutating func follow(_ frame: CapturedBytes) throws(Stop) {
    var link = start + IPv6.nextHeaderOffset
    while fragment == nil {
      let isExtension = version == 6 && [0, 43, IPv6.protocolFragment, 60, 135, 139, 140].contains(number)
      guard isExtension || number == 51 else { return }
      guard payload.count >= 8 else { throw .lengths }
      let isFragment = number == IPv6.protocolFragment
      let at = try frame.at(payload.lowerBound, isFragment ? Fragmentation.headerBytes : 4)
      let units = Int(at.load(fromByteOffset: 1, as: UInt8.self))
      var count = (units + 1) * 8
      switch number {
      case 51:
        count = (units + 2) * 4
        ahBytes += count
      case IPv6.protocolFragment:
        count = 8
        let field: UInt16 = at.loadBig(2)
        // Without any other part it is whole (RFC 6946).
        if field & 0xFFF9 != 0 {
          fragment = Fragment(
            offset: Int(field & 0xFFF8), hasMore: field & 1 != 0, identification: at.loadBig(4),
            headers: payload.lowerBound, link: link)
        }
        hasExtensions = true
      default: hasExtensions = true
      }
      guard count <= payload.count else { throw .lengths }
      number = at.load(as: UInt8.self)
      link = payload.lowerBound
      payload = payload.lowerBound + count..<payload.upperBound
    }
  }

  /// The name of a protocol number; nil for those that are seldom seen.
  static func name(_ number: UInt8) -> StaticString? {
    switch number {
    case 1: "ICMP"
    case 2: "IGMP"
    case 4: "IPv4"
    case 6: "TCP"
    case 17: "UDP"
    case 41: "IPv6"
    case 47: "GRE"
    case 50: "ESP"
    case 51: "AH"
    case 55: "minimal encapsulation"
    case 58: "ICMPv6"
    case 97: "EtherIP"
    case 98: "ENCAP"
    case 115: "L2TP"
    case 132: "SCTP"
    case 137: "MPLS"
    case 143: "Ethernet"
    case 144: "AGGFRAG"
    default: nil
    }
  }

  /// Whether a protocol carries packets.
  static func isTunnel(_ number: UInt8) -> Bool {
    [4, 41, 47, 55, 94, 97, 98, 115, 137, 143].contains(number)
  }
}

extension Line {
  /// A protocol by name, or by number.
  mutating func add(protocol number: UInt8) {
    if let name = IPHeader.name(number) { return add(name) }
    add("protocol ")
    add(number)
  }

  /// Which headers lie between IP and the protocol carried, and a blank; nothing without any.
  mutating func add(headersOf ip: IPHeader) {
    if ip.hasExtensions { add("(extension headers) ") }
    if ip.hasAH { add("(AH) ") }
  }

  /// `a fragment at byte 0 of UDP, more follow`.
  mutating func add(_ fragment: IPHeader.Fragment, of number: UInt8) {
    add("a fragment of ")
    add(protocol: number)
    add(" at byte ")
    add(fragment.offset)
    add(fragment.hasMore ? ", more follow" : ", the last")
  }
}
