import Dataplane
import Tunnel
import Wire

/// Sends every frame back: 1. check, 2. swap MAC addresses, 3. IP addresses, 4. UDP ports.
///
/// Swapping changes neither the IPv4 header's nor a UDP checksum.
package struct Reflect: PacketTransform {
  package init() {}

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason {
    let frame = packet.data
    guard packet.isWhole else { return .segmented }
    guard packet.count >= Ethernet.headerBytes &+ IPv4.headerBytes &+ UDP.headerBytes else {
      return .tooShort
    }
    let ip = frame + Ethernet.headerBytes
    guard frame.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv4,
      ip.load(as: UInt8.self) == 0x45,
      ip.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self) == IPv4.protocolUDP
    else { return .foreignFrame }

    let low = frame.loadUnaligned(as: UInt32.self)
    let high = frame.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
    frame.storeBytes(of: frame.loadUnaligned(fromByteOffset: 6, as: UInt32.self), as: UInt32.self)
    frame.storeBytes(
      of: frame.loadUnaligned(fromByteOffset: 10, as: UInt16.self), toByteOffset: 4, as: UInt16.self)
    frame.storeBytes(of: low, toByteOffset: 6, as: UInt32.self)
    frame.storeBytes(of: high, toByteOffset: 10, as: UInt16.self)

    let addresses = ip.loadUnaligned(fromByteOffset: IPv4.sourceOffset, as: UInt64.self)
    ip.storeBytes(of: addresses >> 32 | addresses << 32, toByteOffset: IPv4.sourceOffset, as: UInt64.self)
    let udp = ip + IPv4.headerBytes
    let ports = udp.loadUnaligned(as: UInt32.self)
    udp.storeBytes(of: ports >> 16 | ports << 16, as: UInt32.self)
    return .none
  }
}
