import Dataplane
import Tunnel
import Wire

/// What a packet of a capture is found to be.
public enum PacketVerdict: String, CaseIterable, Sendable {
  /// Authentic, and its number had not been seen.
  case new
  /// Authentic, but its number had been seen.
  case replayed
  /// Authentic, but its number lies before the window.
  case tooOld = "too old"
  /// The integrity check value does not fit: forged, damaged, or another key.
  case forged = "not authentic"
  /// Authentic, but what is within is not as the format has it.
  case malformed
  /// There is no key for it.
  case noKey = "no key"
  /// Its window is none of its association's.
  case unknownWindow = "unknown window"
  /// Shorter than its format's headers.
  case tooShort = "too short"
  /// Not all of it was captured, so that nothing can be authenticated.
  case cutOff = "cut off"
  /// Neither ESP nor VPE.
  case other
}

/// A packet in one line.
public struct DecodedPacket: Sendable, CustomStringConvertible {
  /// What it is found to be.
  public let verdict: PacketVerdict
  /// Addresses, header, verdict and inner packet.
  public let description: String
}

/// Decodes the packets of a capture, in order: each is opened as its receiver would, with replay windows that
/// start empty.
///
/// 1. outer headers, 2. format and association, 3. open, 4. inner packet.
public final class PacketDecoder {
  private let known: KnownAssociations
  private let byIdentity: [String: KnownAssociation]
  private let knowsESP: Bool
  private let knowsVPE: Bool
  private var open: [String: any OpenAssociation] = [:]
  /// Opening is in place, and a packet of two associations may have to be opened twice.
  private var buffer: [UInt8] = []

  /// A decoder of packets of these associations; of others it tells what their headers say.
  public init(_ known: KnownAssociations) {
    self.known = known
    byIdentity = Dictionary(known.associations.map { ($0.identity, $0) }) { first, _ in first }
    knowsESP = known.associations.contains { if case .esp = $0.format { true } else { false } }
    knowsVPE = known.associations.contains { if case .vpe = $0.format { true } else { false } }
  }

  /// Decodes the next frame.
  /// - Throws: `CryptoError` if the crypto library cannot start.
  public func decode(_ frame: CaptureReader.Frame, _ linkType: CaptureReader.LinkType) throws -> DecodedPacket
  {
    let outer: OuterPacket
    do {
      outer = try OuterPacket(frame.bytes, wireCount: frame.wireCount, isEthernet: linkType == .ethernet)
    } catch {
      return DecodedPacket(verdict: .other, description: "a frame \(error.rawValue)")
    }
    switch outer.carrier {
    case .ip(let number):
      let ends = "\(outer.source) > \(outer.destination)"
      if number == IPv4.protocolESP || number == known.vpeProtocol {
        return try decode(frame, outer.payload, ends, number)
      }
      if number == IPv4.protocolIPv4 || number == IPv4.protocolIPv6,
        let inner = InnerPacket.words(Self.captured(frame, outer.payload))
      {
        return DecodedPacket(verdict: .other, description: "\(ends) without protection; \(inner)")
      }
      return DecodedPacket(verdict: .other, description: "\(ends) protocol \(number), neither ESP nor VPE")
    case .udp(let source, let destination):
      let ends = "\(outer.source.with(port: source)) > \(outer.destination.with(port: destination))"
      guard known.udpPorts.contains(source) || known.udpPorts.contains(destination) else {
        return DecodedPacket(verdict: .other, description: "\(ends) UDP, neither ESP nor VPE")
      }
      let bytes = Self.captured(frame, outer.payload)
      // RFC 3948 sections 2.2 and 2.3, where VPE has a sender and a window of number 0.
      if outer.payload.count == 1, bytes.first == 0xFF {
        return DecodedPacket(verdict: .other, description: "\(ends) UDP, a keepalive of NAT traversal")
      }
      if outer.payload.count >= 4, bytes.prefix(4).allSatisfy({ $0 == 0 }), candidates(bytes).isEmpty {
        return DecodedPacket(verdict: .other, description: "\(ends) UDP, IKE")
      }
      return try decode(frame, outer.payload, "\(ends) UDP", nil)
    }
  }

  private static func captured(_ frame: CaptureReader.Frame, _ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: frame.bytes[range.clamped(to: 0..<frame.bytes.count)])
  }

  // MARK: - ESP and VPE

  /// - Parameter number: the IP protocol; nil in UDP, where both formats are possible.
  private func decode(
    _ frame: CaptureReader.Frame, _ payload: Range<Int>, _ ends: String, _ number: UInt8?
  ) throws -> DecodedPacket {
    let bytes = Self.captured(frame, payload)
    let mayBeESP = number == nil || number == IPv4.protocolESP
    let mayBeVPE = number == nil || number == known.vpeProtocol
    guard bytes.count >= (mayBeESP ? ESPLayout.headerBytes : VPELayout.headerBytes) else {
      return DecodedPacket(
        verdict: bytes.count < payload.count ? .cutOff : .tooShort,
        description: "\(ends) too short for a header: \(bytes.count) bytes")
    }
    let candidates = candidates(bytes).filter { candidate in
      if case .esp = candidate.format { mayBeESP } else { mayBeVPE }
    }
    guard !candidates.isEmpty else {
      let header = headers(bytes, mayBeESP: mayBeESP, mayBeVPE: mayBeVPE)
      return DecodedPacket(verdict: .noKey, description: "\(ends) \(header): no key")
    }
    // An SPI of one format may by chance stand where another has its own: whichever is authentic is right.
    var first: DecodedPacket?
    for candidate in candidates {
      let result = try decode(bytes, of: payload.count, ends, with: candidate)
      if ![.forged, .tooShort].contains(result.verdict) { return result }
      first = first ?? result
    }
    return first.unsafelyUnwrapped
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, of count: Int, _ ends: String, with known: KnownAssociation
  ) throws -> DecodedPacket {
    let association = try association(known)
    let header = "\(ends) \(association.header(bytes))"
    if bytes.count < count {
      return DecodedPacket(
        verdict: .cutOff, description: "\(header): cut off, \(bytes.count) of \(count) bytes captured")
    }
    buffer = Array(bytes)
    return buffer.withUnsafeMutableBytes { packet in
      let opened = association.open(packet)
      let verdict = Self.verdict(opened.reason)
      switch verdict {
      case .new, .replayed, .tooOld:
        // Whatever the window says, the packet has been decrypted in place.
        let start = opened.reason == .none ? opened.start : packet.baseAddress! + association.headerBytes
        let most = packet.baseAddress! + packet.count - start
        let plain = UnsafeRawBufferPointer(start: start, count: most)
        let inner = InnerPacket.words(plain).map { "; \($0)" } ?? ""
        return DecodedPacket(
          verdict: verdict, description: "\(header): authentic, \(verdict.rawValue)\(inner)")
      case .malformed:
        return DecodedPacket(
          verdict: verdict, description: "\(header): authentic, new, but malformed (\(opened.reason.name))")
      default:
        return DecodedPacket(verdict: verdict, description: "\(header): \(verdict.rawValue)")
      }
    }
  }

  private static func verdict(_ reason: DropReason) -> PacketVerdict {
    switch reason {
    case .none: .new
    case .replayed: .replayed
    case .tooOld: .tooOld
    case .authentication: .forged
    case .tooShort: .tooShort
    case .unknownWindow: .unknownWindow
    default: .malformed
    }
  }

  // MARK: - Associations

  /// The associations that a packet may be of by its header.
  private func candidates(_ packet: UnsafeRawBufferPointer) -> [KnownAssociation] {
    guard packet.count >= ESPLayout.headerBytes else { return [] }
    let at = packet.baseAddress.unsafelyUnwrapped
    let sender: UInt16 = at.loadLittle(VPELayout.senderOffset)
    let identities = [
      "ESP \(hex(at.loadBig(ESPLayout.spiOffset)))",
      "VPE \(hex(at.loadLittle(VPELayout.spiOffset))) sender \(sender)",
    ]
    return identities.compactMap { byIdentity[$0] }
  }

  private func association(_ known: KnownAssociation) throws -> any OpenAssociation {
    if let association = open[known.identity] { return association }
    let association: any OpenAssociation =
      switch known.format {
      case .esp(let esp, let last): try OpenESP(known, esp, last: last)
      case .vpe(let vpe): try OpenVPE(known, vpe)
      }
    open[known.identity] = association
    return association
  }

  /// What the header says in each format that it may be of; only in those of known associations, if any.
  private func headers(_ packet: UnsafeRawBufferPointer, mayBeESP: Bool, mayBeVPE: Bool) -> String {
    let isOpen = knowsESP == knowsVPE
    var words: [String] = []
    if mayBeESP, isOpen || knowsESP || !mayBeVPE { words.append(HeaderWords.esp(packet)) }
    if mayBeVPE, isOpen || knowsVPE || !mayBeESP { words.append(HeaderWords.vpe(packet)) }
    return words.joined(separator: " or ")
  }
}
