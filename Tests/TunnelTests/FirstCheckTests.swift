import Testing
import Tunnel
import Wire

/// The first check of a packet's number: before authentication, at the price of a look, and without effect.
@Suite struct FirstCheckTests {
  /// Opens `packet` in place.
  private func open<Opener: PacketOpener>(_ packet: inout [UInt8], _ opener: inout Opener) -> DropReason {
    packet.withUnsafeMutableBytes {
      opener.open($0.baseAddress.unsafelyUnwrapped, count: $0.count).reason
    }
  }

  /// A fresh packet, then its replay, a forged replay and one from before the window.
  private func expectCheapRefusals<Opener: PacketOpener>(
    _ opener: inout Opener, _ seal: (_ number: UInt64) -> [UInt8]
  ) {
    var fresh = seal(100)
    #expect(open(&fresh, &opener) == .none)
    for (number, flipped, reason) in [
      (100, 0, DropReason.replayed), (100, 1, .replayed), (36, 0, .tooOld), (36, 1, .tooOld),
      (37, 1, .authentication), (101, 1, .authentication),
    ] {
      var packet = seal(UInt64(number))
      packet[packet.count - 1] ^= UInt8(flipped)
      let before = packet
      #expect(open(&packet, &opener) == reason, "\(number)")
      if reason != .authentication { #expect(packet == before, "\(number) was not decrypted") }
    }
    // What was forged used no number up.
    for number: UInt64 in [37, 101] {
      var packet = seal(number)
      #expect(open(&packet, &opener) == .none, "\(number)")
    }
  }

  @Test func replaysOfESPAreNotDecrypted() throws {
    try withAEAD { aead in
      withWindow(size: 64) { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        expectCheapRefusals(&opener) {
          craftedESP(ESPOpenTests.inner + [0, 4], sequence: $0, aead: aead)
        }
      }
    }
  }

  @Test func replaysOfVPEAreNotDecrypted() throws {
    try withAEAD { aead in
      withWindows(size: 64, owned: { _ in true }) { windows in
        var opener = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
        expectCheapRefusals(&opener) { craftedVPE(VPEOpenTests.inner, sequence: $0, aead: aead) }
      }
    }
  }
}
