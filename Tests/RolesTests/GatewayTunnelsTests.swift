import Cases
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Gateways of many tunnels.
  @Suite struct GatewayTunnelsTests {
    static let systems = System.gateways.filter(\.hasTunnelTables)

    private func plan(_ system: System, _ sealing: Int, _ opening: Int, tunnels: Int) -> CasePlan {
      var plan = TestHost.plan(system, threads: sealing + opening)
      if system.choosesSealThreads { plan.sealThreads = sealing }
      plan.tunnels = tunnels
      plan.flows = sealing * tunnels
      plan.inFlightFrames = 512
      return plan
    }

    /// Every frame comes back over its own tunnel, or it would be damaged.
    @Test(arguments: systems, [2, 40, 1000])
    func everyFrameComesBack(system: System, tunnels: Int) throws {
      let shapes = system.runsInParallel ? [(1, 1), (2, 2), (3, 2), (2, 3)] : [(1, 1)]
      for (sealing, opening) in shapes {
        for steering in system.runsInParallel ? [Steering.queue, .software, .hash] : [.queue] {
          var plan = plan(system, sealing, opening, tunnels: tunnels)
          plan.steering = steering
          _ = try TopologyTests.runCleanly(plan, frames: 20_000, polled: true)
        }
      }
    }

    /// Each tunnel has associations of its own, whose numbers go up by one, and nothing else has any.
    @Test(arguments: [System.vpe, .espMultiSA], [(1, 1), (2, 2), (3, 2)])
    func everyPacketIsItsTunnels(system: System, threads: (Int, Int)) throws {
      let (sealing, opening) = threads
      let plan = plan(system, sealing, opening, tunnels: 5)
      let gateway = try LoneGateway(plan, .gatewayA)
      let stride = system == .vpe ? 1 : (sealing + opening - 1) / opening * opening
      var last: [[UInt32]: UInt64] = [:]
      for round in 0..<20 {
        for thread in 0..<sealing {
          let tunnels = (0..<8).map { ($0 * 3 + round) % 5 }
          let frames = tunnels.map { tunnel in
            naiveTestFrame(bytes: 60, seed: 1, stamp: 2, time: 3, flow: 4, tunnel: tunnel)
          }
          // To the network itself, to a host behind no tunnel, and to another network.
          let stray = [-1, 5, 0x10_0000].map { tunnel in
            naiveTestFrame(bytes: 60, seed: 1, stamp: 2, time: 3, flow: 4, tunnel: tunnel)
          }
          try gateway.put((stray + frames)[...], into: gateway.red.queue(thread), polling: true)
          gateway.topology.turn(gateway.stages)
          var found: [UInt32] = []
          _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { queue, packet in
            #expect(queue == thread)
            let sealed = SealedPacket(
              queue: queue, frame: packet.frame, outerBytes: 34, of: system)
            // VPE has its SPI behind the number, little-endian.
            let spi =
              system == .vpe
              ? packet.frame[46..<50].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
              : sealed.association
            let association = [spi, sealed.association]
            #expect(sealed.number == last[association, default: 0] + 1)
            last[association] = sealed.number
            found.append(spi)
          }
          let child = system == .vpe ? 0 : thread
          #expect(found == tunnels.map { 0x0100_1000 + UInt32($0 * stride + child) })
        }
      }
      #expect(last.count == sealing * 5 && gateway.dropped == 3 * 20 * sealing)
    }
  }
}
