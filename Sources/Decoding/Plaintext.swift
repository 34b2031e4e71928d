import Wire

/// What was encrypted in an authentic packet.
struct Plaintext {
  let bytes: UnsafeRawBufferPointer
  /// Whether ESP's trailer ends it.
  let isESP: Bool

  /// Adds whether the packet is new, and what is within.
  func describe(_ freshness: DropReason, _ line: inout Line) -> PacketVerdict {
    line.add(": authentic, ")
    let verdict: PacketVerdict =
      switch freshness {
      case .replayed: .replayed
      case .tooOld: .tooOld
      default: .new
      }
    line.add(verdict.name)
    guard let reason = describeInner(&line) else { return verdict }
    line.add(", but malformed (")
    line.add(reason)
    line.add(")")
    return verdict == .new ? .malformed : verdict
  }

  /// - Returns: what is wrong, if anything is, as the receiver would count it (`DropReason`).
  private func describeInner(_ line: inout Line) -> StaticString? {
    guard isESP else { return describePacket(bytes, version: nil, &line) }
    guard let (count, next) = withoutTrailer() else { return "padding" }
    let inner = UnsafeRawBufferPointer(rebasing: bytes[..<count])
    switch next {
    case IPv4.protocolIPv4: return describePacket(inner, version: 4, &line)
    case IPv4.protocolIPv6: return describePacket(inner, version: 6, &line)
    case IPv4.protocolNone: line.add("; a dummy packet")
    default:
      // Whole frames (RFC 8986), parts of packets (RFC 9347), BEET; of others without a name nobody knows.
      let isTransport = ![94, 143, 144].contains(next) && IPHeader.name(next) != nil
      line.add(isTransport ? "; transport mode, " : "; ")
      line.add(protocol: next)
      line.add(", ")
      line.add(count)
      line.add(" bytes that are not looked into")
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
    if !isESP, first >> 4 == 0 {
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
    guard InnerPacket.describe(packet, at: 0, end: length, in: &line) else {
      line.add(first >> 4 == 4 ? "IPv4" : "IPv6")
      line.add(" whose headers cannot be followed, ")
      line.add(length)
      line.add(" bytes")
      return nil
    }
    return nil
  }
}
