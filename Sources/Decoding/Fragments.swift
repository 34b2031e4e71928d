import Wire

/// Puts the fragments of outer packets together, as their receiver does before it opens them (RFC 4303
/// section 3.4.1).
///
/// A packet is waited for until so many fragments have come. That bounds memory, and keeps pieces of
/// different packets apart where IPv4's identifications come again (RFC 4963). Fragments that overlap are
/// given up with all that came of their packet (RFC 8200 section 4.5), and so are those that come twice.
struct Fragments {
  /// Those of a packet must be among so many in a row.
  static let most = 1024

  /// What became of a fragment.
  enum Outcome {
    /// Others are missing.
    case waiting
    /// None is missing any more: the packet.
    case whole([UInt8])
    /// Less of it was captured than there was.
    case cutOff
    /// It makes no packet, and why.
    case refused(StaticString)
  }

  /// What fragments of one packet have in common.
  private struct Identity: Hashable {
    let source: IPAddress
    let destination: IPAddress
    let identification: UInt32
    /// In IPv6 that of the first fragment holds, whatever others say.
    let number: UInt8
  }

  /// What has come of a packet.
  private struct Packet {
    /// Number of the fragment that came first.
    let start: Int
    /// What comes before the data, from the first part of it.
    var headers: [UInt8] = []
    /// Where its data ends; nil before the last part of it has come.
    var end: Int?
    /// In the order of their offsets.
    var pieces: [(offset: Int, bytes: [UInt8])] = []
  }

  private var packets: [Identity: Packet] = [:]
  /// Those that began with one of the last fragments, by its number.
  private var begun: [Identity?] = Array(repeating: nil, count: Self.most)
  private var count = 0

  /// Takes the fragment that an IP header names.
  mutating func add(_ ip: IPHeader, _ fragment: IPHeader.Fragment, _ frame: CapturedBytes) -> Outcome {
    let data = frame.captured(ip.payload)
    guard data.count == ip.payload.count else { return .cutOff }
    let end = fragment.offset + data.count
    // IPv4 counts the header of its packets.
    let headers = ip.version == 4 ? ip.payload.lowerBound - ip.start : 0
    guard data.count > 0, !fragment.hasMore || data.count % Fragmentation.unitBytes == 0,
      end + headers <= Int(UInt16.max)
    else { return .refused("of an impossible length") }

    expire()
    let identity = Identity(
      source: ip.source, destination: ip.destination, identification: fragment.identification,
      number: ip.version == 4 ? ip.number : 0)
    var packet = packets.removeValue(forKey: identity) ?? Packet(start: count)
    let fits = packet.pieces.allSatisfy { piece in
      let other = piece.offset + piece.bytes.count
      return (end <= piece.offset || other <= fragment.offset) && (fragment.hasMore || other <= end)
    }
    guard fits, end <= packet.end ?? end else {
      return .refused("overlapping another, and all of its packet is given up")
    }
    if fragment.offset == 0 { packet.headers = Self.headers(before: fragment, of: ip, frame) }
    if !fragment.hasMore { packet.end = end }
    let index = packet.pieces.firstIndex { $0.offset > fragment.offset } ?? packet.pieces.count
    packet.pieces.insert((fragment.offset, Array(data)), at: index)
    if let whole = Self.whole(packet, ip.version) { return whole }
    packets[identity] = packet
    if packet.start == count { begun[count % Self.most] = identity }
    return .waiting
  }

  /// Counts a fragment, and gives up what has waited for too many.
  private mutating func expire() {
    count += 1
    let slot = count % Self.most
    if let old = begun[slot], packets[old]?.start == count - Self.most { packets[old] = nil }
    begun[slot] = nil
  }

  /// The headers that the whole packet has: without those of the fragment, with the protocol behind them.
  private static func headers(
    before fragment: IPHeader.Fragment, of ip: IPHeader, _ frame: CapturedBytes
  ) -> [UInt8] {
    var headers = Array(frame.captured(ip.start..<fragment.headers))
    headers[fragment.link - ip.start] = ip.number
    return headers
  }

  /// The packet, if nothing of it is missing. Its header's checksum is left as it was: nobody here asks.
  private static func whole(_ packet: Packet, _ version: UInt8) -> Outcome? {
    // None overlaps another, so that nothing is missing where they are as long as the packet.
    let count = packet.pieces.reduce(0) { $0 + $1.bytes.count }
    guard packet.end == count else { return nil }
    let total = packet.headers.count + count
    let length = UInt16(exactly: version == 4 ? total : total - IPv6.headerBytes)
    guard let length else { return .refused("of an impossible length") }
    var bytes = packet.headers
    bytes.reserveCapacity(total)
    for piece in packet.pieces { bytes += piece.bytes }
    bytes.withUnsafeMutableBytes {
      let at = $0.baseAddress.unsafelyUnwrapped
      at.storeBig(length, version == 4 ? IPv4.totalLengthOffset : IPv6.payloadLengthOffset)
      if version == 4 { at.storeBig(UInt16(0), IPv4.fragmentOffset) }
    }
    return .whole(bytes)
  }
}
