import Cases
import Dataplane
import Foundation
import Roles
import TestSupport
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Padding for traffic-flow confidentiality in gateways and in packet costs.
  @Suite struct PaddingTests {
    static let systems: [System] = [.espSingle, .espMultiSA, .vpe]

    @Test(arguments: systems, [1, 256, 1500])
    func everyFrameComesBack(_ system: System, _ multiple: Int) throws {
      for frameBytes in [64, 576, 1420, 1518] {
        for fields in [HeaderFields.none, .rfc4301] {
          var plan = TestHost.plan(system, threads: system == .espSingle ? 2 : 4, frameBytes: frameBytes)
          plan.padBytes = multiple
          plan.headerFields = fields
          plan.inFlightFrames = 2048
          try TopologyTests.runCleanly(plan, frames: 2_000, polled: true)
        }
      }
    }

    /// Devices of the black link must let padded packets pass.
    @Test(arguments: [(64, 256, 256), (64, 1500, 1500), (1420, 512, 1500), (64, 0, 46)])
    func theBlackLinkKnowsTheirLength(_ frameBytes: Int, _ multiple: Int, _ inner: Int) {
      var plan = TestHost.plan(.vpe, frameBytes: frameBytes)
      plan.padBytes = multiple
      #expect(plan.blackFrameBytes == 14 + 20 + 32 + inner + 4)
    }

    @Test func systemsThatDoNotPadAreRefused() throws {
      var plan = TestHost.plan(.wireguard)
      plan.aead = "chacha20-poly1305"
      plan.padBytes = 256
      #expect(throws: RoleError.system(.wireguard)) {
        try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      }
      var classes = TestHost.plan(.vpe)
      (classes.padBytes, classes.classes) = (256, 2)
      #expect(throws: RoleError.system(.vpe)) {
        try TestHost.shared().topology(classes, roles: Set(RoleName.allCases))
      }
    }

    /// Room is asked for as the packet needs it.
    @Test func aBufferWithoutRoomIsRefused() throws {
      let keys = TestKeys(seed: 9, .aToB, algorithm: .aes128GCM, usesESN: true, windows: 1)
      try withAEAD(.aes128GCM, key: keys.key) { aead in
        let sealer = PaddingSealer(
          VPESealer(keys.vpe, window: 0, aead: aead), to: PaddedSizes(multiplesOf: 1500))
        var seal = Seal(sealer: sealer, outer: GatewayTransformsTests.outer(50, udpPort: nil).0)
        let frame = naiveEthernet(.generator, GatewayTransformsTests.inner(60))
        for (room, reason) in [(1440, DropReason.none), (1439, .noRoom)] {
          let headroom = PacketPool.bufferBytes - frame.count - room
          try withPacket(frame, headroom: headroom) { packet in
            #expect(seal.apply(packet) == reason, "\(room)")
          }
        }
      }
    }

    @Test(arguments: [System.espSingle, .vpe])
    func packetCostsAreOfPaddedPackets(_ system: System) throws {
      var plan = CostPlan(
        system: system, operations: MeasuredOperation.allCases, aead: "aes-128-gcm", packetBytes: 50, seed: 3)
      (plan.packetsInFlight, plan.packets, plan.padBytes) = (64, 500, 256)
      let report = try TestHost.shared().measure(plan)
      #expect(report.tallies.map(\.operation) == MeasuredOperation.allCases)
      for tally in report.tallies {
        #expect(tally.packets + 64 * tally.stalledBatches == 512 && tally.failures == 0, "\(tally)")
      }
      plan.operations = [.seal]
      let sample = try TestHost.shared().sealedPackets(plan)
      let sealed = system == .vpe ? VPELayout.sealedBytes(inner: 256) : ESPLayout.sealedBytes(inner: 256)
      #expect(sample.packets.allSatisfy { $0.count == sealed } && sample.inner.count == 50)
    }
  }
}
