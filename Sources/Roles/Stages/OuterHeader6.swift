import Cases
import Wire

/// Ethernet, IPv6, and UDP if asked for, in registers: 54 or 62 bytes, three stores of 16 bytes and one or
/// two of 8. The fourth begins at byte 46, which the third has written, too.
struct OuterTemplate6 {
  /// Bytes of Ethernet, IPv6 and UDP if any.
  let bytes: Int
  private let first: SIMD2<UInt64>
  private let second: SIMD2<UInt64>
  private let third: SIMD2<UInt64>
  private let fourth: UInt64
  private let udp: UInt64

  /// A placeholder that is never written.
  init() { (bytes, first, second, third, fourth, udp) = (0, .zero, .zero, .zero, 0, 0) }

  init(
    from: LinkEnd, source: IPv6Address, destination: IPv6Address, protocol number: UInt8, udpPort: UInt16?,
    sourcePort: UInt16? = nil
  ) {
    bytes = Ethernet.headerBytes + IPv6.headerBytes + (udpPort == nil ? 0 : UDP.headerBytes)
    let template = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
    defer { template.deallocate() }
    Ethernet.write(
      to: template, destination: from.peer.address, source: from.address, type: Ethernet.typeIPv6)
    let ip = template + Ethernet.headerBytes
    IPv6.write(
      to: ip, payloadLength: 0, next: udpPort == nil ? number : IPv4.protocolUDP, source: source,
      destination: destination)
    let port = udpPort ?? 0
    UDP.write(to: ip + IPv6.headerBytes, source: sourcePort ?? port, destination: port, length: 0)
    first = template.loadUnaligned(as: SIMD2<UInt64>.self)
    second = template.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self)
    third = template.loadUnaligned(fromByteOffset: 32, as: SIMD2<UInt64>.self)
    fourth = template.loadUnaligned(fromByteOffset: 46, as: UInt64.self)
    udp = template.loadUnaligned(fromByteOffset: 54, as: UInt64.self)
  }

  /// - Parameter step: added to the protocol.
  @inline(__always)
  func write(
    before packet: UnsafeMutableRawPointer, count: Int, protocolStep step: UInt8
  ) -> UnsafeMutableRawPointer {
    let frame = packet - bytes
    let headers = Ethernet.headerBytes &+ IPv6.headerBytes
    let length = UInt16(truncatingIfNeeded: count &+ bytes &- headers).bigEndian
    frame.storeBytes(of: first, as: SIMD2<UInt64>.self)
    frame.storeVector((second.x | UInt64(length) << 16) &+ UInt64(step) << 32, second.y, 16)
    frame.storeBytes(of: third, toByteOffset: 32, as: SIMD2<UInt64>.self)
    frame.storeBytes(of: fourth, toByteOffset: 46, as: UInt64.self)
    if bytes > headers {
      frame.storeBytes(of: udp | UInt64(length) << 32, toByteOffset: 54, as: UInt64.self)
    }
    return frame
  }
}

/// The receiving side for IPv6.
struct OuterCheck6 {
  private let high: UInt64
  private let low: UInt64
  private let number: UInt8

  /// Accepts packets for `address` whose first header behind the fixed one is of this protocol.
  init(address: IPv6Address, protocol number: UInt8) {
    (high, low) = (address.high.bigEndian, address.low.bigEndian)
    self.number = number
  }

  /// Where the payload of the outer packet lies; bytes behind it (Ethernet padding) are left out.
  @inline(__always)
  func find(in frame: UnsafeMutableRawPointer, count: Int, bare: Bool) -> (
    start: UnsafeMutableRawPointer, count: Int, reason: DropReason
  ) {
    let ip = frame + Ethernet.headerBytes
    guard count >= Ethernet.headerBytes &+ IPv6.headerBytes else { return (ip, 0, .tooShort) }
    guard frame.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv6 else {
      return (ip, 0, .notIP)
    }
    guard let total = IPv6.packetLength(UnsafeRawPointer(ip), count: count &- Ethernet.headerBytes) else {
      return (ip, 0, .outerHeader)
    }
    let next = ip.load(fromByteOffset: IPv6.nextHeaderOffset, as: UInt8.self)
    guard next != IPv6.protocolFragment else { return (ip, 0, .fragment) }
    // Other extension headers are refused: no tunnel end sends them, and they would move the payload.
    guard
      ip.loadUnaligned(fromByteOffset: IPv6.destinationOffset, as: UInt64.self) == high,
      ip.loadUnaligned(fromByteOffset: IPv6.destinationOffset + 8, as: UInt64.self) == low,
      next == number || bare && OuterCheck.isOther(next, than: number)
    else { return (ip, 0, .notOurs) }
    return (ip + IPv6.headerBytes, total &- IPv6.headerBytes, .none)
  }
}
