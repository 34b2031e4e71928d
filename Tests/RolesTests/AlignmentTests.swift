import Cases
import Dataplane
import Roles
import Testing
import Wire

extension OnDPDK {
  /// Where packets lie in their buffers.
  @Suite struct AlignmentTests {
    @Test func theHeadersOfBothFormatsBeginSixteenBytes() {
      for model in [System.null, .espSingle, .vpe] {
        for udpPort in [nil, UInt16(4500)] {
          for isIPv6 in [false, true] {
            var plan = TestHost.plan(model)
            plan.encapsulation.udpPort = udpPort
            plan.encapsulation.isIPv6 = isIPv6
            for end in [LinkEnd.gatewayARed, .gatewayABlack, .gatewayBBlack, .gatewayBRed] {
              let before = plan.bytesBeforeInner(at: end)
              let shift = PacketPool.alignment(before: before)
              #expect((0..<64).contains(shift))
              #expect((shift + PacketPool.headroomBytes + before) % 64 == 0)
            }
            let outer = 14 + (isIPv6 ? 40 : 20) + (udpPort == nil ? 0 : 8)
            let header = model == .null ? 0 : model == .vpe ? 32 : 16
            #expect(plan.bytesBeforeInner(at: .gatewayBBlack) == outer + header)
          }
        }
      }
      #expect(PacketPool.alignment(before: Ethernet.headerBytes) == 50)
    }

    /// As a driver sees it: frames go behind DPDK's headroom, and there is as much room as ever.
    @Test(arguments: [0, 14, 50, 63]) func buffersBeginBehindALine(_ shift: Int) throws {
      _ = try TestHost.shared()
      let pool = try PacketPool(name: "shifted \(shift)", count: PacketPoolLimits.least, shift: shift)
      let burst = Burst()
      defer { burst.deallocate() }
      for _ in 0..<2 {
        try #require(pool.source.allocate(burst, count: 8))
        for index in 0..<8 {
          let packet = burst[index]
          let address = UInt(bitPattern: packet.data)
          #expect(address % 64 == UInt(PacketPool.headroomBytes + shift) % 64)
          #expect(packet.headroom == PacketPool.headroomBytes)
          #expect(packet.headroom + packet.count + packet.tailroom == PacketPool.bufferBytes)
        }
        burst.free(from: 0, to: 8)
      }
    }

    @Test func costsAreThoseOfAlignedPackets() throws {
      for (isAligned, extra, offset) in [
        (true, 0, 0 as UInt), (true, 14, 14), (false, 0, 14), (false, 2, 16),
      ] {
        var plan = CostPlan(
          system: .vpe, operations: [.seal], aead: "aes-128-gcm", packetBytes: 50, seed: 1)
        plan.packetsInFlight = 64
        plan.packets = 64
        plan.isAligned = isAligned
        plan.extraHeadroomBytes = extra
        let sample = try TestHost.shared().sealedPackets(plan)
        #expect(sample.addresses.allSatisfy { $0 % 64 == offset })
      }
    }
  }
}
