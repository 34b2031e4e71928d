import Wire

/// What lies in a frame under the headers that carried it.
struct OuterPacket {
  /// Where the headers lead to.
  enum Carrier: Equatable {
    /// Directly in IP, by protocol number.
    case ip(UInt8)
    /// In UDP, by either port.
    case udp(UInt16, UInt16)
  }

  /// Why a frame has no such packet; completes the sentence "a frame …".
  enum Failure: String, Error {
    case notIP = "that is not IP"
    case tooShort = "too short for its headers"
    case lengths = "whose lengths do not fit"
    case fragment = "with a fragment of an IP packet"
  }

  let source: IPAddress
  let destination: IPAddress
  let carrier: Carrier
  /// Bytes that follow IP, or UDP, by their own length fields. May reach beyond what was captured.
  let payload: Range<Int>

  /// 1. Ethernet and VLAN tags, 2. IP, 3. UDP.
  /// - Parameter wireCount: how long the frame was, of which `frame` may be only the beginning.
  init(_ frame: UnsafeRawBufferPointer, wireCount: Int, isEthernet: Bool) throws(Failure) {
    var offset = 0
    if isEthernet {
      offset = Ethernet.headerBytes
      var type = try Self.type(frame, at: Ethernet.typeOffset)
      while type == 0x8100 || type == 0x88A8 {
        type = try Self.type(frame, at: offset + 2)
        offset += 4
      }
      guard type == Ethernet.typeIPv4 || type == Ethernet.typeIPv6 else { throw .notIP }
    }
    let ip = try IPHeader(frame, at: offset, wireCount: wireCount)
    (source, destination) = (ip.source, ip.destination)
    guard ip.number == IPv4.protocolUDP else {
      carrier = .ip(ip.number)
      payload = ip.payload
      return
    }
    let start = ip.payload.lowerBound
    guard ip.payload.count >= UDP.headerBytes, frame.count >= start + UDP.headerBytes else {
      throw .tooShort
    }
    let udp = frame.baseAddress.unsafelyUnwrapped + start
    let length = Int(udp.loadBig(UDP.lengthOffset, as: UInt16.self))
    guard (UDP.headerBytes...ip.payload.count).contains(length) else { throw .lengths }
    carrier = .udp(udp.loadBig(0), udp.loadBig(UDP.destinationOffset))
    payload = start + UDP.headerBytes..<start + length
  }

  private static func type(_ frame: UnsafeRawBufferPointer, at offset: Int) throws(Failure) -> UInt16 {
    guard frame.count >= offset + 2 else { throw .tooShort }
    return frame.baseAddress.unsafelyUnwrapped.loadBig(offset)
  }
}

/// An IPv4 or IPv6 header, whatever its options; extension headers of IPv6 are not followed.
struct IPHeader {
  let version: UInt8
  let source: IPAddress
  let destination: IPAddress
  /// The protocol, or IPv6's next header.
  let number: UInt8
  /// What follows the header, by its length fields.
  let payload: Range<Int>

  init(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, wireCount: Int
  ) throws(OuterPacket.Failure) {
    guard bytes.count > offset else { throw .tooShort }
    let at = bytes.baseAddress.unsafelyUnwrapped + offset
    version = at.load(as: UInt8.self) >> 4
    switch version {
    case 4:
      guard bytes.count >= offset + IPv4.headerBytes else { throw .tooShort }
      let header = Int(at.load(as: UInt8.self) & 0xF) * 4
      guard let length = IPv4.packetLength(at, count: wireCount - offset) else { throw .lengths }
      guard at.loadBig(IPv4.fragmentOffset, as: UInt16.self) & 0x3FFF == 0 else { throw .fragment }
      source = IPAddress(at + IPv4.sourceOffset, count: 4)
      destination = IPAddress(at + IPv4.destinationOffset, count: 4)
      number = at.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self)
      payload = offset + header..<offset + length
    case 6:
      guard bytes.count >= offset + IPv6.headerBytes else { throw .tooShort }
      guard let length = IPv6.packetLength(at, count: wireCount - offset) else { throw .lengths }
      source = IPAddress(at + 8, count: 16)
      destination = IPAddress(at + 24, count: 16)
      number = at.load(fromByteOffset: 6, as: UInt8.self)
      guard number != 44 else { throw .fragment }
      payload = offset + IPv6.headerBytes..<offset + length
    default: throw .notIP
    }
  }
}
