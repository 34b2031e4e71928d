import Cases
import Dataplane
import Tunnel
import Wire

/// What is timed over packets that the path does not take.
protocol CutStep {
  /// Bytes behind the packet that are written.
  static var tailBytes: Int { get }
  /// Makes of the packet in `whole` sealed ones that the path takes.
  /// - Parameter identification: tells its pieces from others'.
  /// - Returns: `.none`, or why not.
  mutating func seal(_ whole: Packet, _ identification: UInt32, into pieces: CutPieces) -> DropReason
}

/// The inner packet is cut.
struct InnerCut<Way: CutWay>: CutStep {
  static var tailBytes: Int { Way.tailBytes }

  var way: Way
  /// Bytes of the longest piece.
  let room: Int

  @inline(__always)
  mutating func seal(_ whole: Packet, _ identification: UInt32, into pieces: CutPieces) -> DropReason {
    let cut = CutPacket(whole.data, count: whole.count, room: room, identification: identification)
    guard cut.reason == .none else { return cut.reason }
    return way.seal(whole, cut, into: pieces)
  }
}

/// A way to cut a packet into pieces, each sealed on its own.
///
/// Each piece has a header of its own before its data, and the format's before that, which one buffer has no
/// room for: what lies before a piece's data is the end of the piece before it, and behind it the next one
/// begins. The ways differ in what they do about that.
protocol CutWay {
  /// Bytes behind the packet that are written.
  static var tailBytes: Int { get }
  /// Cuts the packet in `whole`, and seals its pieces.
  /// - Returns: `.none`, or why not all are sealed.
  mutating func seal(_ whole: Packet, _ cut: CutPacket, into pieces: CutPieces) -> DropReason
}

/// Each piece is copied into a buffer of its own, which has room before and behind it.
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
      sealer.prepare(start, count: cut.headerBytes &+ count, at: 0, in: pieces.works[index])
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

/// The data stay where they are: a descriptor of its own is attached to each part of the packet's buffer
/// (paper, section 3.2). Before it comes a buffer with the headers, behind it, but for the last piece, one
/// for what the format has behind. The piece's header is encrypted, too, so that either format's cipher works
/// on two pieces of memory at least.
struct ChainingCut<Sealer: SegmentSealer>: CutWay {
  static var tailBytes: Int { Sealer.tailroomBytes }
  /// Buffers of a piece but for the last one, which has no more than two.
  private static var buffers: Int { Sealer.tailroomBytes > 0 ? 3 : 2 }

  var sealer: Sealer
  let headroom: Int

  @inline(__always)
  mutating func seal(_ whole: Packet, _ cut: CutPacket, into pieces: CutPieces) -> DropReason {
    guard pieces.take(Self.buffers &* (cut.pieces &- 1) &+ 2) else { return .noRoom }
    var index = 0
    while index < cut.pieces {
      let (list, place) = (pieces.list(index), index &* Self.buffers)
      let (header, part) = (pieces.taken[place], pieces.taken[place &+ 1])
      header.setFrame(headroom: headroom, count: cut.headerBytes)
      cut.writeHeader(of: index, to: header.data)
      list.begin(Segment(start: header.data, count: cut.headerBytes, room: 0))
      part.attach(to: whole)
      let isLast = index &+ 1 == cut.pieces
      list.append(
        Segment(
          start: whole.data + cut.offset(index), count: cut.count(index), room: isLast ? whole.tailroom : 0))
      if Self.buffers > 2, !isLast {
        let tail = pieces.taken[place &+ 2]
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
    let (list, place) = (pieces.list(index), index &* Self.buffers)
    var segment = 0
    while segment < list.count {
      let buffer = pieces.taken[place &+ segment]
      buffer.setSegment(start: list[segment].start, count: list[segment].count)
      buffer.link(to: segment &+ 1 < list.count ? pieces.taken[place &+ segment &+ 1] : nil)
      segment &+= 1
    }
    pieces.taken[place].setSegments(list.count, countOfAll: list.bytes)
    pieces.append(pieces.taken[place])
  }
}

/// Each piece is sealed in the packet's own buffer, from the first to the last, and sent before the headers
/// of the next one overwrite its end: by a driver that is done with a buffer when it has sent it. What a
/// format writes behind a piece overwrites the beginning of the next one, which is saved, and put back once
/// the piece is gone.
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
      sealer.prepare(start, count: count, at: 0, in: pieces.works[index])
      let sealed = sealer.seal(pieces.works[index])
      guard sealed.reason == .none else { return sealed.reason }
      pieces.send(sealed.start, count: sealed.count)
      if Sealer.tailroomBytes > 0 { behind.storeBytes(of: saved, as: SIMD4<UInt64>.self) }
      index &+= 1
    }
    return .none
  }
}

/// The inner packet is sealed whole, and the outer one cut, whose receiver puts it together before it opens
/// it (RFC 4303 sections 3.3.4 and 3.4.1). Parts stay where they are, as with `ChainingCut`, each behind a
/// buffer with an outer header.
struct OuterCut<Sealer: PacketSealer>: CutStep {
  static var tailBytes: Int { Sealer.tailroomBytes }

  var sealer: Sealer
  let headroom: Int
  /// Whether the outer packet is one of IPv6.
  let isIPv6: Bool

  private var headerBytes: Int { isIPv6 ? IPv6.headerBytes : IPv4.headerBytes }

  /// Writes the outer header of a sealed packet of `count` bytes, and cuts both.
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
