import Tunnel
import Wire

// Transport mode at a host: there is no outer IP header; the format moves the packet's own one.

extension EthernetTemplate: SealedHeader {
  package var bytes: Int { Ethernet.headerBytes }

  @inline(__always)
  package func write(
    before packet: UnsafeMutableRawPointer, count: Int, bareIPv6: Bool
  ) -> UnsafeMutableRawPointer {
    write(before: packet, version: packet.load(as: UInt8.self) >> 4)
  }
}

/// Accepts any frame with a whole IP packet.
package struct TransportCheck: SealedCheck {
  package init() {}

  package var bytes: Int { Ethernet.headerBytes }

  @inline(__always)
  package func find(in frame: UnsafeMutableRawPointer, count: Int, bare: Bool) -> (
    start: UnsafeMutableRawPointer, count: Int, reason: DropReason
  ) {
    let (length, reason) = IPFrame.check(frame, count: count)
    return (frame + Ethernet.headerBytes, length, reason)
  }

  @inline(__always)
  package func announces(_ version: UInt8, in frame: UnsafeMutableRawPointer) -> Bool { true }
}
