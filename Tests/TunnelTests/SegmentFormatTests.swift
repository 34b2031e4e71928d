import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Packets in several pieces: the same bytes as in one, wherever pieces end.
@Suite struct SegmentFormatTests {
  static let formats: [(name: FormatName, cipher: AEADAlgorithm)] = [FormatName.esp, .vpe].flatMap { name in
    AEADAlgorithm.allCases.map { (name, $0) }
  }

  /// Both ends of an association, for packets in one piece and in several.
  struct Ends<Format: SegmentFormat> {
    let terms: TunnelTerms
    let aead: AEAD
    let ownership: WindowOwnership
    let memory: GuardedMemory

    func sealer(after sequence: UInt64 = 0) -> Format.Sealer {
      Format.sealer(Format.association(terms), window: 2, aead: aead, sequence: sequence)
    }

    func segmentSealer(after sequence: UInt64 = 0) -> Format.OfSegmentsSealer {
      Format.segmentSealer(sealer(after: sequence), terms.cipher)
    }

    func segmentOpener() -> Format.OfSegmentsOpener {
      let opener = Format.opener(Format.association(terms), aead: aead, ownership, top: 0, in: memory.start)
      return Format.segmentOpener(opener, terms.cipher)
    }
  }

  private struct Work: SegmentVisitor {
    typealias Failure = any Error
    let cipher: AEADAlgorithm
    let usesESN: Bool
    let body: any Body

    func visit<Format: SegmentFormat>(_ format: Format.Type) throws {
      let terms = TunnelTerms(
        spi: 0x0102_0304, salt: 0xA1A2_A3A4, sender: 0x0506, windows: 4, usesESN: usesESN, cipher: cipher)
      let ownership = WindowOwnership(count: 4, size: 64) { $0 == 2 }
      defer { ownership.deallocate() }
      let memory = GuardedMemory(count: format.windowBytes(ownership))
      try withMaterial(of: format, TestTunnel.secret(format, cipher), terms) { terms, aead in
        try withExtendedLifetime(memory) {
          try body.run(Ends<Format>(terms: terms, aead: aead, ownership: ownership, memory: memory))
        }
      }
    }
  }

  /// A test's work, generic over the format.
  protocol Body {
    func run<Format: SegmentFormat>(_ ends: Ends<Format>) throws
  }

  private func with(
    _ name: FormatName, _ cipher: AEADAlgorithm = .aes128GCM, usesESN: Bool = true, _ body: any Body
  ) throws {
    try #require(
      try name.visitSegments(Work(cipher: cipher, usesESN: usesESN, body: body)) != nil)
  }

  /// Seals a packet in pieces.
  private static func sealed<Sealer: SegmentSealer>(
    _ sealer: inout Sealer, _ packet: Scattered
  ) -> DropReason {
    var work = PacketWork()
    return withUnsafeMutablePointer(to: &work) {
      sealer.prepare(packet.list, in: $0)
      return sealer.seal(packet.list, $0)
    }
  }

  /// Opens a packet in pieces.
  private static func opened<Opener: SegmentOpener>(
    _ opener: inout Opener, _ packet: Scattered
  ) -> DropReason {
    var work = PacketWork()
    return withUnsafeMutablePointer(to: &work) {
      opener.prepare(packet.list, in: $0)
      return opener.open(packet.list, $0)
    }
  }

  // MARK: - Seal

  /// What follows the packet is put into what the last piece has left, and into two further ones.
  private struct EveryRoom: Body {
    func run<Format: SegmentFormat>(_ ends: Ends<Format>) throws {
      for (number, count) in [28, 61, 62, 63, 64, 1500, 9000].enumerated() {
        let inner = InnerPacket.make(count: count)
        var one = ends.sealer(after: UInt64(number))
        let expected = try one.sealed(inner)
        for room in 0...24 {
          for (cuts, spare) in [([], [32]), ([20], [5, 7, 40]), ([20, count - 1], [1, 1, 40])] {
            let before = Format.Sealer.headerBytes
            let packet = Scattered(inner, cuts: cuts, before: before, room: room, spare: spare)
            var sealer = ends.segmentSealer(after: UInt64(number))
            #expect(SegmentFormatTests.sealed(&sealer, packet) == .none)
            #expect(packet.contents == expected, "\(count) bytes cut at \(cuts), room \(room)")
          }
        }
      }
    }
  }

  @Test(arguments: formats)
  func sealedBytesAreThoseOfOnePiece(_ name: FormatName, _ cipher: AEADAlgorithm) throws {
    try with(name, cipher, EveryRoom())
    try with(name, cipher, usesESN: false, EveryRoom())
  }

  private struct NoRoom: Body {
    func run<Format: SegmentFormat>(_ ends: Ends<Format>) throws {
      let inner = InnerPacket.make(count: 60)
      var one = ends.sealer()
      let expected = try one.sealed(inner)
      let tail = expected.count - inner.count - Format.Sealer.headerBytes
      var sealer = ends.segmentSealer()
      let before = Format.Sealer.headerBytes
      if tail > 0 {
        let packet = Scattered(inner, cuts: [30], before: before, room: 3, spare: [tail - 4])
        #expect(SegmentFormatTests.sealed(&sealer, packet) == .noRoom)
        #expect(packet.contents == inner)
      }
      // It took no number.
      let packet = Scattered(inner, cuts: [30], before: before, room: 3, spare: [max(tail - 3, 0)])
      #expect(SegmentFormatTests.sealed(&sealer, packet) == .none && packet.contents == expected)
      let isShort = Format.self == ESP.self && !ends.terms.usesESN
      var last = ends.segmentSealer(after: isShort ? 1 << 32 - 1 : .max)
      let another = Scattered(inner, cuts: [30], before: before, room: 40)
      #expect(SegmentFormatTests.sealed(&last, another) == .sequenceExhausted)
    }
  }

  @Test(arguments: [FormatName.esp, .vpe], [true, false])
  func aPacketWithoutRoomTakesNoNumber(_ name: FormatName, _ usesESN: Bool) throws {
    try with(name, usesESN: usesESN, NoRoom())
  }

  // MARK: - Open

  /// A piece ends at each of the last bytes, and another one, two, nine or twenty bytes later.
  private struct EveryCut: Body {
    func run<Format: SegmentFormat>(_ ends: Ends<Format>) throws {
      for count in [90, 91, 92, 93, 1500, 9000] {
        let inner = InnerPacket.make(version: count == 92 ? 6 : 4, count: count)
        var one = ends.sealer()
        let sealed = try one.sealed(inner)
        let header = Format.Sealer.headerBytes
        let first = header + 40
        let late = (sealed.count - 26)..<sealed.count
        for cut in [first, first + 1] + late where cut < sealed.count {
          for more in [1, 2, 9, 20, 4000] {
            let cuts = [cut, cut + more].filter { $0 < sealed.count }
            let packet = Scattered(sealed, cuts: cuts)
            var opener = ends.segmentOpener()
            #expect(SegmentFormatTests.opened(&opener, packet) == .none, "\(count) bytes cut at \(cuts)")
            #expect(packet.contents == inner, "\(count) bytes cut at \(cuts)")
            let again = Scattered(sealed, cuts: cuts)
            #expect(SegmentFormatTests.opened(&opener, again) == .replayed)
          }
        }
      }
    }
  }

  @Test(arguments: formats)
  func piecesAreOpenedWhereverTheyEnd(_ name: FormatName, _ cipher: AEADAlgorithm) throws {
    try with(name, cipher, EveryCut())
    try with(name, cipher, usesESN: false, EveryCut())
  }

  private struct EveryBit: Body {
    func run<Format: SegmentFormat>(_ ends: Ends<Format>) throws {
      let inner = InnerPacket.make(count: 101)
      var one = ends.sealer()
      let sealed = try one.sealed(inner)
      var opener = ends.segmentOpener()
      for bit in 0..<(8 * sealed.count) {
        var changed = sealed
        changed[bit / 8] ^= 1 << (bit % 8)
        let packet = Scattered(changed, cuts: [90, sealed.count - 5])
        #expect(SegmentFormatTests.opened(&opener, packet) != .none, "bit \(bit)")
      }
      for count in 0..<sealed.count {
        let packet = Scattered(Array(sealed.prefix(count)), cuts: count > 90 ? [90] : [])
        #expect(SegmentFormatTests.opened(&opener, packet) != .none, "\(count) bytes")
      }
      // Neither header may lie in two pieces.
      let first = Format.Sealer.headerBytes + 40
      for cut in 1..<first {
        let packet = Scattered(sealed, cuts: [cut])
        #expect(SegmentFormatTests.opened(&opener, packet) == .tooShort, "cut at \(cut)")
      }
      let packet = Scattered(sealed, cuts: [first])
      #expect(SegmentFormatTests.opened(&opener, packet) == .none && packet.contents == inner)
    }
  }

  @Test(arguments: [FormatName.esp, .vpe]) func everyChangeIsRefused(_ name: FormatName) throws {
    try with(name, .aes128GCM, EveryBit())
  }

  /// Plaintext that only a peer makes: padding of any length, and what is no padding, over two pieces.
  @Test(arguments: [
    (UInt8(4), 0, DropReason.none), (4, 1, .none), (4, 2, .none), (4, 3, .none), (4, 30, .none),
    (4, 255, .none), (59, 2, .dummy), (6, 2, .nextHeader), (41, 2, .innerVersion),
  ])
  func paddingIsReadOverABorder(_ next: UInt8, _ pad: Int, _ reason: DropReason) throws {
    try withAEAD { aead in
      // So long that the ciphertext ends on four bytes.
      let count = 100 + (2 - pad & 3 + 4) & 3
      let inner = InnerPacket.make(count: count)
      for isRight in [true, false] where isRight || (reason == .none && pad > 0) {
        var padding = (0..<pad).map { UInt8($0 + 1) }
        if !isRight { padding[pad / 2] ^= 1 }
        let sealed = craftedESP(inner + padding + [UInt8(pad), next], aead: aead)
        for cut in (16 + count)..<sealed.count {
          let packet = Scattered(sealed, cuts: [cut])
          let found = withWindow { window in
            let opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
            var segments = ESP.segmentOpener(opener, .aes128GCM)
            return Self.opened(&segments, packet)
          }
          #expect(found == (isRight ? reason : .padding), "pad \(pad) cut at \(cut)")
          if isRight, reason == .none { #expect(packet.contents == inner) }
        }
      }
    }
  }

  /// Padding that is longer than the packet, and a ciphertext that does not end on four bytes.
  @Test func whatIsNoTrailerIsRefused() throws {
    try withAEAD { aead in
      let inner = InnerPacket.make(count: 102)
      // Its 1 would be the IV's last byte, which stands before the plaintext.
      let begunBefore = Array(2...63) + [63, 4] as [UInt8]
      for plain in [inner + [200, 4], inner + [0, 4, 0], Array(inner.dropLast()) + [0, 4], begunBefore] {
        let packet = Scattered(craftedESP(plain, aead: aead), cuts: [16 + plain.count - 2])
        let found = withWindow { window in
          var opener = ESP.segmentOpener(
            ESPOpener(TestTunnel.esp, aead: aead, window: window), .aes128GCM)
          return Self.opened(&opener, packet)
        }
        #expect(found == .padding, "\(plain.suffix(4))")
      }
    }
  }

  /// What follows the inner packet by its own length is padding for traffic-flow confidentiality.
  @Test func whatFollowsTheInnerPacketIsCutOff() throws {
    try withAEAD { aead in
      let inner = InnerPacket.make(count: 100)
      let plain = inner + [UInt8](repeating: 0, count: 300)
      for (name, sealed) in [
        (FormatName.esp, craftedESP(plain + [1, 2, 2, 4], aead: aead)),
        (.vpe, craftedVPE(plain, window: 2, aead: aead)),
      ] {
        for cut in [90, 140, 150, 300] {
          let packet = Scattered(sealed, cuts: [cut])
          try with(name, usesESN: false, Opens(packet: packet))
          #expect(packet.contents == inner, "cut at \(cut)")
        }
      }
    }
  }

  private struct Opens: Body {
    let packet: Scattered

    func run<Format: SegmentFormat>(_ ends: Ends<Format>) {
      var opener = ends.segmentOpener()
      #expect(SegmentFormatTests.opened(&opener, packet) == .none)
    }
  }
}
