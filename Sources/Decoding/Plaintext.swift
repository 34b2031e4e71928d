import Wire

/// What was encrypted in an authentic packet.
struct Plaintext {
  /// How it says what it is.
  enum Kind: Equatable {
    /// It is an IP packet, or a fill packet.
    case packet
    /// ESP's trailer ends it; where a tunnel's says so, it is a packet.
    case trailer(isTunnel: Bool)
    /// It is the payload of the packet that it came in, of which the header says what it is.
    case payload(next: UInt8)
    /// The same behind a word that says it.
    case wordAndPayload
  }

  /// In transport mode `TransportOuter.room` bytes before them may be written.
  let bytes: UnsafeMutableRawBufferPointer
  let kind: Kind

  /// Adds whether the packet is new, and what is within.
  /// - Parameter outer: what a payload belongs to; nil only of packets.
  func describe(
    _ freshness: DropReason, in outer: TransportOuter?, _ line: inout Line
  ) -> PacketVerdict {
    line.add(": authentic, ")
    let verdict: PacketVerdict =
      switch freshness {
      case .replayed: .replayed
      case .tooOld: .tooOld
      default: .new
      }
    line.add(verdict.name)
    guard let reason = describeInner(outer, &line) else { return verdict }
    line.add(", but malformed (")
    line.add(reason)
    line.add(")")
    return verdict == .new ? .malformed : verdict
  }

  /// - Returns: what is wrong, if anything is, as the receiver would count it (`DropReason`).
  private func describeInner(_ outer: TransportOuter?, _ line: inout Line) -> StaticString? {
    switch kind {
    case .packet: return describePacket(UnsafeRawBufferPointer(bytes), version: nil, &line)
    case .payload(let next): outer?.describe(bytes, next: next, &line)
    case .wordAndPayload:
      let word: UInt32 = bytes.baseAddress.unsafelyUnwrapped.loadLittle(0)
      guard let next = UInt8(exactly: word) else { return "format_header" }
      let payload = bytes.dropFirst(VPETransportLayout.nextBytes)
      outer?.describe(UnsafeMutableRawBufferPointer(rebasing: payload), next: next, &line)
    case .trailer(let isTunnel):
      guard let (count, next) = withoutTrailer() else { return "padding" }
      let inner = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
      switch next {
      case IPv4.protocolNone: line.add("; a dummy packet")
      case IPv4.protocolIPv4 where isTunnel:
        return describePacket(UnsafeRawBufferPointer(inner), version: 4, &line)
      case IPv4.protocolIPv6 where isTunnel:
        return describePacket(UnsafeRawBufferPointer(inner), version: 6, &line)
      // Whole frames (RFC 8986), parts of packets (RFC 9347), BEET; of others without a name nobody knows.
      case _ where isTunnel && ([94, 143, 144].contains(next) || IPHeader.name(next) == nil):
        line.add("; ")
        line.add(protocol: next)
        line.add(", ")
        line.add(count)
        line.add(" bytes that are not looked into")
      default: outer?.describe(inner, next: next, &line)
      }
    }
    return nil
  }

  /// RFC 4303 sections 2.4 to 2.6; nil where the padding is wrong.
  private func withoutTrailer() -> (count: Int, next: UInt8)? {
    guard bytes.count >= ESPLayout.trailerBytes, bytes.count % ESPLayout.alignmentBytes == 0 else {
      return nil
    }
    let pad = Int(bytes[bytes.count - 2])
    let count = bytes.count - ESPLayout.trailerBytes - pad
    guard count >= 0, (0..<pad).allSatisfy({ Int(bytes[count + $0]) == $0 + 1 }) else { return nil }
    return (count, bytes[bytes.count - 1])
  }

  /// - Parameter version: that the next header announces.
  private func describePacket(
    _ inner: UnsafeRawBufferPointer, version: UInt8?, _ line: inout Line
  ) -> StaticString? {
    guard let at = inner.baseAddress, let first = inner.first else { return "inner_length" }
    if kind == .packet, first >> 4 == 0 {
      line.add("; a fill packet")
      return nil
    }
    guard [4, 6].contains(first >> 4), version ?? first >> 4 == first >> 4 else { return "inner_version" }
    let count = inner.count
    let length = first >> 4 == 4 ? IPv4.packetLength(at, count: count) : IPv6.packetLength(at, count: count)
    guard let length else { return "inner_length" }
    line.add("; ")
    // What follows the packet is padding for traffic-flow confidentiality (RFC 4303 section 2.7).
    let packet = CapturedBytes(bytes: UnsafeRawBufferPointer(rebasing: inner[..<length]), wireCount: length)
    line.add(packet, version: first >> 4)
    return nil
  }
}

/// The IP header that stands outside of a packet in transport mode, and the payload's before that was sealed.
struct TransportOuter {
  /// The header, as it was captured.
  let ip: IPHeader
  private let at: UnsafeRawPointer

  /// Bytes that may be written before what is opened.
  static let room = 64

  /// - Parameter frame: which has all of the header's bytes.
  init(_ ip: IPHeader, _ frame: CapturedBytes) {
    self.ip = ip
    at = frame.bytes.baseAddress.unsafelyUnwrapped + ip.start
  }

  /// Adds what the payload is, as the receiver has it: behind the header again, with options and extension
  /// headers, without AH or UDP.
  func describe(_ payload: UnsafeMutableRawBufferPointer, next: UInt8, _ line: inout Line) {
    let size = ip.version == 4 ? IPv4.headerBytes : IPv6.headerBytes
    let start = payload.baseAddress.unsafelyUnwrapped - size
    start.copyMemory(from: at, byteCount: size)
    if ip.version == 4 { start.storeBytes(of: 0x45, as: UInt8.self) }
    let count = size + payload.count
    TransportLayout.move(start, to: start, count: count, protocol: next)
    line.add("; transport mode, ")
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    line.add(
      CapturedBytes(bytes: bytes, wireCount: count), version: ip.version,
      beside: ip.payload.lowerBound - ip.start - size - ip.ahBytes)
  }
}

extension Line {
  /// An inner packet that ends where the frame does.
  /// - Parameter beside: bytes of its headers that are not in the frame.
  fileprivate mutating func add(_ packet: CapturedBytes, version: UInt8, beside: Int = 0) {
    if let ip = try? IPHeader(packet, at: 0, end: packet.wireCount) {
      InnerPacket.describe(ip, packet, beside: beside, in: &self)
      return
    }
    add(version == 4 ? "IPv4" : "IPv6")
    add(" whose headers cannot be followed, ")
    add(packet.wireCount + beside)
    add(" bytes")
  }
}
