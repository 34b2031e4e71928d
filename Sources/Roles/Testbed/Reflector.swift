import Dataplane
import Tunnel
import Wire

/// Sends every frame back: 1. check, 2. swap MAC addresses, 3. IP addresses, 4. UDP ports.
///
/// Swapping changes neither the IPv4 header checksum nor the UDP checksum. IPv6 has its own path, for its
/// addresses and ports lie elsewhere.
package struct Reflect: PacketTransform {
  package init() {}

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    let frame = packet.data
    guard packet.isWhole else { return .segmented }
    guard packet.count >= Ethernet.headerBytes &+ IPv4.headerBytes &+ UDP.headerBytes else {
      return .tooShort
    }
    let ip = frame + Ethernet.headerBytes
    if frame.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv6 {
      return reflect6(frame, count: packet.count)
    }
    guard frame.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv4,
      ip.load(as: UInt8.self) == 0x45,
      ip.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self) == IPv4.protocolUDP
    else { return .foreignFrame }

    Self.swapEthernet(frame)
    let addresses = ip.loadUnaligned(fromByteOffset: IPv4.sourceOffset, as: UInt64.self)
    ip.storeBytes(of: addresses >> 32 | addresses << 32, toByteOffset: IPv4.sourceOffset, as: UInt64.self)
    Self.swapPorts(ip + IPv4.headerBytes)
    return .none
  }

  @inline(__always)
  private func reflect6(_ frame: UnsafeMutableRawPointer, count: Int) -> DropReason {
    guard count >= Ethernet.headerBytes &+ IPv6.headerBytes &+ UDP.headerBytes else { return .tooShort }
    let ip = frame + Ethernet.headerBytes
    guard ip.load(as: UInt8.self) >> 4 == 6,
      ip.load(fromByteOffset: IPv6.nextHeaderOffset, as: UInt8.self) == IPv4.protocolUDP
    else { return .foreignFrame }

    Self.swapEthernet(frame)
    let source = ip.loadUnaligned(fromByteOffset: IPv6.sourceOffset, as: SIMD2<UInt64>.self)
    let destination = ip.loadUnaligned(fromByteOffset: IPv6.destinationOffset, as: SIMD2<UInt64>.self)
    ip.storeBytes(of: destination, toByteOffset: IPv6.sourceOffset, as: SIMD2<UInt64>.self)
    ip.storeBytes(of: source, toByteOffset: IPv6.destinationOffset, as: SIMD2<UInt64>.self)
    Self.swapPorts(ip + IPv6.headerBytes)
    return .none
  }

  @inline(__always)
  private static func swapEthernet(_ frame: UnsafeMutableRawPointer) {
    let low = frame.loadUnaligned(as: UInt32.self)
    let high = frame.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
    frame.storeBytes(of: frame.loadUnaligned(fromByteOffset: 6, as: UInt32.self), as: UInt32.self)
    frame.storeBytes(
      of: frame.loadUnaligned(fromByteOffset: 10, as: UInt16.self), toByteOffset: 4, as: UInt16.self)
    frame.storeBytes(of: low, toByteOffset: 6, as: UInt32.self)
    frame.storeBytes(of: high, toByteOffset: 10, as: UInt16.self)
  }

  @inline(__always)
  private static func swapPorts(_ udp: UnsafeMutableRawPointer) {
    let ports = udp.loadUnaligned(as: UInt32.self)
    udp.storeBytes(of: ports >> 16 | ports << 16, as: UInt32.self)
  }
}
