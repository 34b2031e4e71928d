import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// ESP of many senders under one key, as one of them and as a receiver of one.
@Suite struct ESPSendersTests {
  static let inner = InnerPacket.make(count: 46)
  static let association = ESPSenderAssociation(spi: 0x0102_0304, salt: 0xA1A2_A3A4, sender: 0x0506)

  private func sealer(_ aead: AEAD, sender: UInt16 = 0x0506, after number: UInt64 = 0) -> ESPOfSendersSealer {
    var association = Self.association
    association.sender = sender
    return ESPOfSendersSealer(association, aead: aead, sequence: number)
  }

  /// Receives what sender 0x0506 sends.
  private func with<Format: TunnelFormat>(
    _ format: Format.Type, _ body: (AEAD, inout Format.Opener) throws -> Void
  ) throws where Format.Association == ESPSenderAssociation {
    try withAEAD { aead in
      let ownership = WindowOwnership(count: 1, size: 64) { _ in true }
      let memory = GuardedMemory(count: max(format.windowBytes(ownership), 1))
      defer { ownership.deallocate() }
      try withExtendedLifetime(memory) {
        var opener = format.opener(Self.association, aead: aead, ownership, top: 0, in: memory.start)
        try body(aead, &opener)
      }
    }
  }

  /// RFC 6054 section 3: the IV's leftmost bits are the Sender ID, the rest is the sender's own.
  @Test func theIVIsSenderAndCount() throws {
    try withAEAD { aead in
      var sealer = sealer(aead, after: 0x0A0B_0C0D_0E0E)
      let packet = try sealer.sealed(Self.inner)
      #expect(
        packet.prefix(16) == [1, 2, 3, 4, 0x0C, 0x0D, 0x0E, 0x0F, 5, 6, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F])
      #expect(packet.count == ESPLayout.sealedBytes(inner: 46))
      packet.withUnsafeBytes { bytes in
        let at = bytes.baseAddress.unsafelyUnwrapped
        #expect(ESPSenders.number(at) == 0x0A0B_0C0D_0E0F && ESPSenders.sender(at) == 0x0506)
      }
    }
  }

  /// The count must not run over into the Sender ID, which would be another sender's nonce.
  @Test func theLastCountIsTheLast() throws {
    try withAEAD { aead in
      var sealer = sealer(aead, after: 1 << 48 - 2)
      let last = try sealer.sealed(Self.inner)
      #expect(last.prefix(16).suffix(8) == [5, 6, 255, 255, 255, 255, 255, 255])
      #expect { try sealer.sealed(Self.inner) } throws: {
        ($0 as? NotSealed)?.reason == .sequenceExhausted
      }
    }
  }

  @Test func aWindowIsOneSenders() throws {
    try with(ESPSenderWindows.self) { aead, opener in
      var (own, other) = (sealer(aead), sealer(aead, sender: 0x0507))
      let packet = try own.sealed(Self.inner)
      #expect(opener.opened(packet) == .inner(Self.inner, version: 4))
      #expect(opener.opened(try other.sealed(Self.inner)) == .refused(.unknownWindow))
      #expect(opener.opened(packet) == .refused(.replayed))
    }
  }

  /// What has no window has nothing to tell senders apart for.
  @Test func withoutWindowsAnySenderIsOpened() throws {
    try with(ESPSenders.self) { aead, opener in
      for sender: UInt16 in [0x0506, 1, .max] {
        var sealer = sealer(aead, sender: sender)
        let packet = try sealer.sealed(Self.inner)
        for _ in 0..<2 { #expect(opener.opened(packet) == .inner(Self.inner, version: 4)) }
      }
    }
  }

  /// Its opener takes what these bytes are, and nothing else (RFC 4303: lengths, trailer).
  @Test func theShortestAndWhatIsShorter() throws {
    try with(ESPSenderWindows.self) { aead, opener in
      var sealer = sealer(aead)
      let packet = try sealer.sealed(Self.inner)
      for count in 0..<34 {
        #expect(opener.opened(Array(packet.prefix(count))) == .refused(.tooShort), "\(count) bytes")
      }
      for count in 34..<packet.count {
        #expect(opener.opened(Array(packet.prefix(count))) == .refused(.authentication), "\(count) bytes")
      }
      #expect(opener.opened(packet) == .inner(Self.inner, version: 4))
    }
  }
}
