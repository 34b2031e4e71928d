import Cases
import Dataplane
import Tunnel
import Wire

/// The timed work on a packet that is too long for the path.
protocol CutStep {
  /// Bytes behind the packet that are written.
  static var tailBytes: Int { get }
  /// Turns the packet in `whole` into sealed packets that fit the path.
  /// - Parameter identification: distinguishes its fragments from those of other packets.
  /// - Returns: `.none`, or the reason for failure.
  mutating func seal(_ whole: Packet, _ identification: UInt32, into pieces: CutPieces) -> DropReason
}

/// Cuts the inner packet, and seals each fragment.
struct InnerCut<Way: CutWay>: CutStep {
  static var tailBytes: Int { Way.tailBytes }

  var way: Way
  /// Bytes of the longest fragment.
  let room: Int

  @inline(__always)
  mutating func seal(_ whole: Packet, _ identification: UInt32, into pieces: CutPieces) -> DropReason {
    let cut = CutPacket(whole.data, count: whole.count, room: room, identification: identification)
    guard cut.reason == .none else { return cut.reason }
    return way.seal(whole, cut, into: pieces)
  }
}

/// A way to cut a packet into fragments, each sealed on its own.
///
/// Each fragment needs its own IP header and the format's header before its data. A single buffer has no room
/// for these: before a fragment's data lies the end of the previous fragment, and the next one begins right
/// behind it. The ways differ in how they make room.
protocol CutWay {
  /// Bytes behind the packet that are written.
  static var tailBytes: Int { get }
  /// Cuts the packet in `whole`, and seals its pieces.
  /// - Returns: `.none`, or the reason why not all are sealed.
  mutating func seal(_ whole: Packet, _ cut: CutPacket, into pieces: CutPieces) -> DropReason
}

/// Copies each fragment into a buffer of its own, which has room before and behind it.
struct CopyingCut<Sealer: PacketSealer>: CutWay {
  static var tailBytes: Int { 0 }

  var sealer: Sealer
  /// Bytes before a piece in its buffer.
  let headroom: Int

  @inline(__always)
  mutating func seal(_ whole: Packet, _ cut: CutPacket, into pieces: CutPieces) -> DropReason {
    guard pieces.take(cut.pieces) else { return .noRoom }
    var index = 0
    while index < cut.pieces {
      let buffer = pieces.taken[index]
      buffer.setFrame(headroom: headroom, count: 0)
      let (start, count) = (buffer.data, cut.count(index))
      cut.writeHeader(of: index, to: start)
      (start + cut.headerBytes).copyMemory(from: whole.data + cut.offset(index), byteCount: count)
      sealer.prepare(start, count: cut.headerBytes &+ count, sa: 0, in: pieces.works[index])
      index &+= 1
    }
    var reason = DropReason.none
    index = 0
    while index < cut.pieces {
      let sealed = sealer.seal(pieces.works[index])
      if sealed.reason == .none {
        pieces.taken[index].setFrame(start: sealed.start, count: sealed.count)
      } else {
        reason = sealed.reason
      }
      pieces.append(pieces.taken[index])
      index &+= 1
    }
    return reason
  }
}

/// Leaves the data in place: each part of the packet's buffer gets a descriptor attached to it (paper,
/// section 3.2). A buffer with the headers comes before each part, and behind it, except for the last one, a
/// buffer for the format's trailer. The fragment's IP header is encrypted, too, so either format's cipher
/// works on at least two pieces of memory.
struct ChainingCut<Sealer: SegmentSealer>: CutWay {
  static var tailBytes: Int { Sealer.tailroomBytes }
  /// Buffers of each fragment except the last one, which has two.
  private static var buffers: Int { Sealer.tailroomBytes > 0 ? 3 : 2 }

  var sealer: Sealer
  let headroom: Int

  @inline(__always)
  mutating func seal(_ whole: Packet, _ cut: CutPacket, into pieces: CutPieces) -> DropReason {
    guard pieces.take(Self.buffers &* (cut.pieces &- 1) &+ 2) else { return .noRoom }
    var index = 0
    while index < cut.pieces {
      let (list, first) = (pieces.list(index), index &* Self.buffers)
      let (header, part) = (pieces.taken[first], pieces.taken[first &+ 1])
      header.setFrame(headroom: headroom, count: cut.headerBytes)
      cut.writeHeader(of: index, to: header.data)
      list.begin(Segment(start: header.data, count: cut.headerBytes, room: 0))
      part.attach(to: whole)
      let isLast = index &+ 1 == cut.pieces
      list.append(
        Segment(
          start: whole.data + cut.offset(index), count: cut.count(index), room: isLast ? whole.tailroom : 0))
      if Self.buffers > 2, !isLast {
        let tail = pieces.taken[first &+ 2]
        list.append(Segment(start: tail.data, count: 0, room: tail.tailroom))
      }
      sealer.prepare(list, in: pieces.works[index])
      index &+= 1
    }
    var reason = DropReason.none
    index = 0
    while index < cut.pieces {
      let sealed = sealer.seal(pieces.list(index), pieces.works[index])
      if sealed != .none { reason = sealed }
      link(pieces, index)
      index &+= 1
    }
    return reason
  }

  /// Writes the descriptors of piece `index`.
  @inline(__always)
  private func link(_ pieces: CutPieces, _ index: Int) {
    let (list, first) = (pieces.list(index), index &* Self.buffers)
    var segment = 0
    while segment < list.count {
      let buffer = pieces.taken[first &+ segment]
      buffer.setSegment(start: list[segment].start, count: list[segment].count)
      buffer.link(to: segment &+ 1 < list.count ? pieces.taken[first &+ segment &+ 1] : nil)
      segment &+= 1
    }
    pieces.taken[first].setSegments(list.count, countOfAll: list.bytes)
    pieces.append(pieces.taken[first])
  }
}

/// Seals the fragments in the packet's own buffer, from the first to the last. Each one is sent before the
/// headers of the next one overwrite its end, by a driver that is done with a buffer once it has sent it. A
/// format's trailer overwrites the beginning of the next fragment's data, which is saved before and restored
/// afterwards.
struct InPlaceCut<Sealer: PacketSealer>: CutWay {
  static var tailBytes: Int { Sealer.tailroomBytes }

  var sealer: Sealer

  @inline(__always)
  mutating func seal(_ whole: Packet, _ cut: CutPacket, into pieces: CutPieces) -> DropReason {
    let data = whole.data
    var index = 0
    while index < cut.pieces {
      let count = cut.headerBytes &+ cut.count(index)
      let start = data + (cut.offset(index) &- cut.headerBytes)
      let behind = start + count
      cut.writeHeader(of: index, to: start)
      var saved = SIMD4<UInt64>.zero
      if Sealer.tailroomBytes > 0 { saved = behind.loadUnaligned(as: SIMD4<UInt64>.self) }
      sealer.prepare(start, count: count, sa: 0, in: pieces.works[index])
      let sealed = sealer.seal(pieces.works[index])
      guard sealed.reason == .none else { return sealed.reason }
      pieces.send(sealed.start, count: sealed.count)
      if Sealer.tailroomBytes > 0 { behind.storeBytes(of: saved, as: SIMD4<UInt64>.self) }
      index &+= 1
    }
    return .none
  }
}

/// Seals the inner packet whole, and cuts the outer one; the receiver reassembles it before opening (RFC 4303
/// sections 3.3.4 and 3.4.1). The parts stay in place, as with `ChainingCut`, each behind a buffer with an
/// outer header.
struct OuterCut<Sealer: PacketSealer>: CutStep {
  static var tailBytes: Int { Sealer.tailroomBytes }

  var sealer: Sealer
  let headroom: Int
  /// Whether the outer packet is one of IPv6.
  let isIPv6: Bool

  private var headerBytes: Int { isIPv6 ? IPv6.headerBytes : IPv4.headerBytes }

  /// Writes the outer header of a sealed packet of `count` bytes, and cuts the outer packet.
  @inline(__always)
  func cut(_ outer: UnsafeMutableRawPointer, _ count: Int, _ identification: UInt32) -> CutPacket {
    if isIPv6 {
      IPv6.write(
        to: outer, payloadLength: UInt16(truncatingIfNeeded: count), next: IPv4.protocolESP,
        source: TestAddress.gatewayA6, destination: TestAddress.gatewayB6)
    } else {
      IPv4.write(
        to: outer, totalLength: UInt16(truncatingIfNeeded: IPv4.headerBytes &+ count),
        protocol: IPv4.protocolESP, source: TestAddress.gatewayA, destination: TestAddress.gatewayB)
      IPv4.letCut(outer, identification: UInt16(truncatingIfNeeded: identification))
    }
    return CutPacket(
      outer, count: headerBytes &+ count, room: Fragmentation.pathBytes, identification: identification)
  }

  @inline(__always)
  mutating func seal(_ whole: Packet, _ identification: UInt32, into pieces: CutPieces) -> DropReason {
    let sealed = sealer.seal(whole.data, count: whole.count)
    guard sealed.reason == .none else { return sealed.reason }
    let outer = sealed.start - headerBytes
    let cut = cut(outer, sealed.count, identification)
    guard cut.reason == .none else { return cut.reason }
    guard pieces.take(2 &* cut.pieces) else { return .noRoom }
    var index = 0
    while index < cut.pieces {
      let (header, part) = (pieces.taken[2 &* index], pieces.taken[2 &* index &+ 1])
      header.setFrame(headroom: headroom, count: cut.headerBytes)
      cut.writeHeader(of: index, to: header.data)
      part.attach(to: whole)
      part.setSegment(start: outer + cut.offset(index), count: cut.count(index))
      header.link(to: part)
      header.setSegments(2, countOfAll: cut.headerBytes &+ cut.count(index))
      pieces.append(header)
      index &+= 1
    }
    return .none
  }
}
