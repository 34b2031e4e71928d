import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Inner packets with padding behind them, within what is encrypted.
@Suite struct PaddingSealerTests {
  static let multiples = [1, 2, 3, 64, 100, 256, 512, 1024, 1499, 1500]

  /// By division, and by hand at a few lengths.
  @Test func sizesAreMultiples() {
    for multiple in 1...1500 {
      let sizes = PaddedSizes(multiplesOf: multiple)
      for count in [1, 20, 28, 255, 256, 257, 700, 1402, 1499, 1500, 1501, 9000, 65_535] {
        let whole = (count + multiple - 1) / multiple * multiple
        #expect(sizes.padded(count) == (count > 1500 ? count : min(whole, 1500)), "\(count) to \(multiple)")
      }
    }
    let sizes = PaddedSizes(multiplesOf: 512)
    #expect([46, 512, 513, 1402, 1500, 1600].map(sizes.padded) == [512, 512, 1024, 1500, 1500, 1600])
  }

  private struct Question: Encodable {
    let format: String
    let aead = "aes-128-gcm"
    let key = TestTunnel.key(.aes128GCM).hex()
    let spi: UInt32 = 0x0102_0304
    let salt: UInt32 = 0xA1A2_A3A4
    let extended = true
    let sender: UInt16 = 0x0506
    let window: UInt16 = 3
    let sequence: UInt64
    let inner: String
  }

  /// Every byte as of an encoder that is given the packet with zeros behind it; and receivers cut these off.
  private func check<Sealer: PacketSealer, Opener: PacketOpener>(
    _ format: String, _ make: (UInt64) -> Sealer, _ opener: inout Opener
  ) throws {
    var questions: [Question] = []
    var packets: [(inner: [UInt8], sealed: [UInt8])] = []
    for multiple in Self.multiples {
      let sizes = PaddedSizes(multiplesOf: multiple)
      for count in [28, 60, 255, 256, 257, 1402, 1500] {
        let number = UInt64(packets.count)
        let inner = InnerPacket.make(version: count % 2 == 0 && count > 40 ? 6 : 4, count: count)
        var sealer = PaddingSealer(make(number), to: sizes)
        let padding = [UInt8](repeating: 0, count: sizes.padded(count) - count)
        packets.append((inner, try sealer.sealed(inner)))
        questions.append(Question(format: format, sequence: number + 1, inner: (inner + padding).hex()))
        // What it writes is what it asks for, and no more.
        let written = packets[Int(number)].sealed.count - Sealer.headerBytes - count
        #expect(written <= sealer.tailroom(behind: count))
        #expect(sealer.tailroom(behind: count) == padding.count + Sealer.tailroomBytes)
      }
    }
    let answers = try Oracle.answers(of: "formats.py", to: questions)
    for (packet, answer) in zip(packets, answers) {
      #expect(packet.sealed.hex() == answer, "\(packet.inner.count) bytes")
      let opened = opener.opened(packet.sealed)
      #expect(opened == .inner(packet.inner, version: packet.inner[0] >> 4))
    }
  }

  @Test func espIsPaddedExactly() throws {
    try withAEAD { aead in
      try withWindow(size: 128) { window in
        var opener = ESPOpener(TestTunnel.espExtended, aead: aead, window: window)
        try check("esp", { ESPSealer(TestTunnel.espExtended, aead: aead, sequence: $0) }, &opener)
      }
    }
  }

  @Test func vpeIsPaddedExactly() throws {
    try withAEAD { aead in
      try withWindows(size: 128) { windows in
        var opener = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
        try check("vpe", { VPESealer(TestTunnel.vpe, window: 3, aead: aead, sequence: $0) }, &opener)
      }
    }
  }

  /// What lay behind the packet in its buffer does not reach the peer.
  @Test func noRestOfAnotherPacketIsSent() throws {
    try withAEAD { aead in
      var sealer = PaddingSealer(
        VPESealer(TestTunnel.vpe, window: 0, aead: aead), to: PaddedSizes(multiplesOf: 256))
      let inner = InnerPacket.make(count: 60)
      let memory = GuardedMemory(count: 1024)
      memory.fill(seed: 7)
      let at = memory.start + 64
      at.copyMemory(from: inner, byteCount: inner.count)
      let before = memory.contents
      let sealed = sealer.seal(at, count: inner.count)
      #expect(sealed.reason == .none && sealed.count == 32 + 256)
      #expect(memory.firstChange(since: before, outside: sealed.start..<sealed.start + sealed.count) == nil)
      let packet = bytes(at: sealed.start, sealed.count)
      let plain = aead.opened(
        Array(packet[32...] + packet[16..<32]), nonce: Array(packet[..<12]))
      #expect(plain == inner + [UInt8](repeating: 0, count: 196))
    }
  }
}
