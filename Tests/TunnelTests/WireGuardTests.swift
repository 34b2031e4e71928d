import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// What is WireGuard's own: counters from 0, message types, keepalives, the last counter.
@Suite struct WireGuardTests {
  static let receiver: UInt32 = 0x0102_0304
  static let inner = InnerPacket.make(count: 61)

  private func withOpener(_ body: (inout WireGuardOpener, AEAD) throws -> Void) throws {
    try withAEAD(.chaCha20Poly1305) { aead in
      try withWindow(size: 64) { window in
        var opener = WireGuardOpener(Self.receiver, aead: aead, window: window)
        try body(&opener, aead)
      }
    }
  }

  @Test func theFirstCounterIsZero() throws {
    try withOpener { opener, aead in
      var sealer = WireGuardSealer(Self.receiver, aead: aead)
      let padded = Self.inner + [0, 0, 0]
      for counter: UInt64 in 0..<3 {
        let sealed = try sealer.sealed(Self.inner)
        #expect(sealed == craftedWireGuard(padded, counter: counter, aead))
      }
      #expect(opener.opened(craftedWireGuard(padded, counter: 0, aead)) == .inner(Self.inner, version: 4))
      #expect(opener.window.top == 1)
      #expect(opener.opened(craftedWireGuard(padded, counter: 0, aead)) == .refused(.replayed))
    }
  }

  @Test func aKeepaliveHasANumber() throws {
    try withOpener { opener, aead in
      #expect(opener.opened(craftedWireGuard([], counter: 7, aead)) == .refused(.keepalive))
      #expect(opener.opened(craftedWireGuard([], counter: 7, aead)) == .refused(.replayed))
      #expect(opener.opened(craftedWireGuard([0], counter: 8, aead)) == .refused(.innerVersion))
    }
  }

  @Test func handshakesAreNoData() throws {
    try withOpener { opener, aead in
      for type: UInt8 in [0, 1, 2, 3, 5] {
        let packet = craftedWireGuard(Self.inner, counter: 1, type: type, aead)
        #expect(opener.opened(packet) == .refused(.notOurs))
      }
    }
  }

  /// Linux `messages.h`: REJECT_AFTER_MESSAGES is 2^64 - 8130.
  @Test func theLastCounterIsLinuxs() throws {
    let last = UInt64.max - 8130
    try withOpener { opener, aead in
      var sealer = WireGuardSealer(Self.receiver, aead: aead, sequence: last)
      let sealed = try sealer.sealed(Self.inner)
      #expect(sealed == craftedWireGuard(Self.inner + [0, 0, 0], counter: last, aead))
      #expect { try sealer.sealed(Self.inner) } throws: {
        ($0 as? NotSealed)?.reason == .sequenceExhausted
      }
      let beyond = craftedWireGuard(Self.inner, counter: last + 1, aead)
      #expect(opener.opened(beyond) == .refused(.sequenceExhausted))
      #expect(opener.opened(sealed) == .inner(Self.inner, version: 4))
    }
  }
}
