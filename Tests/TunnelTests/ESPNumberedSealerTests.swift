import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Sealing under numbers that another thread has given, and what openers and sealers of one association need
/// not look for.
@Suite struct ESPNumberedSealerTests {
  @Test(arguments: [false, true]) func sealsAsOneThatNumbersItself(usesESN: Bool) throws {
    let association = usesESN ? TestTunnel.espExtended : TestTunnel.esp
    let numbers: [UInt64] = [7, 1, 2, 0xFFFF_FFFF] + (usesESN ? [1 << 32, .max] : [])
    #expect(ESPNumberedSealer.headerBytes == ESPSealer.headerBytes)
    #expect(ESPNumberedSealer.tailroomBytes == ESPSealer.tailroomBytes)
    let given = UnsafeMutablePointer<UInt64>.allocate(capacity: numbers.count)
    given.initialize(from: numbers, count: numbers.count)
    let cursor = UnsafeMutablePointer<UnsafePointer<UInt64>>.allocate(capacity: 1)
    cursor.initialize(to: given)
    defer {
      given.deallocate()
      cursor.deallocate()
    }
    try withAEAD { aead in
      var sealer = ESPNumberedSealer(association, aead: aead, cursor: cursor)
      for (index, number) in numbers.enumerated() {
        let inner = InnerPacket.make(count: 20 + index)
        var other = ESPSealer(association, aead: aead, sequence: number - 1)
        let sealed = try sealer.sealed(inner)
        let expected = try other.sealed(inner)
        #expect(sealed == expected)
        #expect(cursor.pointee == UnsafePointer(given) + index + 1)
      }
    }
  }

  /// One association is found without a look at the packet, and is the same by any place.
  @Test func oneAssociationIsNotLookedFor() throws {
    try withAEAD { aead in
      try withWindow { window in
        var sealer = ESPSealer(TestTunnel.esp, aead: aead)
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        #expect(!ESPSealer.prefetches && !ESPOpener.prefetches)
        let inner = InnerPacket.make(count: 61)
        let memory = GuardedMemory(count: 200)
        defer { withExtendedLifetime(memory) {} }
        let start = memory.start + ESPSealer.headerBytes
        start.copyMemory(from: inner, byteCount: inner.count)
        #expect(sealer.find(start) == 0 && opener.find(start) == 0)
        sealer.prefetch(0, count: inner.count)
        let sealed = sealer.seal(start, count: inner.count, at: 0)
        try #require(sealed.reason == .none)
        opener.prefetch(0, sealed.start, count: sealed.count)
        let opened = opener.open(sealed.start, count: sealed.count, at: 0)
        #expect(opened.reason == .none && bytes(at: opened.start, opened.count) == inner)
      }
    }
  }
}
