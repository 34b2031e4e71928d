import Dataplane
import Tunnel
import Wire

// A host's way in transport mode: no other IP header comes before the packet's own, which the format moves.

/// Out: 1. check the frame, 2. take Ethernet off, 3. seal, 4. put Ethernet on.
package struct TransportSeal<Sealer: PacketSealer>: PacketTransform {
  package static var lead: Int { Sealer.lead }
  package static var prefetches: Bool { Sealer.prefetches }

  var sealer: Sealer
  let ethernet: EthernetTemplate

  package init(sealer: Sealer, ethernet: EthernetTemplate) {
    self.sealer = sealer
    self.ethernet = ethernet
  }

  @inline(__always)
  package var margin: FrameMargin {
    FrameMargin(before: Sealer.headerBytes, after: Sealer.tailBytesMin)
  }

  @inline(__always)
  package mutating func begin(burst count: Int) { sealer.begin(burst: count) }

  @inline(__always)
  package mutating func begin(_ packet: Packet, at place: AssociationPlace, in work: WorkPlace) {
    let (length, reason) = IPFrame.check(packet)
    guard reason == .none else { return refuse(reason, in: work) }
    let tailroom = packet.tailroom &+ (packet.count &- Ethernet.headerBytes &- length)
    guard packet.headroom >= Sealer.headerBytes, tailroom >= Sealer.tailroomBytes else {
      return refuse(.noRoom, in: work)
    }
    sealer.prepare(packet.data + Ethernet.headerBytes, count: length, at: place, in: work)
  }

  @inline(__always)
  private mutating func refuse(_ reason: DropReason, in work: WorkPlace) {
    work.pointee.reason = reason
    sealer.skip()
  }

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason {
    let sealed = sealer.seal(work)
    guard sealed.reason == .none else { return sealed.reason }
    let frame = ethernet.write(before: sealed.start, version: sealed.start.load(as: UInt8.self) >> 4)
    packet.setFrame(start: frame, count: Ethernet.headerBytes &+ sealed.count)
    return .none
  }

  @inline(__always)
  package func find(_ packet: Packet) -> AssociationPlace {
    sealer.find(UnsafeRawPointer(packet.data + Ethernet.headerBytes))
  }

  @inline(__always)
  package func prefetch(_ place: AssociationPlace, _ packet: Packet) {
    sealer.prefetch(place, count: packet.count &- Ethernet.headerBytes)
  }
}

/// In: 1. check the frame, 2. open, 3. put Ethernet on.
package struct TransportOpen<Opener: PacketOpener>: PacketTransform {
  package static var lead: Int { Opener.lead }
  package static var prefetches: Bool { Opener.prefetches }

  var opener: Opener
  let ethernet: EthernetTemplate

  package init(opener: Opener, ethernet: EthernetTemplate) {
    self.opener = opener
    self.ethernet = ethernet
  }

  @inline(__always)
  package var margin: FrameMargin { .whole }

  @inline(__always)
  package mutating func begin(_ packet: Packet, at place: AssociationPlace, in work: WorkPlace) {
    let (length, reason) = IPFrame.check(packet)
    guard reason == .none else {
      work.pointee.reason = reason
      return
    }
    opener.prepare(packet.data + Ethernet.headerBytes, count: length, at: place, in: work)
  }

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason {
    let opened = opener.open(work)
    guard opened.reason == .none else { return opened.reason }
    let frame = ethernet.write(before: opened.start, version: opened.version)
    packet.setFrame(start: frame, count: Ethernet.headerBytes &+ opened.count)
    return .none
  }

  @inline(__always)
  package func find(_ packet: Packet) -> AssociationPlace {
    opener.find(UnsafeRawPointer(packet.data + Ethernet.headerBytes))
  }

  @inline(__always)
  package func prefetch(_ place: AssociationPlace, _ packet: Packet) {
    let ip = UnsafeRawPointer(packet.data + Ethernet.headerBytes)
    opener.prefetch(place, ip, count: packet.count &- Ethernet.headerBytes)
  }
}
