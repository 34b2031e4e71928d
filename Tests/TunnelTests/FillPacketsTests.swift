import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Packets that carry nothing.
@Suite struct FillPacketsTests {
  private func fill<Sealer: FillingSealer>(_ sealer: inout Sealer, count: Int) -> [UInt8] {
    let room = Sealer.headerBytes + count + Sealer.tailroomBytes
    let memory = GuardedMemory(count: room)
    let at = memory.end - Sealer.tailroomBytes - count
    at.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    var work = PacketWork()
    return withUnsafeMutablePointer(to: &work) {
      sealer.prepareFill(at, count: count, in: $0)
      let sealed = sealer.seal($0)
      return sealed.reason == .none ? bytes(at: sealed.start, sealed.count) : []
    }
  }

  /// By hand: zeros, RFC 4303's padding, and no next header.
  @Test(arguments: [46, 47, 48, 49, 1500], [AEADAlgorithm.aes128GCM, .chaCha20Poly1305])
  func espSaysThatThereIsNoNextHeader(_ count: Int, _ algorithm: AEADAlgorithm) throws {
    try withAEAD(algorithm) { aead in
      let pad = (2 - count % 4 + 4) % 4
      let plaintext =
        [UInt8](repeating: 0, count: count) + (0..<pad).map { UInt8($0 + 1) } + [UInt8(pad), 59]
      var sealer = ESPSealer(TestTunnel.esp, aead: aead)
      var padding = PaddingSealer(
        ESPSealer(TestTunnel.esp, aead: aead, sequence: 1), to: PaddedSizes(multiplesOf: 1500))
      withWindow { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        for (number, sealed) in [fill(&sealer, count: count), fill(&padding, count: count)].enumerated() {
          #expect(sealed == craftedESP(plaintext, sequence: UInt64(number + 1), aead: aead))
          #expect(opener.opened(sealed) == .refused(.dummy))
          // It has its number as others have.
          #expect(opener.opened(sealed) == .refused(.replayed))
        }
      }
    }
  }

  /// By hand: zeros.
  @Test(arguments: [46, 1500]) func vpeHasNoVersion(_ count: Int) throws {
    try withAEAD { aead in
      var sealer = VPESealer(TestTunnel.vpe, window: 2, aead: aead)
      let sealed = fill(&sealer, count: count)
      #expect(sealed == craftedVPE([UInt8](repeating: 0, count: count), window: 2, aead: aead))
      withWindows { windows in
        var opener = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
        #expect(opener.opened(sealed) == .refused(.dummy))
        #expect(opener.opened(sealed) == .refused(.replayed))
      }
    }
  }

  @Test func noNumberIsUsedTwice() throws {
    try withAEAD { aead in
      var sealer = ESPSealer(TestTunnel.esp, aead: aead, sequence: UInt64(UInt32.max) - 1)
      let last = [fill(&sealer, count: 46), fill(&sealer, count: 46)]
      #expect(!last[0].isEmpty && last[1].isEmpty)
      var vpe = VPESealer(TestTunnel.vpe, window: 0, aead: aead, sequence: .max - 1)
      let lastOfVPE = [fill(&vpe, count: 46), fill(&vpe, count: 46)]
      #expect(!lastOfVPE[0].isEmpty && lastOfVPE[1].isEmpty)
    }
  }
}
