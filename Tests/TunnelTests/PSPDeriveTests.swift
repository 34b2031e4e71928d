import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// PSP with a key derived for each packet: the published keys, and many associations of which nothing is
/// kept.
@Suite struct PSPDeriveTests {
  static let masters = [
    bytes("34448a064292601b11a0978f56a2d34cf3fc35ede1a6bc04f8db3e5243a2b0ca"),
    bytes("563952565d3a78ae773ec1b779f2f2d99f4a7f53a6fbb9b07d5b71f39364d739"),
  ]

  private func withMaster(_ number: Int, _ body: (AEAD) throws -> Void) throws {
    try withAEAD(.aes256GCM, key: Self.masters[number], body)
  }

  /// The keys are those of google/psp: its packets open, and its bytes come out.
  @Test func keysAreAsPublished() throws {
    try withMaster(0) { master in
      let association = PSPMasterAssociation(firstSPI: 0x1234_5678, count: 1, isVersion1: false)
      var opener = PSPDeriveOpener(association, master: master)
      #expect(opener.opened(PSPTests.published) == .inner(PSPTests.publishedInner, version: 4))
    }
    // The SPI's highest bit tells the other master key.
    try withMaster(1) { master in
      let association = PSPMasterAssociation(firstSPI: 0x9A34_5678, count: 1, isVersion1: false)
      var sealer = PSPDeriveSealer(association, master: master)
      let sealed = try sealer.sealed(PSPTests.plainInner)
      #expect(sealed == PSPTests.plain)
      var opener = PSPDeriveOpener(association, master: master)
      #expect(opener.opened(PSPTests.plain) == .inner(PSPTests.plainInner, version: 4))
    }
  }

  private func packet(to host: [UInt8]) -> [UInt8] {
    var packet = InnerPacket.make(count: 61)
    packet.replaceSubrange(16..<20, with: host)
    return packet
  }

  @Test(arguments: [AEADAlgorithm.aes128GCM, .aes256GCM])
  func anyNumberOfAssociationsHasOneSealer(_ cipher: AEADAlgorithm) throws {
    try withMaster(0) { master in
      let all = PSPMasterAssociation(firstSPI: 0x1000, count: 1000, isVersion1: cipher == .aes256GCM)
      var sealer = PSPDeriveSealer(all, master: master)
      var opener = PSPDeriveOpener(all, master: master)
      var others: Set<[UInt8]> = []
      for (number, tunnel) in [0, 999, 5, 5, 256].enumerated() {
        let inner = packet(to: [198, 19, UInt8((tunnel + 1) >> 8), UInt8((tunnel + 1) & 0xFF)])
        let sealed = try sealer.sealed(inner)
        #expect(Array(sealed[4..<8]) == bigEndian(UInt32(0x1000 + tunnel)))
        #expect(Array(sealed[8..<16]) == bigEndian(UInt64(number + 1)))
        #expect(opener.opened(sealed) == .inner(inner, version: 4))
        // Alone it has the same key.
        let one = PSPMasterAssociation(
          firstSPI: 0x1000 + UInt32(tunnel), count: 1, isVersion1: cipher == .aes256GCM)
        var alone = PSPDeriveOpener(one, master: master)
        #expect(alone.opened(sealed) == .inner(inner, version: 4))
        // Another SPI is another key.
        var moved = sealed
        moved[7] ^= 1
        #expect(opener.opened(moved) == .refused(.authentication))
        others.insert(moved)
      }
      #expect(others.count == 5)
    }
  }

  @Test func whatIsNobodysIsRefused() throws {
    try withMaster(0) { master in
      let all = PSPMasterAssociation(firstSPI: 0x1000, count: 10, isVersion1: false)
      var sealer = PSPDeriveSealer(all, master: master)
      for host: [UInt8] in [[198, 18, 0, 0], [198, 18, 0, 11], [198, 18, 255, 255], [198, 20, 0, 1]] {
        #expect { try sealer.sealed(packet(to: host)) } throws: { ($0 as? NotSealed)?.reason == .noRoute }
      }
      #expect { try sealer.sealed(InnerPacket.make(version: 6, count: 61)) } throws: {
        ($0 as? NotSealed)?.reason == .noRoute
      }
      #expect(sealer.sequence == 0)
      var opener = PSPDeriveOpener(all, master: master)
      for spi: UInt32 in [0x0FFF, 0x100A, 0x8000_1000] {
        let association = PSPMasterAssociation(firstSPI: spi, count: 1, isVersion1: false)
        var other = PSPDeriveSealer(association, master: master)
        let sealed = try other.sealed(InnerPacket.make(count: 61))
        #expect(opener.opened(sealed) == .refused(.unknownSPI))
      }
    }
  }
}
