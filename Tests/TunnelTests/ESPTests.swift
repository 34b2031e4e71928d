import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

@Suite struct ESPTests {
  // MARK: Layout

  /// RFC 4303 Figure 2 and RFC 4106 section 3, byte by byte.
  @Test(arguments: [false, true])
  func layout(usesESN: Bool) throws {
    let association = ESPAssociation(spi: 0x0102_0304, salt: 0xA1A2_A3A4, usesESN: usesESN)
    let inner = InnerPacket.make(count: 47)
    let sequence: UInt64 = usesESN ? 0x1112_1314_1516_1718 : 0x1516_1718
    try withAEAD { aead in
      var sealer = ESPSealer(association, aead: aead, sequence: sequence - 1)
      let packet = try sealer.sealed(inner)
      #expect(sealer.sequence == sequence)
      #expect(packet.count == 16 + 47 + 3 + 2 + 16)
      #expect(packet[0..<4] == [0x01, 0x02, 0x03, 0x04])
      #expect(packet[4..<8] == [0x15, 0x16, 0x17, 0x18])
      let high: [UInt8] = usesESN ? [0x11, 0x12, 0x13, 0x14] : [0, 0, 0, 0]
      #expect(Array(packet[8..<16]) == high + [0x15, 0x16, 0x17, 0x18])

      let additional = packet[0..<4] + (usesESN ? high : []) + packet[4..<8]
      let plaintext = aead.opened(
        Array(packet[16...]), nonce: [0xA1, 0xA2, 0xA3, 0xA4] + packet[8..<16], additional: Array(additional))
      #expect(plaintext == inner + [1, 2, 3, 3, IPv4.protocolIPv4])
    }
  }

  /// The trailer of each residue, and the next header of each version.
  @Test(
    arguments: [
      (46, 4, [0, 4]), (45, 4, [1, 1, 4]), (44, 4, [1, 2, 2, 4]), (47, 4, [1, 2, 3, 3, 4]),
      (46, 6, [0, 41]), (45, 6, [1, 1, 41]), (44, 6, [1, 2, 2, 41]), (47, 6, [1, 2, 3, 3, 41]),
    ] as [(Int, UInt8, [UInt8])])
  func trailer(count: Int, version: UInt8, trailer: [UInt8]) throws {
    let inner = InnerPacket.make(version: version, count: count)
    try withAEAD { aead in
      var sealer = ESPSealer(TestTunnel.esp, aead: aead)
      let sealed = try sealer.sealed(inner)
      #expect(sealed == craftedESP(inner + trailer, aead: aead))
    }
  }

  /// RFC 7634 appendix A: a whole packet that others sealed.
  @Test func opensThePacketOfRFC7634() throws {
    let key = [UInt8](0x80...0x9F)
    let association = ESPAssociation(spi: 0x0102_0304, salt: 0xA0A1_A2A3, usesESN: false)
    let packet = bytes(
      """
      01020304000000051011121314151617
      24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb
      61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da
      9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43
      """)
    let inner = bytes(
      """
      45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b
      0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233
      34353637
      """)
    try withAEAD(.chaCha20Poly1305, key: key) { aead in
      withWindow { window in
        var opener = ESPOpener(association, aead: aead, window: window)
        #expect(opener.opened(packet) == .inner(inner, version: 4))
        #expect(opener.window.top == 5)
      }
    }
  }

  /// draft-mcgrew-gcm-test-01 puts Next Header 1 behind its IP packets: authentic, but not tunnel mode.
  @Test func findsTheNextHeaderOfDraftMcGrew() throws {
    let key = bytes("4c80cdefbb5d10da906ac73c3613a634")
    let association = ESPAssociation(spi: 0x4321, salt: 0x2E44_3B68, usesESN: true)
    let packet = bytes(
      """
      00004321000000004956ed7e3b244cfe
      fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf
      65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732459018148f6cbe72
      2fd04796562dfdb4
      """)
    try withAEAD(.aes128GCM, key: key) { aead in
      withWindow(top: 0x8765_4320_FFFF_FFFF) { window in
        var opener = ESPOpener(association, aead: aead, window: window)
        #expect(opener.opened(packet) == .refused(.nextHeader))
        #expect(opener.window.top == 0x8765_4321_0000_0000)
      }
    }
  }

  // MARK: Exhaustion

  /// The last number is used; then the sealer refuses for good and leaves the packet alone.
  @Test(arguments: [(false, UInt64(UInt32.max)), (true, .max)])
  func numbersEnd(usesESN: Bool, last: UInt64) throws {
    let association = usesESN ? TestTunnel.espExtended : TestTunnel.esp
    let inner = InnerPacket.make(count: 60)
    try withAEAD { aead in
      var sealer = ESPSealer(association, aead: aead, sequence: last - 2)
      for number in [last - 1, last] {
        let sealed = try sealer.sealed(inner)
        #expect(Array(sealed[8..<16]) == bigEndian(number))
      }
      expectExhausted(&sealer, inner)
      #expect(sealer.sequence == last)
    }
  }

  @Test func doesNotStartBehindTheEnd() throws {
    try withAEAD { aead in
      var sealer = ESPSealer(TestTunnel.esp, aead: aead, sequence: 1 << 32)
      expectExhausted(&sealer, InnerPacket.make(count: 60))
    }
  }

  @Test func firstNumberIs1() throws {
    try withAEAD { aead in
      var sealer = ESPSealer(TestTunnel.esp, aead: aead)
      #expect(sealer.sequence == 0)
      let sealed = try sealer.sealed(InnerPacket.make(count: 60))
      #expect(sealed[4..<8] == [0, 0, 0, 1])
      #expect(sealer.sequence == 1)
    }
  }
}

/// Seals a few times more: always refused, and nothing is written.
func expectExhausted(
  _ sealer: inout some PacketSealer, _ inner: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
) {
  let memory = GuardedMemory(count: 256)
  memory.fill(seed: 1)
  let at = memory.start + 64
  at.copyMemory(from: inner, byteCount: inner.count)
  let before = memory.contents
  for _ in 0..<3 {
    #expect(
      sealer.seal(at, count: inner.count).reason == .sequenceExhausted, sourceLocation: sourceLocation)
    #expect(memory.contents == before, sourceLocation: sourceLocation)
  }
}
