import Cases
import Crypto
import TestSupport
import Tunnel

/// Packets in transport mode, whose IP header is not authentic: what stands in it may be another, and the
/// packet be opened all the same, with that header. What comes behind it may not.
///
/// | kind | rest |
/// |---|---|
/// | 0 | a packet as it arrives |
/// | 1 | changes to a packet that was sealed, and whether its checksum is left wrong, then its inner packet |
/// | 2, 3 | next header, what is encrypted and authenticated by somebody who has the key but not the format |
struct TransportFuzzer {
  static let formats = [FormatName.espTransport, .vpeTransportA, .vpeTransportB]

  private let format: FormatName
  /// What has the same header, as a tunnel's.
  private let tunnel: Format
  private let ends: Ends
  private let memory: GuardedMemory

  /// What both ends of an association do, without the format's type.
  struct Ends {
    /// nil where the packet is refused.
    let sealed: ([UInt8]) -> [UInt8]?
    let opener: () -> Receiver
  }

  init(
    _ index: Int, _ aead: AEAD, _ cipher: AEADAlgorithm, _ scratch: AEADScratch, _ memory: GuardedMemory
  ) {
    format = Self.formats[index]
    tunnel = Format(aead: aead, cipher: cipher, isVPE: format != .espTransport, usesESN: true)
    ends = format.visit(MakeTransport(aead: aead, cipher: cipher))
    self.memory = memory
  }

  func run(_ input: Input, kind: UInt8) {
    switch kind {
    case 0: arrives(Array(input.rest))
    case 1: forged(input)
    default: within(input)
    }
  }

  // MARK: - Kinds

  private func arrives(_ packet: [UInt8]) {
    guard packet.count < memory.count else { return }
    must(opened(packet) == nil, "a packet that nobody sealed was opened")
  }

  private func forged(_ input: Input) {
    var input = input
    let choice = input.byte()
    let changes = (0..<Int(choice & 7)).map { _ in (Int(input.word()), input.byte()) }
    let growth = Int(Int8(bitPattern: input.byte()))
    guard let inner = wholePacket(Array(input.rest)), inner.count < 60000 else { return }
    let isIPv6 = inner[0] >> 4 == 6
    let (size, next) = (isIPv6 ? 40 : 20, inner[isIPv6 ? 6 : 9])
    let isWhole =
      isIPv6
      ? ![0, 43, 44].contains(next) : inner[0] == 0x45 && inner[6] & 0x3F == 0 && inner[7] == 0
    let sealed = ends.sealed(inner)
    must((sealed != nil) == isWhole, "sealed is \(sealed != nil)")
    guard let sealed else { return }
    let allowed = format == .espTransport && next == 59 ? nil : packet(inner, size, next, inner[size...])
    must(opened(sealed) == allowed, "another packet was delivered")

    var other = sealed
    if growth < 0 { other.removeLast(min(-growth, other.count)) }
    if growth > 0 { other += (0..<growth).map { UInt8($0) } }
    for (offset, change) in changes where !other.isEmpty { other[offset % other.count] ^= change }
    // So that more than one change in a thousand comes further than the checksum.
    if !isIPv6, other.count >= 20, choice & 8 == 0 { repair(&other) }
    guard other != sealed, let delivered = opened(other) else { return }
    must(other.count == sealed.count && other[size...] == sealed[size...], "a changed packet was opened")
    must(other[0] >> 4 == inner[0] >> 4 && (isIPv6 || other[0] == 0x45), "another version was opened")
    must(other[isIPv6 ? 6 : 9] == 50, "another protocol was opened")
    must(isIPv6 || sum(other) == 0xFFFF, "a wrong checksum was passed over")
    must(isIPv6 || other[6] & 0x3F == 0 && other[7] == 0, "a fragment was opened")
    must(delivered == packet(other, size, next, inner[size...]), "another packet was delivered")
  }

  private func within(_ input: Input) {
    var input = input
    let isIPv6 = input.byte() & 1 != 0
    var next = input.byte()
    var plain = Array(input.rest)
    guard plain.count < 60000 else { return }
    let sealed = tunnel.crafted(plain, next: format == .vpeTransportA ? next : 0)
    let size = isIPv6 ? 40 : 20
    let header: [UInt8] =
      (isIPv6 ? [0x60, 0, 0, 0, 0, 0, 50, 64] : [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 50])
      + [UInt8](repeating: 1, count: isIPv6 ? 32 : 10)
    let arriving = packet(header, size, 50, sealed[...])
    var isRight = true
    switch format {
    case .espTransport:
      let found = takeTrailer(&plain)
      next = found ?? 59
      isRight = next != 59
    case .vpeTransportB:
      isRight = plain.count >= 4 && plain[1..<4] == [0, 0, 0]
      next = plain.first ?? 0
      plain = Array(plain.dropFirst(4))
    default: break
    }
    let allowed = isRight ? packet(header, size, next, plain[...]) : nil
    must(opened(arriving) == allowed, "another packet was delivered")
  }

  // MARK: - Packets

  /// What a receiver that has seen nothing delivers, which is the same in any memory; a copy is refused.
  private func opened(_ packet: [UInt8]) -> [UInt8]? {
    var delivered: [[UInt8]?] = []
    for kind in PacketMemory.allCases {
      var opener = ends.opener()
      defer { opener.deallocate() }
      memory.with(packet, kind) { at in
        let opened = opener.open(at, packet.count)
        guard opened.reason == .none else { return delivered.append(nil) }
        must(opened.start >= at && opened.start + opened.count <= at + packet.count, "it lies outside")
        must(opened.version == bytes(at: opened.start, 1)[0] >> 4, "another version was told")
        delivered.append(bytes(at: opened.start, opened.count))
      }
      guard delivered.last != .some(nil) else { continue }
      memory.with(packet, kind) { at in
        must(opener.open(at, packet.count).reason == .replayed, "a packet was opened twice")
      }
    }
    must(Set(delivered).count == 1, "it matters where the packet lies")
    return delivered[0]
  }

  /// A header with another protocol and payload, written anew.
  private func packet(
    _ header: [UInt8], _ size: Int, _ next: UInt8, _ payload: ArraySlice<UInt8>
  ) -> [UInt8] {
    var packet = header.prefix(size) + payload
    let length = size == 40 ? payload.count : packet.count
    let offset = size == 40 ? 4 : 2
    packet[offset] = UInt8(length >> 8)
    packet[offset + 1] = UInt8(length & 0xFF)
    packet[size == 40 ? 6 : 9] = next
    var all = Array(packet)
    if size == 20 { repair(&all) }
    return all
  }

  private func sum(_ header: [UInt8]) -> Int {
    var sum = stride(from: 0, to: 20, by: 2).reduce(0) { $0 + Int(header[$1]) << 8 + Int(header[$1 + 1]) }
    while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
    return sum
  }

  private func repair(_ packet: inout [UInt8]) {
    (packet[10], packet[11]) = (0, 0)
    let sum = ~self.sum(packet)
    (packet[10], packet[11]) = (UInt8(sum >> 8 & 0xFF), UInt8(sum & 0xFF))
  }
}

private struct MakeTransport: FormatVisitor {
  typealias Failure = Never
  let aead: AEAD
  let cipher: AEADAlgorithm

  func visit<Format: TunnelFormat>(_ format: Format.Type) -> TransportFuzzer.Ends {
    let terms = TunnelTerms(spi: 0x0100_1000, salt: 0xA1A2_A3A4, windows: 4, cipher: cipher)
    let (association, aead) = (format.association(terms), aead)
    return TransportFuzzer.Ends { inner in
      let (head, tail) = (Format.Sealer.headerBytes, Format.Sealer.tailroomBytes)
      let buffer = UnsafeMutableRawPointer.allocate(byteCount: head + inner.count + tail, alignment: 1)
      defer { buffer.deallocate() }
      (buffer + head).copyMemory(from: inner, byteCount: inner.count)
      var sealer = format.sealer(association, window: 0, aead: aead, sequence: 0)
      let result = sealer.seal(buffer + head, count: inner.count)
      return result.reason == .none ? bytes(at: result.start, result.count) : nil
    } opener: {
      let ownership = WindowOwnership(count: 4, size: 64) { $0 != 3 }
      let memory = UnsafeMutableRawPointer.allocateLines(format.windowBytes(ownership))
      var opener = format.opener(association, aead: aead, ownership, top: 0, in: memory)
      return Receiver { packet, count in
        opener.open(packet, count: count)
      } free: {
        memory.deallocate()
        ownership.deallocate()
      }
    }
  }
}
