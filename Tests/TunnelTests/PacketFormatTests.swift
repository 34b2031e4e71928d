import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// What holds for every format: packets come back, whatever their size, and nothing else is touched.
@Suite struct PacketFormatTests {
  /// One direction of a tunnel over guarded memory.
  struct Tunnel<Sealer: PacketSealer, Opener: PacketOpener> {
    var sealer: Sealer
    var opener: Opener
    let sealing = GuardedMemory(count: 2048)
    let opening = GuardedMemory(count: 2048)

    /// Seals and opens one packet.
    /// - Parameter atStart: whether memory begins where it may be touched, rather than ends there.
    /// - Returns: what was wrong, or nil.
    mutating func fault(_ inner: [UInt8], sealedCount: Int, atStart: Bool) -> String? {
      // Seal: from the header on, up to the tailroom.
      sealing.fill(seed: UInt64(inner.count))
      let at =
        atStart
        ? sealing.start + Sealer.headerBytes : sealing.end - Sealer.tailroomBytes - inner.count
      at.copyMemory(from: inner, byteCount: inner.count)
      let unsealed = sealing.contents
      let sealed = sealer.seal(at, count: inner.count)
      guard sealed.reason == .none else { return "not sealed: \(sealed.reason)" }
      guard sealed.start == at - Sealer.headerBytes else { return "sealed at another address" }
      guard sealed.count == sealedCount else { return "sealed to \(sealed.count) bytes, not \(sealedCount)" }
      let writable = at - Sealer.headerBytes..<at + inner.count + Sealer.tailroomBytes
      guard sealed.start + sealed.count <= writable.upperBound else { return "longer than its tailroom" }
      if let offset = sealing.firstChange(since: unsealed, outside: writable) {
        return "sealing wrote at \(offset)"
      }

      // Open: nothing outside of the packet.
      opening.fill(seed: UInt64(inner.count))
      let outer = opening.put(bytes(at: sealed.start, sealed.count), atStart: atStart)
      let unopened = opening.contents
      let opened = opener.open(outer, count: sealed.count)
      guard opened.reason == .none else { return "not opened: \(opened.reason)" }
      guard opened.start == outer + Sealer.headerBytes else { return "opened at another address" }
      guard opened.version == inner[0] >> 4 else { return "opened as version \(opened.version)" }
      guard bytes(at: opened.start, opened.count) == inner else { return "opened to another packet" }
      if let offset = opening.firstChange(since: unopened, outside: outer..<outer + sealed.count) {
        return "opening wrote at \(offset)"
      }
      return nil
    }

    /// Records every size that does not come back.
    mutating func expectEverySize(sealedBytes: (Int) -> Int) {
      for version: UInt8 in [4, 6] {
        for count in InnerPacket.counts(version: version) {
          let inner = InnerPacket.make(version: version, count: count)
          for atStart in [false, true] {
            if let fault = fault(inner, sealedCount: sealedBytes(count), atStart: atStart) {
              Issue.record("IPv\(version), \(count) bytes, at start \(atStart): \(fault)")
            }
          }
        }
      }
    }
  }

  @Test(arguments: AEADAlgorithm.allCases, [false, true])
  func espEverySize(algorithm: AEADAlgorithm, usesESN: Bool) throws {
    let association = usesESN ? TestTunnel.espExtended : TestTunnel.esp
    try withAEAD(algorithm) { aead in
      withWindow { window in
        var tunnel = Tunnel(
          sealer: ESPSealer(association, aead: aead),
          opener: ESPOpener(association, aead: aead, window: window))
        tunnel.expectEverySize(sealedBytes: ESPLayout.sealedBytes)
        #expect(tunnel.sealer.sequence == 2 * (1481 + 1461))
        #expect(tunnel.opener.window.top == tunnel.sealer.sequence)
      }
    }
  }

  @Test(arguments: AEADAlgorithm.allCases)
  func vpeEverySize(algorithm: AEADAlgorithm) throws {
    try withAEAD(algorithm) { aead in
      withWindows { windows in
        var tunnel = Tunnel(
          sealer: VPESealer(TestTunnel.vpe, window: 3, aead: aead),
          opener: VPEOpener(TestTunnel.vpe, aead: aead, windows: windows))
        tunnel.expectEverySize(sealedBytes: VPELayout.sealedBytes)
        #expect(tunnel.sealer.sequence == 2 * (1481 + 1461))
      }
    }
  }

  @Test func nullEverySize() {
    var tunnel = Tunnel(sealer: NullSealer(), opener: NullOpener())
    tunnel.expectEverySize { $0 }
  }

  /// Random bytes of every length, the association's own SPI and IDs in front: refused, whatever they are,
  /// and nothing outside of them is read or written.
  @Test func noiseIsRefused() throws {
    let memory = GuardedMemory(count: 256)
    try withAEAD { aead in
      withWindows { windows in
        withWindow { window in
          var esp = ESPOpener(TestTunnel.espExtended, aead: aead, window: window)
          var vpe = VPEOpener(TestTunnel.vpe, aead: aead, windows: windows)
          var generator = SplitMix64(state: 31)
          for count in Array(0...256) + Array(0...256) {
            let noise = generator.bytes(count)
            let espLike = Array((bigEndian(TestTunnel.esp.spi) + noise).prefix(count))
            let ids: [UInt8] = [6, 5, 1, 0] + noise.prefix(8) + [4, 3, 2, 1]
            let vpeLike = Array((ids + noise).prefix(count))
            #expect(esp.open(memory.put(espLike), count: count).reason != .none)
            #expect(vpe.open(memory.put(vpeLike), count: count).reason != .none)
          }
          #expect(esp.window.top == 0)
        }
      }
    }
  }
}
