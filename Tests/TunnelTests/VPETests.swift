import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

@Suite struct VPETests {
  // MARK: Layout

  /// Paper, Figure 3, byte by byte.
  @Test func layout() throws {
    let association = VPEAssociation(spi: 0x0102_0304, sender: 0x0506, windows: 0x10000)
    let inner = InnerPacket.make(count: 47)
    let sequence: UInt64 = 0x1112_1314_1516_1718
    try withAEAD { aead in
      var sealer = VPESealer(association, window: 0x0708, aead: aead, sequence: sequence - 1)
      let packet = try sealer.sealed(inner)
      #expect(sealer.sequence == sequence)
      #expect(packet.count == 32 + 47)
      #expect(packet[0..<2] == [0x06, 0x05])
      #expect(packet[2..<4] == [0x08, 0x07])
      #expect(packet[4..<12] == [0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11])
      #expect(packet[12..<16] == [0x04, 0x03, 0x02, 0x01])

      let sealed = Array(packet[32...] + packet[16..<32])
      #expect(aead.opened(sealed, nonce: Array(packet[0..<12])) == inner)
    }
  }

  // MARK: Windows

  /// One key, the same numbers, other windows or senders: no two packets share a nonce.
  @Test func noncesDiffer() throws {
    let inner = InnerPacket.make(count: 60)
    var nonces: Set<[UInt8]> = []
    try withAEAD { aead in
      for sender: UInt16 in [0, 1, 0x100, .max] {
        for window: UInt16 in [0, 1, 0x100, .max] {
          let association = VPEAssociation(spi: 256, sender: sender, windows: 0x10000)
          var sealer = VPESealer(association, window: window, aead: aead)
          for _ in 0..<10 { nonces.insert(Array(try sealer.sealed(inner).prefix(12))) }
        }
      }
    }
    #expect(nonces.count == 160)
  }

  /// Each window has numbers of its own.
  @Test func windowsAreIndependent() throws {
    let inner = InnerPacket.make(count: 60)
    try withAEAD { aead in
      withWindows { windows in
        var opener = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
        for window: UInt16 in 0..<4 {
          // A far number here must not make the others' small numbers old.
          let far = craftedVPE(inner, sequence: 1 << 40, window: window, aead: aead)
          #expect(opener.opened(far).reason == .none)
        }
        for window: UInt16 in 0..<4 {
          let old = craftedVPE(inner, sequence: 1, window: window, aead: aead)
          #expect(opener.opened(old).reason == .tooOld)
          let near = craftedVPE(inner, sequence: 1 << 40 - UInt64(window) - 1, window: window, aead: aead)
          #expect(opener.opened(near).reason == .none)
          #expect(opener.opened(near).reason == .replayed)
        }
      }
    }
  }

  @Test func ownedWindows() {
    withWindows(count: 8, owned: { $0 % 3 == 0 }) { windows in
      #expect(windows.count == 8)
      #expect((0..<8).filter { windows.isOwned($0) } == [0, 3, 6])
      #expect(windows.checkAndMark(3, 1) == .none)
      #expect(windows.checkAndMark(3, 1) == .replayed)
      #expect(windows.checkAndMark(6, 1) == .none)
      #expect(windows.checkAndMark(1, 1) == .foreignWindow)
    }
  }

  @Test func windowsMayBeAsManyAsTheirIDs() {
    withWindows(count: 65536, owned: { $0 == .max }) { windows in
      #expect(windows.isOwned(.max))
      #expect(!windows.isOwned(0))
      #expect(windows.checkAndMark(.max, 1) == .none)
    }
  }

  @Test func noWindowIsAMistake() async {
    await #expect(processExitsWith: .failure) { _ = VPEWindows(count: 0, size: 64) { _ in true } }
    await #expect(processExitsWith: .failure) { _ = VPEWindows(count: 65537, size: 64) { _ in false } }
  }

  // MARK: Exhaustion

  @Test func numbersEnd() throws {
    let inner = InnerPacket.make(count: 60)
    try withAEAD { aead in
      var sealer = VPESealer(TestTunnel.vpe, window: 0, aead: aead, sequence: .max - 2)
      for number in [UInt64.max - 1, .max] {
        let sealed = try sealer.sealed(inner)
        #expect(Array(sealed[4..<12].reversed()) == bigEndian(number))
      }
      expectExhausted(&sealer, inner)
      #expect(sealer.sequence == .max)
    }
  }

  @Test func firstNumberIs1() throws {
    try withAEAD { aead in
      var sealer = VPESealer(TestTunnel.vpe, window: 0, aead: aead)
      #expect(sealer.sequence == 0)
      let sealed = try sealer.sealed(InnerPacket.make(count: 60))
      #expect(sealed[4..<12] == [1, 0, 0, 0, 0, 0, 0, 0])
      #expect(sealer.sequence == 1)
    }
  }
}
