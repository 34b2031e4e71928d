import Tunnel
import Wire

/// What a packet of a capture is found to be.
public enum PacketVerdict: Int, CaseIterable, Sendable {
  /// Authentic, and its number had not been seen.
  case new
  /// Authentic, but its number had been seen.
  case replayed
  /// Authentic, but its number lies before the window.
  case tooOld
  /// The integrity check value does not fit: forged, damaged, another key, or other bytes of a number that is
  /// not sent whole.
  case forged
  /// Authentic, but what is within is not as the format has it.
  case malformed
  /// There is no key for it.
  case noKey
  /// Its window is none of its association's.
  case unknownWindow
  /// Shorter than its format's headers.
  case tooShort
  /// Not all of it was captured, so that nothing can be authenticated.
  case cutOff
  /// A keepalive of NAT traversal (RFC 3948 section 2.3).
  case keepalive
  /// IKE behind the non-ESP marker (RFC 3948 section 2.2).
  case ike
  /// A fragment of an outer packet whose others have not come yet.
  case fragment
  /// Neither ESP nor VPE, or nothing that is looked into.
  case other

  /// In words.
  public var name: StaticString {
    switch self {
    case .new: "new"
    case .replayed: "replayed"
    case .tooOld: "too old"
    case .forged: "not authentic"
    case .malformed: "malformed"
    case .noKey: "no key"
    case .unknownWindow: "unknown window"
    case .tooShort: "too short"
    case .cutOff: "cut off"
    case .keepalive: "NAT keepalive"
    case .ike: "IKE"
    case .fragment: "in fragments"
    case .other: "other"
    }
  }
}

/// Decodes the packets of a capture, in order: each is opened as its receiver would, with replay windows that
/// start empty.
///
/// 1. outer headers, 2. what is in fragments, put together, 3. format and association, 4. open, 5. inner
/// packet.
public final class PacketDecoder {
  let known: KnownAssociations
  /// The indices in `known.associations` of those with an identity.
  private var indices: [AssociationIdentity: [Int]] = [:]
  private let knowsESP: Bool
  private let knowsVPE: Bool
  private let hasDestinations: Bool
  /// Each is made when its first packet comes.
  private var open: [OpenAssociation?]
  /// Of other formats; made with the first packet.
  private var others: FormatDecoder?
  private var fragments = Fragments()
  /// Opening is in place, and a packet of two associations may have to be opened twice. An IP header may come
  /// before it.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: TransportOuter.room + CaptureReader.most, alignment: 64)

  /// A decoder of packets of these associations; of others it tells what their headers say.
  public init(_ known: KnownAssociations) {
    self.known = known
    for (index, association) in known.associations.enumerated() where association.identity.other == nil {
      indices[association.identity, default: []].append(index)
    }
    knowsESP = known.associations.contains { $0.identity.sender == nil && $0.identity.other == nil }
    knowsVPE = known.associations.contains { $0.identity.sender != nil }
    hasDestinations = known.associations.contains { $0.destination != nil }
    open = Array(repeating: nil, count: known.associations.count)
  }

  deinit { buffer.deallocate() }

  /// Decodes the next frame, of up to `CaptureReader.most` bytes, and adds addresses, header, verdict and
  /// inner packet to a line.
  /// - Throws: `CryptoError` if the crypto library cannot start.
  public func decode(_ frame: CaptureReader.Frame, into line: inout Line) throws -> PacketVerdict {
    let bytes = CapturedBytes(bytes: frame.bytes, wireCount: frame.wireCount)
    return try decode(bytes, frame.linkType, &line)
  }

  private func decode(
    _ frame: CapturedBytes, _ linkType: LinkType, _ line: inout Line
  ) throws -> PacketVerdict {
    switch OuterPacket.find(in: frame, linkType, known, &line) {
    case .told(let verdict): return verdict
    case .packet(let packet): return try decode(frame, packet, &line)
    case .fragment(let ip, let fragment):
      switch fragments.add(ip, fragment, frame) {
      case .waiting: return .fragment
      case .whole(let packet):
        line.add("; whole: ")
        return try packet.withUnsafeBytes {
          try decode(CapturedBytes(bytes: $0, wireCount: $0.count), .rawIP, &line)
        }
      case .cutOff:
        line.add(", ")
        line.add(cutOff: frame.captured(ip.payload).count, of: ip.payload.count)
        return .cutOff
      case .refused(let reason):
        line.add(", ")
        line.add(reason)
        return .other
      }
    }
  }

  // MARK: - ESP and VPE

  private func decode(
    _ frame: CapturedBytes, _ packet: OuterPacket, _ line: inout Line
  ) throws -> PacketVerdict {
    let bytes = frame.captured(packet.payload)
    let count = packet.payload.count
    let others = try others ?? FormatDecoder(known.associations)
    self.others = others
    if let verdict = others.decode(bytes, of: count, to: packet.receiver, &line) { return verdict }
    let mayBeESP = packet.number == nil || packet.number == IPv4.protocolESP
    let mayBeVPE = packet.number == nil || packet.number == known.vpeProtocol
    if packet.number == nil {
      if candidates(bytes, packet.receiver, true, true).isEmpty,
        let verdict = Self.beside(bytes, of: count, &line)
      {
        return verdict
      }
      line.add(" ")
    }
    // Up to the number, or the SPI.
    let least = mayBeESP ? ESPLayout.ivOffset : VPELayout.icvOffset
    guard count >= least else {
      line.add("too short for a header: ")
      line.add(count)
      line.add(count == 1 ? " byte" : " bytes")
      return .tooShort
    }
    guard bytes.count >= least else {
      line.add(cutOff: bytes.count, of: count)
      return .cutOff
    }
    let candidates = candidates(bytes, packet.receiver, mayBeESP, mayBeVPE)
    guard !candidates.isEmpty else {
      if packet.number == nil, !known.associations.isEmpty, !knowsESP, !knowsVPE {
        line.add("of no association that is known: no key")
        return .noKey
      }
      addHeaders(bytes, mayBeESP: mayBeESP, mayBeVPE: mayBeVPE, to: &line)
      line.add(": no key")
      return .noKey
    }
    guard bytes.count == count else {
      try addHeader(bytes, candidates[0], packet.receiver, to: &line)
      line.add(": ")
      line.add(cutOff: bytes.count, of: count)
      return .cutOff
    }
    return try open(bytes, candidates, TransportOuter(packet.ip, frame), &line)
  }

  /// Tries the keys that a whole packet may be of: whichever it is authentic with is right.
  private func open(
    _ bytes: UnsafeRawBufferPointer, _ candidates: [Int], _ outer: TransportOuter, _ line: inout Line
  ) throws -> PacketVerdict {
    let receiver = outer.ip.destination
    var first: Opening?
    for candidate in candidates {
      let association = try association(candidate)
      let packet = UnsafeMutableRawBufferPointer(
        rebasing: buffer.dropFirst(TransportOuter.room).prefix(bytes.count))
      packet.copyMemory(from: bytes)
      var number = association.number(bytes, to: receiver)
      var opening = association.open(packet, number: number, to: receiver)
      if case .forged = opening, let older = association.olderNumber(bytes, to: receiver) {
        packet.copyMemory(from: bytes)
        let again = association.open(packet, number: older, to: receiver)
        if case .authentic = again { (opening, number) = (again, older) }
      }
      if case .authentic(let freshness, let plain) = opening {
        line.add(headerOf: bytes, association.identity, number: number)
        return plain.describe(freshness, in: outer, &line)
      }
      first = first ?? opening
    }
    try addHeader(bytes, candidates[0], receiver, to: &line)
    switch first {
    case .tooShort:
      line.add(": too short")
      return .tooShort
    case .unknownWindow:
      line.add(": unknown window")
      return .unknownWindow
    default:
      line.add(": not authentic")
      for candidate in candidates {
        let association = try association(candidate)
        guard let icvBytes = association.otherICV(bytes, to: receiver) else { continue }
        line.add(" with an ICV of ")
        line.add(association.known.icvBytes)
        line.add(" bytes, but with one of ")
        line.add(icvBytes)
        line.add(": see icv_bytes in `vpebench decode --help`")
        break
      }
      return .forged
    }
  }

  /// Tells what in a port of ESP or VPE is neither (RFC 3948 sections 2.2 and 2.3), as far as it was
  /// captured; nil if it is not that. Whoever sends VPE there has Sender IDs from 1, so that no packet begins
  /// with the marker.
  private static func beside(
    _ bytes: UnsafeRawBufferPointer, of count: Int, _ line: inout Line
  ) -> PacketVerdict? {
    if count == 1, bytes.allSatisfy({ $0 == 0xFF }) {
      line.add(bytes.isEmpty ? ", a byte that was not captured" : ", a NAT keepalive")
      return bytes.isEmpty ? .cutOff : .keepalive
    }
    guard bytes.count >= 4, bytes.prefix(4).allSatisfy({ $0 == 0 }) else { return nil }
    // IKE's header (RFC 7296 section 3.1): major version 1 or 2, and the length of all, but for padding.
    let header = 28
    let least = 4 + header
    guard bytes.count >= min(least, count) else {
      line.add(", a non-ESP marker, ")
      line.add(cutOff: bytes.count, of: count)
      return .cutOff
    }
    if bytes.count >= least, let at = bytes.baseAddress.map({ $0 + 4 }),
      [1, 2].contains(at.load(fromByteOffset: 17, as: UInt8.self) >> 4),
      (header...count - 4).contains(Int(at.loadBig(24, as: UInt32.self)))
    {
      line.add(", IKE")
      return .ike
    }
    line.add(", a non-ESP marker, but no IKE behind it")
    return .other
  }

  // MARK: - Associations

  /// The associations that a packet may be of by its header.
  private func candidates(
    _ packet: UnsafeRawBufferPointer, _ receiver: IPAddress, _ mayBeESP: Bool, _ mayBeVPE: Bool
  ) -> [Int] {
    guard !indices.isEmpty, packet.count >= ESPLayout.ivOffset else { return [] }
    let at = packet.baseAddress.unsafelyUnwrapped
    var found: [Int] = []
    if knowsESP, mayBeESP {
      found = indices[AssociationIdentity(spi: at.loadBig(ESPLayout.spiOffset), sender: nil)] ?? []
    }
    if knowsVPE, mayBeVPE, packet.count >= VPELayout.icvOffset {
      let identity = AssociationIdentity(
        spi: at.loadLittle(VPELayout.spiOffset), sender: at.loadLittle(VPELayout.senderOffset))
      if let more = indices[identity] { found += more }
    }
    if hasDestinations {
      found.removeAll { (known.associations[$0].destination ?? receiver) != receiver }
    }
    return found
  }

  private func association(_ index: Int) throws -> OpenAssociation {
    if let association = open[index] { return association }
    let association = try OpenAssociation(known.associations[index])
    open[index] = association
    return association
  }

  private func addHeader(
    _ packet: UnsafeRawBufferPointer, _ index: Int, _ receiver: IPAddress, to line: inout Line
  ) throws {
    let association = try association(index)
    line.add(
      headerOf: packet, association.identity, number: association.number(packet, to: receiver))
  }

  /// What the header says in each format that it may be of; only in those of known associations, if any.
  private func addHeaders(
    _ packet: UnsafeRawBufferPointer, mayBeESP: Bool, mayBeVPE: Bool, to line: inout Line
  ) {
    let isOpen = knowsESP == knowsVPE
    let at = packet.baseAddress.unsafelyUnwrapped
    let tellsVPE = mayBeVPE && packet.count >= VPELayout.icvOffset && (isOpen || knowsVPE || !mayBeESP)
    let tellsESP = mayBeESP && (isOpen || knowsESP || !tellsVPE)
    if tellsESP {
      let number: UInt32 = at.loadBig(ESPLayout.sequenceOffset)
      let identity = AssociationIdentity(spi: at.loadBig(ESPLayout.spiOffset), sender: nil)
      line.add(headerOf: packet, identity, number: UInt64(number))
    }
    if tellsESP, tellsVPE { line.add(" or ") }
    if tellsVPE {
      let identity = AssociationIdentity(
        spi: at.loadLittle(VPELayout.spiOffset), sender: at.loadLittle(VPELayout.senderOffset))
      line.add(headerOf: packet, identity, number: at.loadLittle(VPELayout.sequenceOffset))
    }
  }
}

extension Line {
  /// `ESP 0x01001000 #1`, or `VPE 0x01001000 sender 1 window 0 #1`.
  fileprivate mutating func add(
    headerOf packet: UnsafeRawBufferPointer, _ identity: AssociationIdentity, number: UInt64
  ) {
    identity.describe(in: &self)
    if identity.sender != nil {
      add(" window ")
      add(packet.baseAddress.unsafelyUnwrapped.loadLittle(VPELayout.windowOffset, as: UInt16.self))
    }
    add(" #")
    add(number)
  }

  mutating func add(cutOff captured: Int, of count: Int) {
    add("cut off, ")
    add(captured)
    add(" of ")
    add(count)
    add(" bytes captured")
  }
}
