import Crypto
import Tunnel
import Wire

/// What a receiver finds when it opens a packet.
enum Opening {
  /// Shorter than header and trailer.
  case tooShort
  /// The Window ID is none of the association's.
  case unknownWindow
  /// The integrity check value does not fit.
  case forged
  /// Authentic: what the window says of its number (`.none`, `.replayed` or `.tooOld`), and what was within.
  case authentic(DropReason, Plaintext)
}

/// An association at work, with the replay windows of each of its receivers. A window is made with the first
/// authentic packet: whoever has no key cannot make any.
final class OpenAssociation {
  /// A replay window is of a receiver and, in VPE, of a Window ID.
  private struct WindowScope: Hashable {
    let receiver: IPAddress
    let window: UInt16
  }

  /// A window that can be changed where it lies.
  private final class Held {
    var window: ReplayWindow

    init(_ window: ReplayWindow) { self.window = window }

    deinit { window.deallocate() }
  }

  let known: KnownAssociation
  let identity: AssociationIdentity
  private let key: AEADKey
  private let scratch: AEADScratch
  private let aead: AEAD
  private var windows: [WindowScope: Held] = [:]
  /// The window of the last packet, which is mostly the next one's.
  private var last: (scope: WindowScope, held: Held)?
  /// What every window is at first.
  private let unseen: ReplayWindow

  init(_ known: KnownAssociation) throws {
    self.known = known
    identity = known.identity
    key = try AEADKey(known.algorithm, known.key)
    scratch = try AEADScratch()
    aead = AEAD(key, scratch: scratch)
    unseen = OpenAssociation.window(known)
  }

  deinit { unseen.deallocate() }

  private func held(_ scope: WindowScope) -> Held? {
    if let last, last.scope == scope { return last.held }
    guard let held = windows[scope] else { return nil }
    last = (scope, held)
    return held
  }

  private static func window(_ known: KnownAssociation) -> ReplayWindow {
    guard case .esp(_, let last) = known.format else { return ReplayWindow(size: known.windowSize) }
    return ReplayWindow(size: known.windowSize, top: last)
  }

  // MARK: - Header

  /// The sequence number of a packet to a receiver, of which ESP sends only the low half.
  func number(_ packet: UnsafeRawBufferPointer, to receiver: IPAddress) -> UInt64 {
    let at = packet.baseAddress.unsafelyUnwrapped
    guard case .esp(let association, _) = known.format else {
      let sequence: UInt64 = at.loadLittle(VPELayout.sequenceOffset)
      return known.transport == .vpeTransportA ? sequence & VPETransportLayout.lastNumber : sequence
    }
    let low: UInt32 = at.loadBig(ESPLayout.sequenceOffset)
    guard association.usesESN else { return UInt64(low) }
    return OpenAssociation.extended(low, held(WindowScope(receiver: receiver, window: 0))?.window ?? unseen)
  }

  /// Another number that the packet may have, from below the window: where a receiver gives it up for one far
  /// ahead, which its integrity check value does not fit, it can be told that it is too old.
  func olderNumber(_ packet: UnsafeRawBufferPointer, to receiver: IPAddress) -> UInt64? {
    guard case .esp(let association, _) = known.format, association.usesESN else { return nil }
    let number = number(packet, to: receiver)
    let top = held(WindowScope(receiver: receiver, window: 0))?.window.top ?? unseen.top
    return number > top && number >= 1 << 32 ? number - (1 << 32) : nil
  }

  /// As RFC 4303 appendix A2.2 infers it, but that there is nothing below 0 and above 2^64.
  private static func extended(_ low: UInt32, _ window: ReplayWindow) -> UInt64 {
    let number = window.extended(low: low)
    let distance = max(number, window.top) - min(number, window.top)
    guard distance > 1 << 32 else { return number }
    return window.top & ~0xFFFF_FFFF | UInt64(low)
  }

  // MARK: - Open

  /// Opens a whole packet in place.
  /// - Parameter number: its own.
  func open(_ packet: UnsafeMutableRawBufferPointer, number: UInt64, to receiver: IPAddress) -> Opening {
    let at = packet.baseAddress.unsafelyUnwrapped
    switch known.format {
    case .esp(let association, _):
      let sealed = packet.count - ESPLayout.headerBytes - known.icvBytes
      guard sealed >= ESPLayout.trailerBytes else { return .tooShort }
      guard opensESP(packet, association, number: number, icvBytes: known.icvBytes) else { return .forged }
      return authentic(
        number, receiver, at + ESPLayout.headerBytes, sealed,
        .trailer(isTunnel: known.transport != .espTransport))
    case .vpe(let association):
      let kind: Plaintext.Kind =
        switch known.transport {
        // Authentic with the nonce, which it is a part of.
        case .vpeTransportA: .payload(next: at.load(fromByteOffset: VPELayout.spiOffset - 1, as: UInt8.self))
        case .vpeTransportB: .wordAndPayload
        default: .packet
        }
      let least = VPELayout.headerBytes + (kind == .wordAndPayload ? VPETransportLayout.nextBytes : 0)
      guard packet.count >= least else { return .tooShort }
      let id: UInt16 = at.loadLittle(VPELayout.windowOffset)
      guard Int(id) < association.windows else { return .unknownWindow }
      let inner = at + VPELayout.headerBytes
      let count = packet.count - VPELayout.headerBytes
      guard
        aead.open(
          inner, count: count, nonce: at, additional: nil, additionalCount: 0, tag: at + VPELayout.icvOffset)
      else { return .forged }
      return authentic(number, receiver, window: id, inner, count, kind)
    case .other: preconditionFailure("FormatDecoder opens packets of other formats")
    }
  }

  /// The length of an integrity check value, but not the association's, with which a packet is authentic.
  func otherICV(_ packet: UnsafeRawBufferPointer, to receiver: IPAddress) -> Int? {
    guard case .esp(let association, _) = known.format, known.algorithm != .chaCha20Poly1305 else {
      return nil
    }
    let number = number(packet, to: receiver)
    return [16, 12, 8].first { count in
      guard count != known.icvBytes, packet.count >= ESPLayout.headerBytes + count else { return false }
      var copy = Array(packet)
      return copy.withUnsafeMutableBytes { opensESP($0, association, number: number, icvBytes: count) }
    }
  }

  /// Authenticates and decrypts (RFC 4106 sections 3 to 5).
  private func opensESP(
    _ packet: UnsafeMutableRawBufferPointer, _ association: ESPAssociation, number: UInt64, icvBytes: Int
  ) -> Bool {
    let at = packet.baseAddress.unsafelyUnwrapped
    let iv = at.loadUnaligned(fromByteOffset: ESPLayout.ivOffset, as: UInt64.self)
    var nonce = SIMD2(UInt64(association.salt.bigEndian) | iv << 32, iv >> 32)
    let sent = number.bigEndian
    let afterSPI = association.usesESN ? sent << 32 : sent & 0xFFFF_FFFF_0000_0000
    var additional = SIMD2(UInt64(association.spi.bigEndian) | afterSPI, sent >> 32)
    let sealed = packet.count - ESPLayout.headerBytes - icvBytes
    return aead.open(
      at + ESPLayout.headerBytes, count: sealed, nonce: &nonce, additional: &additional,
      additionalCount: association.usesESN ? 12 : 8, tag: at + ESPLayout.headerBytes + sealed,
      tagBytes: icvBytes)
  }

  private func authentic(
    _ number: UInt64, _ receiver: IPAddress, window id: UInt16 = 0, _ start: UnsafeMutableRawPointer,
    _ count: Int, _ kind: Plaintext.Kind
  ) -> Opening {
    let scope = WindowScope(receiver: receiver, window: id)
    let held = held(scope) ?? Held(OpenAssociation.window(known))
    if last?.held !== held {
      windows[scope] = held
      last = (scope, held)
    }
    let freshness = held.window.checkAndMark(number)
    let bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
    return .authentic(freshness, Plaintext(bytes: bytes, kind: kind))
  }
}
