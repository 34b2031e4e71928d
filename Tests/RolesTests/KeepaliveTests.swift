import Cases
import Crypto
import Roles
import TestSupport
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Packets that are authentic and go no further than the gateway that opens them: WireGuard's keepalives
  /// and ESP's dummies. Their numbers are used up, whichever thread marks them, and when.
  @Suite struct KeepaliveTests {
    static let models: [System] = [
      .espSingle, .espParallel, .espOrdered, .wireguard, .wireguardParallel, .wireguardOrdered,
    ]

    /// Gateway B with a window of 64 packets, and what gateway A seals for it.
    struct Bench {
      let harness: ReplayHarness
      let plan: CasePlan
      private let test: ReplayCase
      private let keys: TestKeys
      private let isESP: Bool
      let cipher: AEADAlgorithm

      init(_ model: System, opening: Int) throws {
        test = ReplayCase(model: model, sealing: 1, opening: opening)
        isESP = model.format == .esp
        cipher = isESP ? .aes128GCM : .chaCha20Poly1305
        plan = try test.plan(cipher)
        keys = plan.keys(cipher, .aToB, number: 0, generation: 0)
        harness = try ReplayHarness(test, plan)
      }

      /// A frame of the black link around what is authentic, and an inner packet for each identity but 0.
      private func sealed(_ number: UInt64, _ identity: UInt64) throws -> SealedPacket {
        let inner = identity == 0 ? [] : Array(InnerFrame.make(identity).dropFirst(14))
        let packet = try withAEAD(cipher, key: keys.key) { aead in
          let spi = keys.terms.spi
          if isESP {
            let body = inner.isEmpty ? [UInt8](repeating: 7, count: 22) : inner
            // Of both lengths none needs padding.
            let plain = body + [0, inner.isEmpty ? 59 : 4]
            let (name, low) = (big(UInt64(spi), 4), big(number & 0xFFFF_FFFF, 4))
            let nonce = big(UInt64(keys.terms.salt), 4) + big(number, 8)
            let additional = name + (test.usesESN ? big(number, 8) : low)
            return name + low + big(number, 8)
              + aead.sealed(plain, nonce: nonce, additional: additional)
          }
          let counter = little(number - 1, 8)
          let plain = inner + [UInt8](repeating: 0, count: (16 - inner.count % 16) % 16)
          return [4, 0, 0, 0] + little(UInt64(spi), 4) + counter
            + aead.sealed(plain, nonce: [0, 0, 0, 0] + counter)
        }
        let port = plan.encapsulation.udpPort ?? (isESP ? nil : WireGuardLayout.port)
        let outer = naiveIPv4(
          port == nil ? 50 : 17, from: TestAddress.gatewayA, to: TestAddress.gatewayB,
          port.map { naiveUDP($0, $0, packet) } ?? packet)
        return SealedPacket(
          queue: 0, frame: naiveEthernet(.gatewayABlack, outer), outerBytes: test.outerBytes, of: test.model)
      }

      func honest(_ number: UInt64) throws -> SealedPacket { try sealed(number, number) }
      func keepalive(_ number: UInt64) throws -> SealedPacket { try sealed(number, 0) }

      /// What a keepalive is dropped as.
      var reason: String { isESP ? "dummy" : "keepalive" }
      var tooOld: String { test.tooOld }
    }

    @Test(arguments: models, [1, 4]) func aKeepaliveUsesItsNumberUp(model: System, opening: Int) throws {
      guard opening == 1 || model.sharesAssociation else { return }
      let bench = try Bench(model, opening: opening)
      let harness = bench.harness
      // Among others in a burst, and alone.
      try harness.deliver([bench.honest(1), bench.keepalive(2), bench.honest(3)])
      try harness.deliver([bench.keepalive(5)])
      harness.expect([bench.reason: 2], "\(model)")
      harness.expectExactlyOnce(2, of: nil, "\(model)")
      // Again, and as another packet under its number.
      try harness.deliver([bench.keepalive(2), bench.keepalive(5), bench.honest(2), bench.honest(5)])
      harness.expect([bench.reason: 2, "replayed": 4], "\(model)")
      try harness.deliver([bench.honest(4)])
      harness.expectExactlyOnce(3, of: nil, "\(model)")

      // A keepalive alone moves the window as any packet does.
      try harness.deliver([bench.keepalive(200)])
      try harness.deliver([bench.honest(136), bench.honest(137)])
      harness.expect([bench.reason: 3, "replayed": 4, bench.tooOld: 1], "\(model)")
      harness.expectExactlyOnce(4, of: nil, "\(model)")
      harness.expectNothingLeft("\(model)")
    }

    /// Bursts of keepalives alone, and bursts in which they stand between others, each of which twice: what
    /// is kept comes out once.
    @Test(arguments: models, [1, 3])
    func keepalivesAmongOthersShiftNothing(model: System, opening: Int) throws {
      guard opening == 1 || model.sharesAssociation else { return }
      let bench = try Bench(model, opening: opening)
      var (honest, keepalives) = (0, 0)
      for round in 0..<40 {
        let numbers = (1...32).map { UInt64(round * 32 + $0) }
        let packets = try numbers.map { number in
          let isKeepalive = round % 4 == 3 || number * 5 % 7 < 3
          if isKeepalive { keepalives += 1 } else { honest += 1 }
          return isKeepalive ? try bench.keepalive(number) : try bench.honest(number)
        }
        try bench.harness.deliver(packets)
        try bench.harness.deliver(packets.reversed())
      }
      bench.harness.expectExactlyOnce(honest, of: nil, "\(model)")
      bench.harness.expect([bench.reason: keepalives, "replayed": honest + keepalives], "\(model)")
      bench.harness.expectNothingLeft("\(model)")
    }
  }
}
