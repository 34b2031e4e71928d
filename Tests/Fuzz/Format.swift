import Cases
import Crypto
import Glibc
import TestSupport
import Tunnel
import Wire

/// A format, as both ends of an association have it.
struct Format {
  let aead: AEAD
  private let cipher: AEADAlgorithm
  let isVPE: Bool
  let usesESN: Bool
  /// A registered format beside ESP and VPE.
  let other: OtherEnds?
  /// Whether a packet that comes again is refused.
  var refusesReplays: Bool { other?.refusesReplays ?? true }

  private var esp: ESPAssociation {
    ESPAssociation(spi: 0x0100_1000, salt: 0xA1A2_A3A4, usesESN: usesESN)
  }
  private let vpe = VPEAssociation(spi: 0x0100_1000, sender: 1, windows: 4)

  init(aead: AEAD, cipher: AEADAlgorithm, isVPE: Bool, usesESN: Bool) {
    (self.aead, self.cipher) = (aead, cipher)
    self.isVPE = isVPE
    self.usesESN = usesESN
    other = nil
  }

  /// One of the registered formats of tunnels beside ESP and VPE, or what many senders send in one.
  init(aead: AEAD, cipher: AEADAlgorithm, other index: Int, scratch: AEADScratch) {
    (self.aead, self.cipher) = (aead, cipher)
    (isVPE, usesESN) = (false, true)
    let (names, groups) = (Self.names, Self.groups)
    other =
      index < names.count
      ? names[index].visit(MakeEnds(scratch: scratch, cipher: cipher))
      : groups[index - names.count].visitGroup(MakeGroup(scratch: scratch, cipher: cipher))
  }

  private static let names = FormatName.ofTunnels.filter { ![.esp, .vpe].contains($0) }
  private static let groups = FormatName.allCases.filter(\.isForGroups)
  /// How many these are.
  static let others = names.count + groups.count

  /// A receiver that has seen nothing yet.
  func opener() -> Receiver {
    if let other { return other.opener() }
    if isVPE { return Receiver(vpe: VPEWindows(count: 4, size: 64) { $0 != 3 }, vpe, aead) }
    return Receiver(esp: ReplayWindow(size: 64), esp, aead)
  }

  /// What a receiver that has seen nothing yet delivers of a packet whose last piece begins at `cut`; nil
  /// where it refuses it. Of ESP or VPE.
  func openedInPieces(_ packet: [UInt8], cut: Int) -> [UInt8]? {
    let scattered = Scattered(packet, cuts: [cut])
    func opened<Opener: SegmentOpener>(_ opener: Opener) -> [UInt8]? {
      var (opener, work) = (opener, PacketWork())
      let reason = withUnsafeMutablePointer(to: &work) {
        opener.prepare(scattered.list, in: $0)
        return opener.open(scattered.list, $0)
      }
      return reason == .none ? scattered.contents : nil
    }
    if isVPE {
      let windows = VPEWindows(count: 4, size: 64) { $0 != 3 }
      defer { windows.deallocate() }
      return opened(VPE.segmentOpener(VPEOpener(vpe, aead: aead, windows: windows), cipher))
    }
    let window = ReplayWindow(size: 64)
    defer { window.deallocate() }
    return opened(ESP.segmentOpener(ESPOpener(esp, aead: aead, window: window), cipher))
  }

  /// The packet with number 1 around an inner packet.
  func sealed(_ inner: [UInt8]) -> [UInt8] {
    if let other { return other.sealed(inner) }
    let head = max(ESPSealer.headerBytes, VPESealer.headerBytes)
    let tail = max(ESPSealer.tailroomBytes, VPESealer.tailroomBytes)
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: head + inner.count + tail, alignment: 1)
    defer { buffer.deallocate() }
    (buffer + head).copyMemory(from: inner, byteCount: inner.count)
    var espSealer = ESPSealer(esp, aead: aead)
    var vpeSealer = VPESealer(vpe, window: 0, aead: aead)
    let result =
      isVPE
      ? vpeSealer.seal(buffer + head, count: inner.count)
      : espSealer.seal(buffer + head, count: inner.count)
    must(result.reason == .none, "a packet was not sealed")
    return bytes(at: result.start, result.count)
  }

  /// An authentic packet of number 1 around whatever is encrypted, put together by hand.
  /// - Parameter next: the number's highest byte, where proposal A has the next header.
  func crafted(_ plain: [UInt8], next: UInt8 = 0) -> [UInt8] {
    var text = plain
    var tag = [UInt8](repeating: 0, count: 16)
    let spi: [UInt8] = [1, 0, 0x10, 0]
    let number: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
    let nonce: [UInt8] =
      isVPE ? [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, next] : [0xA1, 0xA2, 0xA3, 0xA4] + number
    let additional = isVPE ? [] : spi + (usesESN ? number : Array(number.suffix(4)))
    text.withUnsafeMutableBytes { text in
      var none: UInt8 = 0
      withUnsafeMutableBytes(of: &none) { none in
        aead.seal(
          text.baseAddress ?? none.baseAddress!, count: text.count, nonce: nonce, additional: additional,
          additionalCount: additional.count, tag: &tag)
      }
    }
    if isVPE { return nonce + spi.reversed() + tag + text }
    return spi + number.suffix(4) + number + text + tag
  }

  /// What a receiver has to deliver of an authentic packet; nil where it has to refuse it.
  func inner(of plain: [UInt8]) -> [UInt8]? {
    var plain = plain
    var version: UInt8?
    if !isVPE {
      guard let next = takeTrailer(&plain), next == 4 || next == 41 else { return nil }
      version = next == 4 ? 4 : 6
    }
    guard let length = packetLength(plain), version == nil || plain[0] >> 4 == version else { return nil }
    return Array(plain.prefix(length))
  }
}

/// The next header of ESP's plaintext, which loses its trailer; nil where the padding is wrong.
func takeTrailer(_ plain: inout [UInt8]) -> UInt8? {
  guard plain.count >= 2, plain.count % 4 == 0 else { return nil }
  let next = plain.removeLast()
  let pad = Int(plain.removeLast())
  guard pad <= plain.count, plain.suffix(pad).elementsEqual((0..<pad).map { UInt8($0 + 1) }) else {
    return nil
  }
  plain.removeLast(pad)
  return next
}

/// Both ends of an association of any format, without its type.
struct OtherEnds {
  let refusesReplays: Bool
  let sealed: ([UInt8]) -> [UInt8]
  let opener: () -> Receiver
}

private struct MakeEnds: FormatVisitor {
  typealias Failure = Never
  let scratch: AEADScratch
  let cipher: AEADAlgorithm

  func visit<Format: TunnelFormat>(_ format: Format.Type) -> OtherEnds {
    // What has not all ciphers is given one that it has.
    let cipher = format.ciphers.contains(cipher) ? cipher : format.ciphers[0]
    let secret = KeyBytes((0..<format.secretBytes(cipher)).map { UInt8($0) ^ 0x5A })
    let terms = TunnelTerms(spi: 0x0100_1000, windows: 4, cipher: cipher)
    guard let material = try? format.material(secret, terms), let keys = try? material.expanded() else {
      fatalError("intel-ipsec-mb does not start")
    }
    let (association, aead) = (format.association(material.terms), keys.aead(scratch))
    return OtherEnds(refusesReplays: format.refusesReplays) { inner in
      let (head, tail) = (Format.Sealer.headerBytes, Format.Sealer.tailroomBytes)
      let buffer = UnsafeMutableRawPointer.allocate(byteCount: head + inner.count + tail, alignment: 1)
      defer { buffer.deallocate() }
      (buffer + head).copyMemory(from: inner, byteCount: inner.count)
      var sealer = format.sealer(association, window: 0, aead: aead, sequence: 0)
      let result = withExtendedLifetime(keys) { sealer.seal(buffer + head, count: inner.count) }
      must(result.reason == .none, "a packet was not sealed")
      return bytes(at: result.start, result.count)
    } opener: {
      let ownership = WindowOwnership(count: 4, size: 64) { $0 != 3 }
      let memory = UnsafeMutableRawPointer.allocateLines(format.windowBytes(ownership))
      var opener = format.opener(association, aead: aead, ownership, top: 0, in: memory)
      return Receiver { packet, count in
        withExtendedLifetime(keys) { opener.open(packet, count: count) }
      } free: {
        memory.deallocate()
        ownership.deallocate()
      }
    }
  }
}

/// One of many senders, and a receiver of all of them.
private struct MakeGroup: GroupVisitor {
  typealias Failure = Never
  let scratch: AEADScratch
  let cipher: AEADAlgorithm

  func visit<Format: GroupFormat>(_ format: Format.Type) -> OtherEnds {
    let one = MakeEnds(scratch: scratch, cipher: cipher).visit(format)
    let secret = KeyBytes((0..<format.secretBytes(cipher)).map { UInt8($0) ^ 0x5A })
    let terms = TunnelTerms(spi: 0x0100_1000, windows: 4, cipher: cipher)
    guard let material = try? format.material(secret, terms), let keys = try? material.expanded() else {
      fatalError("intel-ipsec-mb does not start")
    }
    return OtherEnds(refusesReplays: one.refusesReplays, sealed: one.sealed) {
      let ownership = WindowOwnership(count: 4, size: 64) { $0 != 3 }
      let bytes = GroupWindows.memoryBytes(capacity: 2, identities: 16, ownership)
      let memory = UnsafeMutableRawPointer.allocateLines(bytes)
      let windows = GroupWindows(capacity: 2, identities: 16, ownership, in: memory)
      var opener = GroupOpener<Format>(terms, aead: keys.aead(scratch), windows: windows)
      return Receiver { packet, count in
        withExtendedLifetime(keys) { opener.open(packet, count: count) }
      } free: {
        memory.deallocate()
        ownership.deallocate()
      }
    }
  }
}

/// An opener of a format with its window.
struct Receiver {
  private var other: (open: (UnsafeMutableRawPointer, Int) -> Opened, free: () -> Void)?
  private var esp: ESPOpener?
  private var vpe: VPEOpener?
  private var windows: VPEWindows?

  init(open: @escaping (UnsafeMutableRawPointer, Int) -> Opened, free: @escaping () -> Void) {
    other = (open, free)
  }

  init(esp window: ReplayWindow, _ association: ESPAssociation, _ aead: AEAD) {
    esp = ESPOpener(association, aead: aead, window: window)
  }

  init(vpe windows: VPEWindows, _ association: VPEAssociation, _ aead: AEAD) {
    self.windows = windows
    vpe = VPEOpener(association, aead: aead, windows: windows)
  }

  func deallocate() {
    other?.free()
    esp?.window.deallocate()
    windows?.deallocate()
  }

  mutating func open(_ packet: UnsafeMutableRawPointer, _ count: Int) -> Opened {
    if let other { return other.open(packet, count) }
    if esp != nil { return esp!.open(packet, count: count) }
    return vpe!.open(packet, count: count)
  }
}

/// The memory that a packet lies in when it is opened.
enum PacketMemory: CaseIterable {
  /// Before a page that must not be touched.
  case end
  /// Behind one.
  case start
  /// In an allocation of its own, whose borders AddressSanitizer knows.
  case heap
}

extension GuardedMemory {
  /// Hands a copy of the packet to `body`; what lies beside it must stay as it is.
  func with(_ packet: [UInt8], _ kind: PacketMemory, _ body: (UnsafeMutableRawPointer) -> Void) {
    if kind == .heap {
      guard let at = malloc(max(packet.count, 1)) else { fatalError("no memory") }
      defer { free(at) }
      at.copyMemory(from: packet, byteCount: packet.count)
      return body(at)
    }
    let at = self.put(packet, atStart: kind == .start)
    let room = min(64, count - packet.count)
    let canary = kind == .start ? at + packet.count : at - room
    memset(canary, 0xC5, room)
    body(at)
    must(bytes(at: canary, room).allSatisfy { $0 == 0xC5 }, "written beside the packet")
  }
}
