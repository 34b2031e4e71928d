import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Traffic classes with windows, or associations, of their own.
@Suite struct ClassSealerTests {
  /// A packet whose DSCP and ECN are `service`.
  private static func inner(_ service: UInt8, version: UInt8 = 4, count: Int = 60) -> [UInt8] {
    var packet = InnerPacket.make(version: version, count: count)
    packet.withUnsafeMutableBytes {
      let at = $0.baseAddress!
      if version == 4 { IPv4.setService(at, service) } else { IPv6.setService(at, service) }
    }
    return packet
  }

  /// Classes in no order, of both versions, ECN and lower bits of DSCP included.
  private static let services: [(service: UInt8, version: UInt8)] = [
    (0x00, 4), (0x60, 4), (0x20, 6), (0x03, 4), (0xFF, 6), (0x7C, 6), (0x40, 4), (0xB8, 4), (0x5F, 6),
    (0x1C, 4), (0x20, 4),
  ]
  /// By hand: the first three bits, of which the highest class is 3.
  private static let classes = [0, 3, 1, 0, 3, 3, 2, 3, 2, 0, 1]

  @Test func eachClassHasItsWindowIDAndItsNumbers() throws {
    let ids: [UInt16] = [5, 7, 9, 0x0B0A]
    try withAEAD { aead in
      var sealer = ClassSealer(ids.map { VPESealer(TestTunnel.vpe, window: $0, aead: aead) })
      defer { sealer.deallocate() }
      var numbers: [UInt64] = [0, 0, 0, 0]
      for ((service, version), index) in zip(Self.services, Self.classes) {
        let inner = Self.inner(service, version: version)
        numbers[index] += 1
        // Every byte, as of that window alone.
        let expected = craftedVPE(inner, sequence: numbers[index], window: ids[index], aead: aead)
        let sealed = try sealer.sealed(inner)
        #expect(sealed == expected, "\(service)")
      }
      #expect(numbers == [3, 2, 2, 4])
    }
  }

  @Test func eachClassHasItsAssociation() throws {
    let associations = (UInt32(0)..<4).map { ESPAssociation(spi: 0x1000 + $0, salt: 77 * $0, usesESN: true) }
    try withAEAD { aead in
      var sealer = ClassSealer(associations.map { ESPSealer($0, aead: aead) })
      defer { sealer.deallocate() }
      var own = associations.map { ESPSealer($0, aead: aead) }
      for ((service, version), index) in zip(Self.services, Self.classes) {
        let inner = Self.inner(service, version: version)
        let (sealed, expected) = (try sealer.sealed(inner), try own[index].sealed(inner))
        #expect(sealed == expected && sealed[3] == UInt8(index), "\(service)")
      }
    }
  }

  /// The first steps of all packets, then the second ones: each keeps its class.
  @Test func stepsMayInterleave() throws {
    try withAEAD { aead in
      var sealer = ClassSealer((UInt16(0)..<4).map { VPESealer(TestTunnel.vpe, window: $0, aead: aead) })
      defer { sealer.deallocate() }
      let works = WorkPointer.allocateLines(Self.classes.count)
      works.initialize(repeating: PacketWork(), count: Self.classes.count)
      defer { works.deallocate() }
      let headerBytes = VPESealer.headerBytes
      let memories = Self.services.map { service, version in
        let inner = Self.inner(service, version: version)
        let memory = GuardedMemory(count: headerBytes + inner.count)
        (memory.end - inner.count).copyMemory(from: inner, byteCount: inner.count)
        return memory
      }
      for (index, memory) in memories.enumerated() {
        let inner = memory.end - 60
        sealer.prepare(inner, count: 60, sa: sealer.find(inner), in: works + index)
      }
      for (index, expected) in Self.classes.enumerated() {
        let sealed = sealer.seal(works + index)
        #expect(sealed.reason == .none && sealed.count == headerBytes + 60)
        #expect(bytes(at: sealed.start + 2, 2) == [UInt8(expected), 0])
      }
      withExtendedLifetime(memories) {}
    }
  }

  @Test func aClassWhoseNumbersEndLeavesTheOthersAlone() throws {
    try withAEAD { aead in
      var sealer = ClassSealer([
        VPESealer(TestTunnel.vpe, window: 0, aead: aead, sequence: .max),
        VPESealer(TestTunnel.vpe, window: 1, aead: aead),
      ])
      defer { sealer.deallocate() }
      #expect(throws: NotSealed.self) { try sealer.sealed(Self.inner(0)) }
      let high = try sealer.sealed(Self.inner(0x20))
      #expect(high[4] == 1)
      #expect(throws: NotSealed.self) { try sealer.sealed(Self.inner(0)) }
    }
  }

  /// A packet of a low class that 10,000 of the high one overtake: fresh in a window of its own, too old in
  /// one for both.
  @Test func aWindowForEachClassOutlivesADelay() throws {
    try withAEAD { aead in
      var apart = ClassSealer((UInt16(0)..<2).map { VPESealer(TestTunnel.vpe, window: $0, aead: aead) })
      defer { apart.deallocate() }
      var together = VPESealer(TestTunnel.vpe, window: 0, aead: aead)
      let (low, high) = (Self.inner(0), Self.inner(0x20))
      let late = (try apart.sealed(low), try together.sealed(low))
      try withWindows { windows in
        var opener = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
        for _ in 0..<10_000 where opener.opened(try apart.sealed(high)).reason != .none {
          Issue.record("a packet in order is not opened")
        }
        #expect(opener.opened(late.0) == .inner(low, version: 4))
        #expect(opener.opened(late.0).reason == .replayed)
      }
      try withWindows { windows in
        var opener = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
        for _ in 0..<64 where opener.opened(try together.sealed(high)).reason != .none {
          Issue.record("a packet in order is not opened")
        }
        #expect(opener.opened(late.1).reason == .tooOld)
      }
    }
  }

  @Test func thereAreAsManyClassesAsSelectors() async {
    await #expect(processExitsWith: .failure) { _ = ClassSealer<NullSealer>([]) }
    await #expect(processExitsWith: .failure) {
      _ = ClassSealer((0..<9).map { _ in NullSealer() })
    }
  }
}
