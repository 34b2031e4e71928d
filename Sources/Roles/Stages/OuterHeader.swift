import Cases
import Wire

/// The headers before a sealed packet on the black link: Ethernet, IPv4 or IPv6, and UDP if asked for.
///
/// The template is in three registers; a packet costs two or three stores (one more with IPv6), with length
/// and checksum patched in. All sums are over words as they lie in memory (RFC 1071 section 2 B).
package struct OuterHeader: SealedHeader {
  /// Bytes of Ethernet, IP and UDP if any.
  package let bytes: Int
  private let isIPv6: Bool
  private let six: OuterTemplate6
  private let first: SIMD2<UInt64>
  private let second: SIMD2<UInt64>
  private let lastAddress: UInt16
  private let udp: UInt64
  private let sum: UInt32
  /// The difference of the protocol numbers of bare IPv6 and IPv4 packets; 0 if packets are not bare.
  private let stepToIPv6: UInt8

  /// A header from `source` to `destination`.
  /// - Parameter sourcePort: of UDP; nil for that of the destination.
  package init(
    from: LinkEnd, source: UInt32, destination: UInt32, protocol number: UInt8, udpPort: UInt16?,
    sourcePort: UInt16? = nil
  ) {
    bytes = Ethernet.headerBytes + IPv4.headerBytes + (udpPort == nil ? 0 : UDP.headerBytes)
    isIPv6 = false
    six = OuterTemplate6()
    stepToIPv6 = OuterHeader.stepToIPv6(protocol: number, udpPort: udpPort)
    let template = UnsafeMutableRawPointer.allocate(byteCount: 48, alignment: 16)
    defer { template.deallocate() }
    Ethernet.write(
      to: template, destination: from.peer.address, source: from.address, type: Ethernet.typeIPv4)
    let ip = template + Ethernet.headerBytes
    IPv4.write(
      to: ip, totalLength: 0, protocol: udpPort == nil ? number : IPv4.protocolUDP, source: source,
      destination: destination)
    ip.storeBig(UInt16(0), IPv4.checksumOffset)
    sum = UInt32(Checksum.sum20(UnsafeRawPointer(ip)))
    let port = udpPort ?? 0
    UDP.write(to: ip + IPv4.headerBytes, source: sourcePort ?? port, destination: port, length: 0)
    first = template.loadUnaligned(as: SIMD2<UInt64>.self)
    second = template.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self)
    lastAddress = template.loadUnaligned(fromByteOffset: 32, as: UInt16.self)
    udp = template.loadUnaligned(fromByteOffset: 34, as: UInt64.self)
  }

  /// A header from `source` to `destination`.
  /// - Parameter sourcePort: of UDP; nil for that of the destination.
  package init(
    from: LinkEnd, source: IPv6Address, destination: IPv6Address, protocol number: UInt8, udpPort: UInt16?,
    sourcePort: UInt16? = nil
  ) {
    six = OuterTemplate6(
      from: from, source: source, destination: destination, protocol: number, udpPort: udpPort,
      sourcePort: sourcePort)
    bytes = six.bytes
    isIPv6 = true
    stepToIPv6 = OuterHeader.stepToIPv6(protocol: number, udpPort: udpPort)
    (first, second, lastAddress, udp, sum) = (.zero, .zero, 0, 0, 0)
  }

  /// The header from one gateway to the other.
  init(
    fromA isA: Bool, isIPv6: Bool, protocol number: UInt8, udpPort: UInt16?, sourcePort: UInt16? = nil
  ) {
    let end: LinkEnd = isA ? .gatewayABlack : .gatewayBBlack
    let (a, b, a6, b6) = TestAddress.gateways
    if isIPv6 {
      self.init(
        from: end, source: isA ? a6 : b6, destination: isA ? b6 : a6, protocol: number, udpPort: udpPort,
        sourcePort: sourcePort)
    } else {
      self.init(
        from: end, source: isA ? a : b, destination: isA ? b : a, protocol: number, udpPort: udpPort,
        sourcePort: sourcePort)
    }
  }

  private static func stepToIPv6(protocol number: UInt8, udpPort: UInt16?) -> UInt8 {
    udpPort == nil && number == IPv4.protocolIPv4 ? IPv4.protocolIPv6 - IPv4.protocolIPv4 : 0
  }

  /// Writes the header before `packet`, which has `count` bytes.
  /// - Parameter bareIPv6: whether it is an IPv6 packet without a format around it, which is protocol 41
  ///   (RFC 4213 section 3), as one of IPv4 is protocol 4 (RFC 2003).
  /// - Returns: the frame's first byte.
  @inline(__always)
  package func write(
    before packet: UnsafeMutableRawPointer, count: Int, bareIPv6: Bool = false
  ) -> UnsafeMutableRawPointer {
    let step = bareIPv6 ? stepToIPv6 : 0
    if isIPv6 { return six.write(before: packet, count: count, protocolStep: step) }
    let frame = packet - bytes
    let length = UInt16(truncatingIfNeeded: count &+ bytes &- Ethernet.headerBytes).bigEndian
    // The protocol is the high byte of its 16-bit word in memory order, and the last of the second eight
    // bytes.
    var folded = sum &+ UInt32(length) &+ UInt32(step) << 8
    folded = (folded & 0xFFFF) &+ (folded >> 16)
    let checksum = ~UInt16(truncatingIfNeeded: folded &+ (folded >> 16))
    frame.storeBytes(of: first, as: SIMD2<UInt64>.self)
    frame.storeVector(second.x | UInt64(length) &+ UInt64(step) << 56, second.y | UInt64(checksum), 16)
    frame.storeBytes(of: lastAddress, toByteOffset: 32, as: UInt16.self)
    if bytes > Ethernet.headerBytes + IPv4.headerBytes {
      let udpLength = UInt16(truncatingIfNeeded: count &+ UDP.headerBytes).bigEndian
      frame.storeBytes(of: udp | UInt64(udpLength) << 32, toByteOffset: 34, as: UInt64.self)
    }
    return frame
  }
}

/// The receiving side: checks the outer headers and finds the sealed packet.
package struct OuterCheck: SealedCheck {
  package let bytes: Int
  private let address: UInt32
  private let isIPv6: Bool
  private let six: OuterCheck6
  private let number: UInt8
  private let udpPort: UInt16?

  /// Accepts packets for `address` with this protocol or, if it is not nil, this UDP port.
  package init(address: UInt32, protocol number: UInt8, udpPort: UInt16?) {
    self.address = address.bigEndian
    self.number = udpPort == nil ? number : IPv4.protocolUDP
    self.udpPort = udpPort
    isIPv6 = false
    six = OuterCheck6(address: IPv6Address(high: 0, low: 0), protocol: 0)
    bytes = Ethernet.headerBytes + IPv4.headerBytes + (udpPort == nil ? 0 : UDP.headerBytes)
  }

  /// Accepts packets for `address` with this protocol or, if it is not nil, this UDP port.
  package init(address: IPv6Address, protocol number: UInt8, udpPort: UInt16?) {
    self.address = 0
    self.number = udpPort == nil ? number : IPv4.protocolUDP
    self.udpPort = udpPort
    isIPv6 = true
    six = OuterCheck6(address: address, protocol: self.number)
    bytes = Ethernet.headerBytes + IPv6.headerBytes + (udpPort == nil ? 0 : UDP.headerBytes)
  }

  /// Accepts packets for one of the gateways.
  init(toA isA: Bool, isIPv6: Bool, protocol number: UInt8, udpPort: UInt16?) {
    let (a, b, a6, b6) = TestAddress.gateways
    self =
      isIPv6
      ? OuterCheck(address: isA ? a6 : b6, protocol: number, udpPort: udpPort)
      : OuterCheck(address: isA ? a : b, protocol: number, udpPort: udpPort)
  }

  /// Where the sealed packet of a frame lies; bytes behind the outer packet (Ethernet padding) are left out.
  /// - Parameter bare: whether inner packets lie in it bare, in protocol 4 or 41 by their version.
  @inline(__always)
  package func find(in frame: UnsafeMutableRawPointer, count: Int, bare: Bool = false) -> (
    start: UnsafeMutableRawPointer, count: Int, reason: DropReason
  ) {
    if isIPv6 {
      let found = six.find(in: frame, count: count, bare: bare)
      guard found.reason == .none, let udpPort else { return found }
      return findInUDP(found.start, count: found.count, port: udpPort)
    }
    let ip = frame + Ethernet.headerBytes
    guard count >= Ethernet.headerBytes &+ IPv4.headerBytes else { return (ip, 0, .tooShort) }
    guard frame.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv4 else {
      return (ip, 0, .notIP)
    }
    // Options are refused: no tunnel end sends them, and they would move the following headers.
    guard ip.load(as: UInt8.self) == 0x45,
      let total = IPv4.packetLength(UnsafeRawPointer(ip), count: count &- Ethernet.headerBytes),
      Checksum.isValidHeader20(UnsafeRawPointer(ip))
    else { return (ip, 0, .outerHeader) }
    guard ip.loadBig(IPv4.fragmentOffset, as: UInt16.self) & 0x3FFF == 0 else { return (ip, 0, .fragment) }
    let next = ip.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self)
    guard ip.loadUnaligned(fromByteOffset: IPv4.destinationOffset, as: UInt32.self) == address,
      next == number || bare && OuterCheck.isOther(next, than: number)
    else { return (ip, 0, .notOurs) }
    let packet = ip + IPv4.headerBytes
    guard let udpPort else { return (packet, total &- IPv4.headerBytes, .none) }
    return findInUDP(packet, count: total &- IPv4.headerBytes, port: udpPort)
  }

  /// Whether the protocol is IPv6 where `number` is IPv4: both occur with bare inner packets.
  @inline(__always)
  static func isOther(_ next: UInt8, than number: UInt8) -> Bool {
    number == IPv4.protocolIPv4 && next == IPv4.protocolIPv6
  }

  /// Whether the protocol of a frame that passed `find` announces this IP version of the bare inner packet.
  @inline(__always)
  package func announces(_ version: UInt8, in frame: UnsafeMutableRawPointer) -> Bool {
    guard number == IPv4.protocolIPv4 else { return true }
    let offset = Ethernet.headerBytes + (isIPv6 ? IPv6.nextHeaderOffset : IPv4.protocolOffset)
    let next = frame.load(fromByteOffset: offset, as: UInt8.self)
    return (next == IPv4.protocolIPv6) == (version == 6)
  }

  /// Finds the sealed packet in UDP, unless it is a keepalive or IKE (RFC 3948 section 2).
  @inline(__always)
  private func findInUDP(_ udp: UnsafeMutableRawPointer, count: Int, port: UInt16) -> (
    start: UnsafeMutableRawPointer, count: Int, reason: DropReason
  ) {
    guard count >= UDP.headerBytes else { return (udp, 0, .tooShort) }
    guard udp.loadBig(UDP.destinationOffset, as: UInt16.self) == port else { return (udp, 0, .notOurs) }
    let length = Int(udp.loadBig(UDP.lengthOffset, as: UInt16.self))
    guard length >= UDP.headerBytes, length <= count else { return (udp, 0, .outerHeader) }
    let payload = udp + UDP.headerBytes
    let bytes = length &- UDP.headerBytes
    guard !UDP.isKeepalive(payload, count: bytes) else { return (payload, 0, .keepalive) }
    guard !UDP.isIKE(payload, count: bytes) else { return (payload, 0, .ike) }
    return (payload, bytes, .none)
  }
}
