import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Packets whose steps interleave, as in a stage: the first steps of several, then the second ones.
@Suite struct StepsTests {
  private static let count = 8

  /// Opens packets of which all take the first step before any takes the second.
  private func openedTogether<Opener: PacketOpener>(
    _ packets: [[UInt8]], _ opener: inout Opener
  ) -> [Outcome] {
    let works = WorkPointer.allocateLines(packets.count)
    works.initialize(repeating: PacketWork(), count: packets.count)
    defer { works.deallocate() }
    let memories = packets.map { GuardedMemory(count: max($0.count, 1)) }
    defer { withExtendedLifetime(memories) {} }
    for (index, packet) in packets.enumerated() {
      opener.prepare(memories[index].put(packet), count: packet.count, sa: 0, in: works + index)
    }
    return packets.indices.map { index in
      let opened = opener.open(works + index)
      if opened.reason != .none { return .refused(opened.reason) }
      return .inner(bytes(at: opened.start, opened.count), version: opened.version)
    }
  }

  private func expectOneOfEqual<Opener: PacketOpener>(
    _ opener: inout Opener, _ inner: [UInt8], _ seal: (_ number: UInt64) -> [UInt8]
  ) {
    let fresh = Outcome.inner(inner, version: 4)
    let replayed = Outcome.refused(.replayed)
    #expect(
      openedTogether(Array(repeating: seal(5), count: Self.count), &opener)
        == [fresh] + Array(repeating: replayed, count: Self.count - 1))
    // Known before the first step, between the steps, never; and one that a later one makes too old.
    #expect(
      openedTogether([5, 6, 6, 200, 7, 136, 137].map(seal), &opener)
        == [replayed, fresh, replayed, fresh, .refused(.tooOld), .refused(.tooOld), fresh])
    // A forgery uses no number up, neither before the authentic one nor behind it.
    var forged = seal(201)
    forged[forged.count - 1] ^= 1
    let refused = Outcome.refused(.authentication)
    #expect(openedTogether([forged, seal(201), forged], &opener) == [refused, fresh, refused])
    #expect(openedTogether([[], seal(202)], &opener) == [.refused(.tooShort), fresh])
  }

  @Test func ofEqualNumbersOneIsOpenedByESP() throws {
    try withAEAD { aead in
      withWindow(size: 64) { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        expectOneOfEqual(&opener, ESPOpenTests.inner) {
          craftedESP(ESPOpenTests.inner + [0, 4], sequence: $0, aead: aead)
        }
      }
    }
  }

  @Test func ofEqualNumbersOneIsOpenedByVPE() throws {
    try withAEAD { aead in
      withWindows(size: 64, owned: { _ in true }) { windows in
        var opener = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
        expectOneOfEqual(&opener, VPEOpenTests.inner) {
          craftedVPE(VPEOpenTests.inner, sequence: $0, aead: aead)
        }
      }
    }
  }

  /// Sealing is the same whichever way the steps interleave.
  func expectSame<Sealer: PacketSealer>(_ make: () -> Sealer) throws {
    let inners = (0..<Self.count).map { InnerPacket.make(count: 40 + $0, seed: UInt64($0)) }
    var one = make()
    let expected = try inners.map { try one.sealed($0) }
    var together = make()
    let works = WorkPointer.allocateLines(Self.count)
    works.initialize(repeating: PacketWork(), count: Self.count)
    defer { works.deallocate() }
    let memories = inners.map { _ in GuardedMemory(count: 200) }
    defer { withExtendedLifetime(memories) {} }
    for (index, inner) in inners.enumerated() {
      let at = memories[index].start + Sealer.headerBytes
      at.copyMemory(from: inner, byteCount: inner.count)
      together.prepare(at, count: inner.count, sa: 0, in: works + index)
    }
    let sealed = inners.indices.map { index in
      let sealed = together.seal(works + index)
      return sealed.reason == .none ? bytes(at: sealed.start, sealed.count) : []
    }
    #expect(sealed == expected)
  }

  @Test func sealsTheSameTogether() throws {
    try withAEAD { aead in
      for association in [TestTunnel.esp, TestTunnel.espExtended] {
        try expectSame { ESPSealer(association, aead: aead, sequence: 0xFFFF_FFF0) }
      }
      try expectSame { VPESealer(TestTunnel.vpe, window: 2, aead: aead) }
      try expectSame { NullSealer() }
    }
  }

  @Test func workIsALine() {
    #expect(MemoryLayout<PacketWork>.stride == CacheLines.bytes)
    #expect(PacketWork.bytes == CacheLines.bytes)
  }

  /// A packet without a route takes its number along: no other packet gets it, and no nonce comes twice.
  @Test func aPacketWithoutARouteTakesItsNumberAlong() throws {
    try withGivenNumbers { cursor, taken in
      try withAEAD { aead in
        var table = try SealerTable(
          [ESPNumberedSealer(TestTunnel.espExtended, aead: aead, cursor: cursor)], algorithm: .aes128GCM,
          pages: .small)
        defer { table.deallocate() }
        var lost = InnerPacket.make(count: 60)
        lost.replaceSubrange(16..<20, with: [10, 0, 0, 1])
        var routed = lost
        routed.replaceSubrange(16..<20, with: [198, 18, 0, 1])
        var sent: [UInt32] = []
        for packet in [lost, routed, lost, routed] {
          guard let sealed = try? table.sealed(packet) else { continue }
          sent.append(sealed.withUnsafeBytes { $0.baseAddress!.loadBig(ESPLayout.sequenceOffset) })
        }
        #expect(sent == [11, 13] && taken() == 4)
      }
    }
  }
}
