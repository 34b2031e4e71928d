import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// PSP's packets: published ones, and what a receiver refuses.
@Suite struct PSPTests {
  /// A whole packet with VC, of which the VC is not encrypted, as google/psp's own tool makes it.
  static let published = bytes(
    "040202031234567800000000000000010000000000000000"
      + "43f9f045458355d4b8802b76f54d25b529b0e80d63a0b8d1b91c9dd1ad640c36e3d69bda830131e0b567fee5")
  static let publishedKey = bytes("96c22dc799198090b74b70ae468e4e30")
  static let publishedInner = bytes("4500001c00004000401126cf0a0000010a0000029c40145100080000")

  static let plain = bytes(
    "040100019a3456780000000000000001 2cfb287f906e2c966410f23dc72ea1f0c647a83a91f53b12ede86f30"
      + "e4920e8967766e7c3b7d8f67dcd65646")
  static let plainKey = bytes("3946da2554eae46ad1ef77a64372edc4")
  static let plainInner = bytes("4500001c00004000401126cf0a0000010a0000022b6756ce000869a6")

  @Test func opensWhatAnotherImplementationSealed() throws {
    try withAEAD(.aes128GCM, key: Self.publishedKey) { aead in
      var opener = PSPOpener(PSPAssociation(spi: 0x1234_5678, isVersion1: false), aead: aead)
      #expect(opener.opened(Self.published) == .inner(Self.publishedInner, version: 4))
      for count in 0..<Self.published.count {
        #expect(opener.opened(Array(Self.published.prefix(count))).reason != .none)
      }
    }
  }

  @Test func sealsByteForByte() throws {
    try withAEAD(.aes128GCM, key: Self.plainKey) { aead in
      let association = PSPAssociation(spi: 0x9A34_5678, isVersion1: false)
      var sealer = PSPSealer(association, aead: aead)
      let sealed = try sealer.sealed(Self.plainInner)
      #expect(sealed == Self.plain)
      var opener = PSPOpener(association, aead: aead)
      #expect(opener.opened(Self.plain) == .inner(Self.plainInner, version: 4))
    }
  }

  /// Authentic packets around anything, put together by hand.
  private func crafted(_ header: [UInt8], _ clear: [UInt8], _ encrypted: [UInt8], _ aead: AEAD) -> [UInt8] {
    header + clear
      + aead.sealed(encrypted, nonce: Array(header[4..<16]), additional: header + clear)
  }

  @Test func refusesByTheReasonThatHolds() throws {
    try withAEAD(.aes128GCM, key: Self.plainKey) { aead in
      let association = PSPAssociation(spi: 0x9A34_5678, isVersion1: false)
      var opener = PSPOpener(association, aead: aead)
      let inner = Self.plainInner
      func header(_ next: UInt8 = 4, length: UInt8 = 1, offset: UInt8 = 0, flags: UInt8 = 1) -> [UInt8] {
        [next, length, offset, flags] + Self.plain[4..<16]
      }
      let cases: [([UInt8], [UInt8], DropReason)] = [
        (header(), inner, .none), (header(flags: 0x81), inner, .none), (header(offset: 0xC0), inner, .none),
        (header(flags: 0), inner, .formatHeader), (header(flags: 0x41), inner, .formatHeader),
        (header(flags: 0x05), inner, .formatHeader), (header(flags: 0x09), inner, .formatHeader),
        (header(length: 2), inner, .formatHeader), (header(length: 0), inner, .formatHeader),
        (header(flags: 3), inner, .formatHeader), (header(17), inner, .nextHeader),
        (header(41), inner, .innerVersion), (header(), [], .innerLength), (header(), [0x55], .innerVersion),
        (header(length: 2, flags: 3), Array(repeating: 0, count: 8) + inner, .none),
        (header(length: 2, flags: 3), Array(repeating: 0, count: 7), .tooShort),
        (header(offset: 8), inner, .tooShort),
      ]
      for (header, plain, reason) in cases {
        let packet = crafted(header, [], plain, aead)
        #expect(opener.opened(packet).reason == reason, "\(header.hex()) \(plain.hex())")
      }
      // All of the packet may be in clear: then it is authenticated only.
      for units in 0...(inner.count / 4) {
        let packet = crafted(
          header(offset: UInt8(units)), Array(inner.prefix(4 * units)), Array(inner.dropFirst(4 * units)),
          aead)
        #expect(opener.opened(packet) == .inner(inner, version: 4), "\(units)")
      }
    }
  }

  // MARK: - Several threads

  private typealias Seals = () throws -> [UInt8]

  /// What each thread that has a part seals with, in both ways to have keys.
  private func withThreads(
    _ isDerived: Bool, _ parts: [UInt16], after sequence: UInt64,
    _ body: ([(seals: Seals, sequence: () -> UInt64)]) throws -> Void
  ) throws {
    let cipher = isDerived ? AEADAlgorithm.aes256GCM : .aes128GCM
    try withAEAD(cipher, key: isDerived ? PSPDeriveTests.masters[1] : Self.plainKey) { aead in
      try body(
        parts.map { part in
          if isDerived {
            let all = PSPMasterAssociation(firstSPI: 0x9A34_5678, count: 1, isVersion1: false)
            var sealer = PSPDeriveSealer(all, part: part, master: aead, sequence: sequence)
            return ({ try sealer.sealed(Self.plainInner) }, { sealer.sequence })
          }
          let association = PSPAssociation(spi: 0x9A34_5678, isVersion1: false)
          var sealer = PSPSealer(association, part: part, aead: aead, sequence: sequence)
          return ({ try sealer.sealed(Self.plainInner) }, { sealer.sequence })
        })
    }
  }

  /// The IV that each thread has next, and, at its part's end, none: what follows is the next thread's.
  @Test(arguments: [false, true]) func noTwoThreadsHaveAnIV(_ isDerived: Bool) throws {
    let last: UInt64 = 0xFFFF_FFFF_FFFF
    let parts: [UInt16] = [0, 1, 2, 0x00FF, 0x0100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF]
    var seen: Set<[UInt8]> = []
    for (start, count) in [
      (0, 3), (0xFF, 2), (1 << 47, 2), (last - 2, 2), (last, 0), (last + 1, 0), (.max, 0),
    ] {
      try withThreads(isDerived, parts, after: start) { threads in
        for _ in 0..<count {
          for (part, thread) in zip(parts, threads) {
            let packet = try thread.seals()
            let number = Array(bigEndian(thread.sequence()).dropFirst(2))
            #expect(Array(packet[8..<16]) == bigEndian(part) + number)
            #expect(thread.sequence() > start && thread.sequence() <= last)
            #expect(seen.insert(Array(packet[4..<16])).inserted, "part \(part) after \(start)")
          }
        }
        guard start >= last - 2 else { return }
        for thread in threads {
          for _ in 0..<3 {
            #expect { try thread.seals() } throws: { ($0 as? NotSealed)?.reason == .sequenceExhausted }
          }
          #expect(thread.sequence() == last)
        }
      }
    }
    #expect(seen.count == parts.count * 9)
  }

  /// One receiver opens what all threads seal, in any order, without knowing how many there are.
  @Test func oneReceiverOpensWhatAllThreadsSeal() throws {
    try withThreads(false, [0, 1, 0xFFFF], after: 5) { threads in
      let packets = try threads.map { try $0.seals() }
      #expect(Set(packets.map { Array($0.dropFirst(16)) }).count == 3, "a keystream of its own for each")
      try withAEAD(.aes128GCM, key: Self.plainKey) { aead in
        let association = PSPAssociation(spi: 0x9A34_5678, isVersion1: false)
        var opener = PSPOpener(association, aead: aead)
        for packet in packets.reversed() + packets {
          #expect(opener.opened(packet) == .inner(Self.plainInner, version: 4))
        }
      }
    }
  }
}
