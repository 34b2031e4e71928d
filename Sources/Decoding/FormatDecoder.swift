import Crypto
import Tunnel
import Wire

/// Decodes packets of registered formats beside ESP and VPE, in which a packet says all that is needed to
/// open it: with the format's own opener, once with a window that has seen nothing, to tell what is
/// authentic, and once with the receiver's.
final class FormatDecoder {
  private var associations: [any FormatReceiver] = []
  private var destinations: [IPAddress?] = []
  /// Opening is in place.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: CaptureReader.most, alignment: 64)

  /// - Parameter known: of which those of other formats are passed over.
  init(_ known: [KnownAssociation]) throws {
    for association in known {
      guard case .other(let format, _) = association.format else { continue }
      associations.append(try format.visit(MakeReceiver(known: association)))
      destinations.append(association.destination)
    }
  }

  deinit { buffer.deallocate() }

  /// Tells what a packet is.
  /// - Parameter count: its bytes, of which `bytes` were captured.
  /// - Returns: nil if no association has its SPI.
  func decode(
    _ bytes: UnsafeRawBufferPointer, of count: Int, to receiver: IPAddress, _ line: inout Line
  ) -> PacketVerdict? {
    var first: (any FormatReceiver)?
    for (association, destination) in zip(associations, destinations)
    where destination ?? receiver == receiver && association.mayHave(bytes) {
      first = first ?? association
      guard bytes.count == count else { break }
      guard let plain = association.open(bytes, to: receiver, buffer) else { continue }
      line.add(" ")
      association.describe(bytes, &line)
      return describe(plain, &line)
    }
    guard let first else { return nil }
    line.add(" ")
    first.describe(bytes, &line)
    guard bytes.count == count else {
      line.add(": ")
      line.add(cutOff: bytes.count, of: count)
      return .cutOff
    }
    line.add(": not authentic")
    return .forged
  }

  private func describe(_ packet: OpenedPacket, _ line: inout Line) -> PacketVerdict {
    let plain = UnsafeMutableRawBufferPointer(start: packet.opened.start, count: packet.opened.count)
    switch packet.opened.reason {
    case .none: return Plaintext(bytes: plain, kind: .packet).describe(packet.freshness, in: nil, &line)
    case .keepalive:
      line.add(": authentic, a keepalive")
      return packet.freshness == .none ? .keepalive : packet.freshness == .replayed ? .replayed : .tooOld
    default:
      line.add(": authentic, but malformed")
      return .malformed
    }
  }
}

/// An authentic packet.
struct OpenedPacket {
  /// What was within; `reason` is why the receiver refuses that.
  let opened: Opened
  /// What the receiver's window says of its number.
  let freshness: DropReason
}

/// The receivers of an association of any format.
protocol FormatReceiver: AnyObject {
  /// Whether a packet has the association's SPI.
  func mayHave(_ packet: UnsafeRawBufferPointer) -> Bool
  /// Opens a copy in `buffer`; nil if it is not authentic.
  func open(
    _ packet: UnsafeRawBufferPointer, to receiver: IPAddress, _ buffer: UnsafeMutableRawBufferPointer
  ) -> OpenedPacket?
  /// Adds what a packet's header says.
  func describe(_ packet: UnsafeRawBufferPointer, _ line: inout Line)
}

private struct MakeReceiver: FormatVisitor {
  typealias Failure = any Error
  let known: KnownAssociation

  func visit<Format: TunnelFormat>(_ format: Format.Type) throws -> any FormatReceiver {
    try Receiver<Format>(known)
  }
}

private final class Receiver<Format: TunnelFormat>: FormatReceiver {
  private let key: AEADKeys
  private let scratch: AEADScratch
  /// With what follows from the secret.
  private let terms: TunnelTerms
  private let ownership: WindowOwnership
  private var memories: [UnsafeMutableRawPointer] = []
  private let unseen: UnsafeMutableRawPointer
  private var openers: [WindowScope: Format.Opener] = [:]

  /// A replay window is of a receiver and, where many senders have one key, of a Sender ID.
  private struct WindowScope: Hashable {
    let receiver: IPAddress
    let sender: UInt16
  }

  init(_ known: KnownAssociation) throws {
    guard case .other(_, let terms) = known.format else {
      preconditionFailure("ESP and VPE have a decoder of their own")
    }
    let material = try Format.material(known.key, terms)
    self.terms = material.terms
    key = try material.expanded()
    scratch = try AEADScratch()
    ownership = WindowOwnership(count: terms.windows, size: known.windowSize) { _ in true }
    unseen = .allocateLines(Format.windowBytes(ownership))
  }

  deinit {
    memories.forEach { $0.deallocate() }
    unseen.deallocate()
    ownership.deallocate()
  }

  private func opener(of sender: UInt16, in memory: UnsafeMutableRawPointer) -> Format.Opener {
    var terms = terms
    if Format.senderEnd > 0 { terms.sender = sender }
    return Format.opener(
      Format.association(terms), aead: key.aead(scratch), ownership, top: 0, in: memory)
  }

  func mayHave(_ packet: UnsafeRawBufferPointer) -> Bool {
    guard packet.count >= Format.Sealer.headerBytes, let at = packet.baseAddress else { return false }
    return Format.Opener.spi(at) == terms.spi
  }

  func open(
    _ packet: UnsafeRawBufferPointer, to receiver: IPAddress, _ buffer: UnsafeMutableRawBufferPointer
  ) -> OpenedPacket? {
    guard let at = buffer.baseAddress, let start = packet.baseAddress else { return nil }
    let scope = WindowScope(receiver: receiver, sender: Format.sender(start))
    func attempt(_ opener: inout Format.Opener) -> Opened {
      buffer.copyMemory(from: packet)
      return opener.open(at, count: packet.count)
    }
    // A window is made with the first authentic packet: whoever has no key cannot make any.
    var fresh = opener(of: scope.sender, in: unseen)
    guard openers[scope] != nil || attempt(&fresh).isAuthentic else { return nil }
    var own = openers[scope] ?? newOpener(of: scope.sender)
    let freshness = attempt(&own).reason
    openers[scope] = own
    // Last, for what it leaves in the buffer is what is told.
    fresh = opener(of: scope.sender, in: unseen)
    let opened = attempt(&fresh)
    guard opened.isAuthentic else { return nil }
    let isSeen = freshness == .replayed || freshness == .tooOld
    return OpenedPacket(opened: opened, freshness: isSeen ? freshness : .none)
  }

  private func newOpener(of sender: UInt16) -> Format.Opener {
    let memory = UnsafeMutableRawPointer.allocateLines(Format.windowBytes(ownership))
    memories.append(memory)
    return opener(of: sender, in: memory)
  }

  func describe(_ packet: UnsafeRawBufferPointer, _ line: inout Line) {
    line.add(Format.name)
    line.add(" ")
    line.add(hex: terms.spi)
    if Format.senderEnd > 0 {
      line.add(" sender ")
      line.add(Format.sender(packet.baseAddress.unsafelyUnwrapped))
    }
    if Format.windowEnd > 0 {
      line.add(" window ")
      line.add(Format.window(packet.baseAddress.unsafelyUnwrapped))
    }
    line.add(" #")
    line.add(Format.number(packet.baseAddress.unsafelyUnwrapped))
  }
}

extension Opened {
  /// Whether the receiver has found the packet authentic, whatever else it thought of it.
  fileprivate var isAuthentic: Bool {
    switch reason {
    case .none, .padding, .nextHeader, .dummy, .innerVersion, .innerLength, .keepalive: true
    default: false
    }
  }
}
