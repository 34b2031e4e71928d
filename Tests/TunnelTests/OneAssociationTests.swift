import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// What openers and sealers of one association need not look for.
@Suite struct OneAssociationTests {
  /// One association is found without a look at the packet, and is the same by any SA index.
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
        let sealed = sealer.seal(start, count: inner.count, sa: 0)
        try #require(sealed.reason == .none)
        opener.prefetch(0, sealed.start, count: sealed.count)
        let opened = opener.open(sealed.start, count: sealed.count, sa: 0)
        #expect(opened.reason == .none && bytes(at: opened.start, opened.count) == inner)
      }
    }
  }
}
