import Wire

/// What may be ESP or VPE, under the headers that carried it.
struct OuterPacket {
  /// The IP header before it.
  let ip: IPHeader
  /// The IP protocol; nil in UDP, where both formats are possible.
  let number: UInt8?
  /// Bytes that follow IP, or UDP, by their own length fields. May reach beyond what was captured.
  let payload: Range<Int>

  private init(_ ip: IPHeader, _ number: UInt8?, _ payload: Range<Int>) {
    (self.ip, self.number, self.payload) = (ip, number, payload)
  }

  /// Whose association it is.
  var receiver: IPAddress { ip.destination }

  /// A frame is such a packet, or a part of one, or has been told to be something else.
  enum Found {
    case packet(OuterPacket)
    case fragment(IPHeader, IPHeader.Fragment)
    case told(PacketVerdict)
  }

  /// 1. what comes before IP, 2. IP, with extension headers and AH, 3. IP in IP, 4. UDP. Adds addresses, and
  /// what else there is to tell.
  static func find(
    in frame: CapturedBytes, _ linkType: LinkType, _ known: KnownAssociations, _ line: inout Line
  ) -> Found {
    var subject: StaticString = "a frame "
    do {
      var ip = try IPHeader(frame, at: linkType.startOfIP(frame), end: frame.wireCount)
      while ip.fragment == nil, ip.number == IPv4.protocolIPv4 || ip.number == IPv4.protocolIPv6 {
        line.add(endsOf: ip)
        subject = "around a packet "
        let inner = try IPHeader(frame, at: ip.payload.lowerBound, end: ip.payload.upperBound)
        guard leadsOn(inner, frame, known) else {
          line.add("without protection; ")
          InnerPacket.describe(inner, frame, in: &line)
          return .told(.other)
        }
        line.add("around ")
        subject = "a packet "
        ip = inner
      }
      return try find(ip, frame, known, &line)
    } catch {
      line.add(subject)
      line.add(error, of: frame)
      if case .cutOff = error { return .told(.cutOff) }
      return .told(.other)
    }
  }

  /// Whether a packet within IP may itself be protected, or hide what is.
  private static func leadsOn(_ ip: IPHeader, _ frame: CapturedBytes, _ known: KnownAssociations) -> Bool {
    if ip.hasAH || isSealed(ip.number, known) || IPHeader.isTunnel(ip.number) { return true }
    guard ip.number == IPv4.protocolUDP else { return false }
    guard ip.fragment == nil, let udp = try? frame.at(ip.payload.lowerBound, 4) else { return true }
    return isKnown(ports(udp), known)
  }

  private static func isSealed(_ number: UInt8, _ known: KnownAssociations) -> Bool {
    number == IPv4.protocolESP || number == known.vpeProtocol
  }

  private static func ports(_ udp: UnsafeRawPointer) -> (UInt16, UInt16) {
    (udp.loadBig(0), udp.loadBig(UDP.destinationOffset))
  }

  private static func isKnown(_ ports: (UInt16, UInt16), _ known: KnownAssociations) -> Bool {
    known.udpPorts.contains(ports.0) || known.udpPorts.contains(ports.1)
  }

  private static func find(
    _ ip: IPHeader, _ frame: CapturedBytes, _ known: KnownAssociations, _ line: inout Line
  ) throws(Stop) -> Found {
    if ip.number == IPv4.protocolUDP, ip.fragment == nil { return try findInUDP(ip, frame, known, &line) }
    line.add(endsOf: ip)
    if let fragment = ip.fragment {
      line.add(fragment, of: ip.number)
      return .fragment(ip, fragment)
    } else if isSealed(ip.number, known) {
      return .packet(OuterPacket(ip, ip.number, ip.payload))
    } else if IPHeader.isTunnel(ip.number) {
      line.add("a tunnel that is not looked into: ")
      line.add(protocol: ip.number)
    } else {
      line.add(protocol: ip.number)
      // Of others nobody knows here what they carry.
      line.add([1, 2, 58].contains(ip.number) ? ", neither ESP nor VPE" : ", which is not looked into")
    }
    return .told(.other)
  }

  private static func findInUDP(
    _ ip: IPHeader, _ frame: CapturedBytes, _ known: KnownAssociations, _ line: inout Line
  ) throws(Stop) -> Found {
    let start = ip.payload.lowerBound
    let udp = try frame.at(start, UDP.headerBytes, end: ip.payload.upperBound)
    let length = Int(udp.loadBig(UDP.lengthOffset, as: UInt16.self))
    guard (UDP.headerBytes...ip.payload.count).contains(length) else { throw .lengths }
    let ports = ports(udp)
    line.add(ip.source, port: ports.0)
    line.add(" > ")
    line.add(ip.destination, port: ports.1)
    line.add(" ")
    line.add(headersOf: ip)
    line.add("UDP")
    guard isKnown(ports, known) else {
      line.add(", a port that is not looked into")
      return .told(.other)
    }
    return .packet(OuterPacket(ip, nil, start + UDP.headerBytes..<start + length))
  }
}

extension Line {
  /// `192.0.2.1 > 192.0.2.2 `, with the headers that follow IP.
  fileprivate mutating func add(endsOf ip: IPHeader) {
    add(ip.source)
    add(" > ")
    add(ip.destination)
    add(" ")
    add(headersOf: ip)
  }

  /// Completes the sentence "a frame …".
  fileprivate mutating func add(_ stop: Stop, of frame: CapturedBytes) {
    switch stop {
    case .notIP: add("that is not IP")
    case .tooShort: add("too short for its headers")
    case .lengths: add("whose lengths do not fit")
    case .cutOff:
      add("cut off within its headers, ")
      add(frame.bytes.count)
      add(" of ")
      add(frame.wireCount)
      add(" bytes captured")
    case .unseen(let name):
      add("with ")
      add(name)
      add(", which is not looked into")
    case .type(let type):
      add("of Ethernet type ")
      add(hex: type)
      add(", which is not looked into")
    case .link(let type):
      add("of link type ")
      add(type)
      add(", which is not looked into")
    }
  }
}
