import Cases
import Dataplane
import Tunnel
import Wire

/// The headers before a sealed packet in its frame: a tunnel's outer headers (`OuterHeader`), or in transport
/// mode the Ethernet header alone.
package protocol SealedHeader {
  var bytes: Int { get }
  /// Writes the headers before `packet`, which has `count` bytes.
  /// - Parameter bareIPv6: whether the packet is a bare IPv6 packet, without a format around it.
  /// - Returns: the frame's first byte.
  func write(
    before packet: UnsafeMutableRawPointer, count: Int, bareIPv6: Bool
  ) -> UnsafeMutableRawPointer
}

/// The check of these headers at the receiver.
package protocol SealedCheck {
  /// Bytes of valid headers before the sealed packet.
  var bytes: Int { get }
  /// Finds the sealed packet of a frame, or the reason why there is none.
  /// - Parameter bare: whether the packet is an inner packet without a format around it.
  func find(in frame: UnsafeMutableRawPointer, count: Int, bare: Bool) -> (
    start: UnsafeMutableRawPointer, count: Int, reason: DropReason
  )
  /// Whether the frame's headers announce this IP version of the bare inner packet.
  func announces(_ version: UInt8, in frame: UnsafeMutableRawPointer) -> Bool
}

/// Red to black: 1. check the frame, 2. remove the Ethernet header, 3. seal, 4. write the outer headers.
///
/// The gateway is a bump in the wire: the inner packet goes through unchanged, time to live included, unless
/// `HopSeal` wraps this transform.
package struct Seal<Sealer: PacketSealer, Header: SealedHeader>: PacketTransform {
  package static var lead: Int { Sealer.lead }
  package static var prefetches: Bool { Sealer.prefetches }

  var sealer: Sealer
  let outer: Header

  package init(sealer: Sealer, outer: Header) {
    self.sealer = sealer
    self.outer = outer
  }

  @inline(__always)
  package mutating func begin(burst count: Int) { sealer.begin(burst: count) }

  @inline(__always)
  package mutating func begin(_ packet: Packet, sa saIndex: SAIndex, in work: WorkPointer) {
    let inner = packet.data + Ethernet.headerBytes
    let (length, reason) = check(packet)
    guard reason == .none else { return refuse(reason, in: work) }
    sealer.prepare(inner, count: length, sa: saIndex, in: work)
  }

  /// Replaces `begin` for a packet that must not be sealed.
  @inline(__always)
  mutating func refuse(_ reason: DropReason, in work: WorkPointer) {
    work.pointee.reason = reason
    sealer.skip()
  }

  @inline(__always)
  package var margin: FrameMargin {
    FrameMargin(before: outer.bytes &+ Sealer.headerBytes &- Ethernet.headerBytes, after: Sealer.tailBytesMin)
  }

  /// The length of the inner packet in bytes, or the reason why it is not sealed.
  @inline(__always)
  private func check(_ packet: Packet) -> (length: Int, reason: DropReason) {
    let (length, reason) = IPFrame.check(packet)
    guard reason == .none else { return (0, reason) }
    // Bytes behind the packet are Ethernet padding: they are not sealed, and the trailer may overwrite them.
    let tailroom = packet.tailroom &+ (packet.count &- Ethernet.headerBytes &- length)
    guard packet.headroom &+ Ethernet.headerBytes >= outer.bytes &+ Sealer.headerBytes,
      tailroom >= sealer.tailroom(behind: length)
    else { return (0, .noRoom) }
    return (length, .none)
  }

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    let sealed = sealer.seal(work)
    guard sealed.reason == .none else { return sealed.reason }

    let bareIPv6 = Sealer.isBare && sealed.start.load(as: UInt8.self) >> 4 == 6
    let black = outer.write(before: sealed.start, count: sealed.count, bareIPv6: bareIPv6)
    packet.setFrame(start: black, count: outer.bytes &+ sealed.count)
    return .none
  }

  @inline(__always)
  package func find(_ packet: Packet) -> SAIndex {
    sealer.find(UnsafeRawPointer(packet.data + Ethernet.headerBytes))
  }

  @inline(__always)
  package func prefetch(_ saIndex: SAIndex, _ packet: Packet) {
    sealer.prefetch(saIndex, count: packet.count &- Ethernet.headerBytes)
  }
}

/// Black to red: 1. check the outer headers, 2. open, 3. write the Ethernet header.
package struct Open<Opener: PacketOpener, Check: SealedCheck>: PacketTransform {
  package static var lead: Int { Opener.lead }
  package static var prefetches: Bool { Opener.prefetches }
  package static var settlesBursts: Bool { Opener.settlesBursts }

  var opener: Opener
  let outer: Check
  let ethernet: EthernetTemplate

  package init(opener: Opener, outer: Check, ethernet: EthernetTemplate) {
    self.opener = opener
    self.outer = outer
    self.ethernet = ethernet
  }

  @inline(__always)
  package var margin: FrameMargin { .whole }

  @inline(__always)
  package mutating func begin(_ packet: Packet, sa saIndex: SAIndex, in work: WorkPointer) {
    guard packet.isWhole else {
      work.pointee.reason = .segmented
      return
    }
    let found = outer.find(in: packet.data, count: packet.count, bare: Opener.isBare)
    guard found.reason == .none else {
      work.pointee.reason = found.reason
      return
    }
    opener.prepare(found.start, count: found.count, sa: saIndex, in: work)
  }

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    let opened = opener.open(work)
    guard opened.reason == .none else { return opened.reason }
    guard !Opener.isBare || outer.announces(opened.version, in: packet.data) else { return .innerVersion }

    let frame = ethernet.write(before: opened.start, version: opened.version)
    packet.setFrame(start: frame, count: Ethernet.headerBytes &+ opened.count)
    return .none
  }

  @inline(__always)
  package func find(_ packet: Packet) -> SAIndex {
    opener.find(UnsafeRawPointer(packet.data + outer.bytes))
  }

  @inline(__always)
  package func prefetch(_ saIndex: SAIndex, _ packet: Packet) {
    opener.prefetch(saIndex, UnsafeRawPointer(packet.data + outer.bytes), count: packet.count &- outer.bytes)
  }

  @inline(__always)
  package mutating func keep(at index: Int) { opener.keep(at: index) }
  @inline(__always)
  package mutating func settle() { opener.settle() }
  @inline(__always)
  package func verdict(at index: Int) -> DropReason { opener.verdict(at: index) }
}

/// A frame around a whole IP packet.
enum IPFrame {
  /// The length of the IP packet in bytes, without Ethernet padding, or the reason why there is none.
  @inline(__always)
  static func check(_ packet: Packet) -> (length: Int, reason: DropReason) {
    packet.isWhole ? check(packet.data, count: packet.count) : (0, .segmented)
  }

  /// The same check for a frame in plain memory.
  @inline(__always)
  static func check(_ frame: UnsafeMutableRawPointer, count: Int) -> (length: Int, reason: DropReason) {
    let count = count &- Ethernet.headerBytes
    guard count >= IPv4.headerBytes else { return (0, .tooShort) }
    let ip = UnsafeRawPointer(frame + Ethernet.headerBytes)
    let length: Int?
    switch frame.loadBig(Ethernet.typeOffset, as: UInt16.self) {
    case Ethernet.typeIPv4: length = IPv4.packetLength(ip, count: count)
    case Ethernet.typeIPv6: length = IPv6.packetLength(ip, count: count)
    default: return (0, .notIP)
    }
    guard let length else { return (0, .innerLength) }
    return (length, .none)
  }
}

/// An Ethernet header without its type, held in registers.
package struct EthernetTemplate {
  private let first: UInt64
  private let second: UInt32

  /// A header from an end to its peer.
  package init(from end: LinkEnd) { self.init(from: Replica(end)) }

  /// A header from a port to the port at the other side of its link.
  package init(from: Replica<LinkEnd>) {
    let template = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    defer { template.deallocate() }
    Ethernet.write(to: template, destination: from.peer.address, source: from.address, type: 0)
    first = template.loadUnaligned(as: UInt64.self)
    second = template.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
  }

  /// Writes the header before `packet`, an IP packet of this version.
  @inline(__always)
  func write(before packet: UnsafeMutableRawPointer, version: UInt8) -> UnsafeMutableRawPointer {
    let frame = packet - Ethernet.headerBytes
    frame.storeBytes(of: first, as: UInt64.self)
    frame.storeBytes(of: second, toByteOffset: 8, as: UInt32.self)
    frame.storeBig(version == 4 ? Ethernet.typeIPv4 : Ethernet.typeIPv6, Ethernet.typeOffset)
    return frame
  }
}
