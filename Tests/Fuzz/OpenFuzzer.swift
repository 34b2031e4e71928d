import Cases
import Crypto
import Glibc
import Roles
import TestSupport
import Tunnel
import Wire

/// The way of a packet from the black link: outer headers, then a format. Where the first byte names neither
/// ESP nor VPE, the second chooses one of the others, or transport mode (`TransportFuzzer`).
///
/// The first byte chooses format, cipher, and what the rest of the input is:
///
/// | kind | rest |
/// |---|---|
/// | frame | the frame as it arrives |
/// | packet | what follows the outer headers, as it arrives |
/// | forged | changes to a packet sealed with the key, then its inner packet |
/// | within | what is encrypted and authenticated, by somebody who has the key but not the format |
///
/// Each is opened three times: between pages that must not be touched, at the end and at the start (the
/// cipher's assembly is not instrumented), and in an allocation of its own under AddressSanitizer.
final class OpenFuzzer {
  /// libFuzzer has one thread.
  nonisolated(unsafe) static let shared = OpenFuzzer()

  private let keys: [AEADKey]
  private let scratch: AEADScratch
  let memory = GuardedMemory(count: 1 << 16)
  private static let address: UInt32 = 0xC000_0202
  private static let address6 = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 2)

  private init() {
    guard let scratch = try? AEADScratch() else { fatalError("intel-ipsec-mb does not start") }
    self.scratch = scratch
    keys = AEADAlgorithm.allCases.compactMap {
      try? AEADKey($0, bytes: (0..<$0.keyBytes).map { UInt8($0) ^ 0x5A })
    }
  }

  func run(_ input: Input) {
    var input = input
    let choice = input.byte()
    let key = keys[Int(choice >> 2 & 3) % keys.count]
    let aead = AEAD(key, scratch: scratch)
    if choice & 3 == 3 {
      let index = Int(input.byte()) % (Format.others + TransportFuzzer.formats.count)
      if index >= Format.others {
        TransportFuzzer(index - Format.others, aead, key.algorithm, scratch, memory)
          .run(input, kind: choice >> 4 & 3)
        return
      }
      let other = Format(aead: aead, cipher: key.algorithm, other: index, scratch: scratch)
      switch choice >> 4 & 1 {
      case 0: refused(Array(input.rest), other)
      default: forged(input, other, isUDP: choice & 0x40 != 0)
      }
      return
    }
    let format = Format(
      aead: aead, cipher: key.algorithm, isVPE: choice & 1 != 0, usesESN: choice & 2 != 0)
    switch choice >> 4 & 3 {
    case 0: frame(input, format, isUDP: choice & 0x40 != 0, fixesSum: choice & 0x80 != 0)
    case 1: refused(Array(input.rest), format)
    case 2: forged(input, format, isUDP: choice & 0x40 != 0)
    default: within(Array(input.rest), format, congestion: choice >> 6)
    }
  }

  // MARK: - Kinds

  private func frame(_ input: Input, _ format: Format, isUDP: Bool, fixesSum: Bool) {
    var frame = Array(input.rest)
    guard frame.count < memory.count else { return }
    if fixesSum, frame.count >= 34, frame[12] == 8 {
      frame.withUnsafeMutableBytes { bytes in
        let ip = bytes.baseAddress! + Ethernet.headerBytes
        ip.storeBig(UInt16(0), IPv4.checksumOffset)
        ip.storeBig(Checksum.ofHeader20(UnsafeRawPointer(ip)), IPv4.checksumOffset)
      }
    }
    // The frame's type chooses which version the receiver has.
    let isIPv6 = frame.dropFirst(Ethernet.typeOffset).starts(with: [0x86, 0xDD])
    let port: UInt16? = isUDP ? 4500 : nil
    let check =
      isIPv6
      ? OuterCheck(address: Self.address6, protocol: 50, udpPort: port)
      : OuterCheck(address: Self.address, protocol: 50, udpPort: port)
    for kind in PacketMemory.allCases {
      memory.with(frame, kind) { at in
        let found = check.find(in: at, count: frame.count)
        guard found.reason == .none else { return }
        must(
          found.start >= at + Ethernet.headerBytes + IPv4.headerBytes && found.count >= 0
            && found.start + found.count <= at + frame.count, "the packet lies outside of the frame")
        var opener = format.opener()
        defer { opener.deallocate() }
        must(opener.open(found.start, found.count).reason != .none, "a packet that nobody sealed was opened")
      }
    }
  }

  private func refused(_ packet: [UInt8], _ format: Format) {
    guard packet.count < memory.count else { return }
    for kind in PacketMemory.allCases {
      var opener = format.opener()
      defer { opener.deallocate() }
      memory.with(packet, kind) { at in
        must(opener.open(at, packet.count).reason != .none, "a packet that nobody sealed was opened")
      }
    }
  }

  private func forged(_ input: Input, _ format: Format, isUDP: Bool) {
    var input = input
    let changes = (0..<Int(input.byte() & 7)).map { _ in (Int(input.word()), input.byte()) }
    let growth = Int(Int8(bitPattern: input.byte()))
    guard let inner = wholePacket(Array(input.rest)), inner.count < 60000 else { return }
    let sealed = format.sealed(inner)
    // What begins with the non-ESP marker (RFC 3948, 2.2) cannot lie in UDP: rungs of the ladder, of which no
    // gateway is made.
    let isUDP = isUDP && sealed.prefix(4) != [0, 0, 0, 0]
    let frame = framed(sealed, isUDP: isUDP)
    var other = sealed
    if growth < 0 { other.removeLast(min(-growth, other.count)) }
    if growth > 0 { other += (0..<growth).map { UInt8($0) } }
    for (offset, change) in changes where !other.isEmpty { other[offset % other.count] ^= change }
    inPieces(other, format, other == sealed ? inner : nil)
    for kind in PacketMemory.allCases {
      var opener = format.opener()
      defer { opener.deallocate() }
      if other != sealed {
        memory.with(other, kind) { at in
          must(opener.open(at, other.count).reason != .none, "a changed packet was opened")
        }
      }
      // Neither was the window moved, nor does anything else keep the honest packet from getting through.
      let check = OuterCheck(address: Self.address, protocol: 50, udpPort: isUDP ? 4500 : nil)
      for isFirst in [true, false] {
        memory.with(frame, kind) { at in
          let found = check.find(in: at, count: frame.count)
          must(found.reason == .none && found.count == sealed.count, "an honest frame was refused")
          let opened = opener.open(found.start, found.count)
          guard isFirst || !format.refusesReplays else {
            return must(opened.reason == .replayed, "a packet was opened twice")
          }
          must(opened.reason == .none && opened.version == inner[0] >> 4, "an honest packet was refused")
          must(bytes(at: opened.start, opened.count) == inner, "another packet was delivered")
        }
      }
    }
  }

  /// In two pieces a packet comes to the same as in one, wherever among its last bytes the second begins.
  private func inPieces(_ packet: [UInt8], _ format: Format, _ allowed: [UInt8]?) {
    guard format.other == nil else { return }
    // The first holds both headers.
    for back in [1, 3, 17, 40] where packet.count >= 72 + back {
      let opened = format.openedInPieces(packet, cut: packet.count - back)
      must(opened == allowed, "another packet was delivered of one in pieces")
    }
  }

  private func within(_ plain: [UInt8], _ format: Format, congestion: UInt8) {
    guard plain.count < 60000 else { return }
    let packet = format.crafted(plain)
    let allowed = format.inner(of: plain)
    inPieces(packet, format, allowed)
    for kind in PacketMemory.allCases {
      var opener = format.opener()
      defer { opener.deallocate() }
      memory.with(packet, kind) { at in
        let opened = opener.open(at, packet.count)
        guard opened.reason == .none else {
          return must(allowed == nil, "a right packet was refused: \(opened.reason)")
        }
        must(opened.start >= at && opened.start + opened.count <= at + packet.count, "it lies outside")
        must(bytes(at: opened.start, opened.count) == allowed, "another packet was delivered")
        arrive(opened, congestion: congestion)
      }
    }
  }

  /// What opens arrives at a hop: it goes on with a hop less, and else as it is but for ECN and a checksum
  /// that is as right as it was; or it does not go on.
  private func arrive(_ opened: Opened, congestion: UInt8) {
    let all = Selectors(source: (0, 0), destination: (0, 0))
    let arrival = Arrival(TunnelPolicy(copiesFields: true), all)
    let isIPv6 = opened.version == 6
    let before = bytes(at: opened.start, opened.count)
    let wasValid = Checksum.isValidHeader20(opened.start)
    let reason = arrival.apply(opened.start, isIPv6: isIPv6, congestion: congestion)
    let after = bytes(at: opened.start, opened.count)
    let hops = isIPv6 ? IPv6.hopLimitOffset : IPv4.timeToLiveOffset
    let mayChange = isIPv6 ? [1, hops] : [1, hops, IPv4.checksumOffset, IPv4.checksumOffset + 1]
    must(
      before.indices.allSatisfy { before[$0] == after[$0] || mayChange.contains($0) },
      "more than hops and ECN has changed")
    let mask: UInt8 = isIPv6 ? 0xCF : 0xFC
    must(before[1] & mask == after[1] & mask, "DSCP or a flow label has changed")
    guard reason == .none else {
      return must(reason == .notECT || reason == .expired, "a packet was dropped as \(reason)")
    }
    must(before[hops] > 1 && after[hops] == before[hops] - 1, "no hop was taken")
    must(isIPv6 || Checksum.isValidHeader20(opened.start) == wasValid, "the checksum is another")
  }

  // MARK: - Packets

  private func framed(_ packet: [UInt8], isUDP: Bool) -> [UInt8] {
    let header = OuterHeader(
      from: .gatewayABlack, source: Self.address ^ 1, destination: Self.address, protocol: 50,
      udpPort: isUDP ? 4500 : nil)
    let frame = UnsafeMutableRawPointer.allocate(byteCount: header.bytes + packet.count, alignment: 1)
    defer { frame.deallocate() }
    (frame + header.bytes).copyMemory(from: packet, byteCount: packet.count)
    let start = header.write(before: frame + header.bytes, count: packet.count)
    return bytes(at: start, header.bytes + packet.count)
  }
}

/// The IP packet that the bytes begin with.
func wholePacket(_ bytes: [UInt8]) -> [UInt8]? {
  packetLength(bytes).map { Array(bytes.prefix($0)) }
}

/// How many bytes the IP packet has that the bytes begin with; written anew, without the code under test.
func packetLength(_ bytes: [UInt8]) -> Int? {
  guard let first = bytes.first else { return nil }
  func word(_ offset: Int) -> Int { Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) }
  if first >> 4 == 4, bytes.count >= 20 {
    let header = Int(first & 15) * 4
    return header >= 20 && word(2) >= header && word(2) <= bytes.count ? word(2) : nil
  }
  if first >> 4 == 6, bytes.count >= 40 { return word(4) + 40 <= bytes.count ? word(4) + 40 : nil }
  return nil
}
