import Cases
import Crypto
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Associations that are renewed while packets flow.
  @Suite struct RenewalTests {
    static let systems = System.allCases.filter(\.renews)

    private func plan(_ system: System, threads: Int, tunnels: Int, milliseconds: Int) -> CasePlan {
      var plan = TestHost.plan(system, threads: threads)
      plan.tunnels = tunnels
      plan.flows = max(tunnels * plan.sealing, 8)
      plan.inFlightFrames = 2048
      // It must hold what passes a thread that is off its core.
      if system.reorders { plan.windowSize = 65_536 }
      plan.rekeyMilliseconds = milliseconds
      return plan
    }

    private static func allows(_ system: System, _ threads: Int, _ tunnels: Int) -> Bool {
      system.threadCounts.contains(threads) && (tunnels == 1 || system.hasTunnelTables)
    }

    /// Lets a plan run until `isDone`, and checks that no frame was lost, damaged, doubled or out of order.
    private func run(
      _ plan: CasePlan, until isDone: (RekeyReport, Accounts) -> Bool
    ) throws -> (report: RekeyReport, ran: RanCase) {
      let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      try topology.start()
      topology.send(true)
      let ended = waitUntil {
        let report = topology.report()
        return report.rekeys.map { isDone($0, Accounts(report.stages, linksMayLose: false)) } ?? true
      }
      topology.send(false)
      let isDrained = RanCase.drain(topology)
      topology.stop()
      try #require(ended && isDrained)
      let ran = try RanCase(stopped: topology)
      #expect(ran.accounts.faults == [])
      #expect(ran.accounts.returned == ran.accounts.sent && ran.dropped == 0 && ran.buffersInUse == 0)
      if !plan.system.reorders { #expect(ran.judgement.reordered == 0) }
      let report = try #require(topology.report().rekeys)
      #expect(report.failure == nil)
      // Each packet was opened under the generation that it was sealed under.
      #expect(report.generations.allSatisfy { $0.sealed == $0.opened })
      let sealed = ran.stages.filter { ["seal", "encrypt"].contains($0.stage) }.reduce(0) {
        $0 + $1.counters.transmitted
      }
      #expect(report.generations.reduce(0) { $0 + $1.sealed } == sealed)
      return (report, ran)
    }

    @Test(arguments: systems, [(2, 1), (2, 40), (3, 1), (4, 1), (6, 1), (5, 9), (16, 1)])
    func nothingIsLost(system: System, shape: (threads: Int, tunnels: Int)) throws {
      guard Self.allows(system, shape.threads, shape.tunnels) else { return }
      let plan = plan(system, threads: shape.threads, tunnels: shape.tunnels, milliseconds: 20)
      let wanted = UInt64(8 * plan.associations)
      let (report, _) = try run(plan) { rekeys, _ in rekeys.retired >= wanted }
      #expect(report.rekeys >= report.retired && report.byNumbers == 0)
      #expect(report.generations.count > 2 && report.generations[1].opened > 0, "\(report)")
      #expect(report.firstPackets.reduce(0) { $0 + $1.frames } > 0)
    }

    /// Numbers that run out renew an association, before none is left.
    @Test(arguments: systems, [1, 3]) func numbersRunOut(system: System, tunnels: Int) throws {
      let threads = system.threadCounts.lowerBound
      guard Self.allows(system, threads, tunnels) else { return }
      var plan = plan(system, threads: threads, tunnels: tunnels, milliseconds: 600_000)
      plan.esn = false
      let left: UInt64 = 40_000
      plan.numbersUsed = plan.lastNumber - left
      // Beyond what the first numbers last for.
      let (report, _) = try run(plan) { _, accounts in accounts.sent > (left + 20_000) * UInt64(tunnels) }
      #expect(report.rekeys == UInt64(2 * tunnels) && report.byNumbers == report.rekeys)
      #expect(report.generations.count == 2)
      #expect(report.generations[0].sealed <= 2 * left * UInt64(tunnels))
    }

    /// Nobody renews in time: nothing is sealed under a number twice.
    @Test(arguments: [System.espSingle, .vpe, .espParallel, .espOrdered]) func withoutNumbersNothingIsSealed(
      system: System
    ) throws {
      var plan = plan(system, threads: 2, tunnels: 1, milliseconds: 600_000)
      plan.esn = false
      plan.numbersUsed = plan.lastNumber - 100
      // A gateway alone has nobody who renews.
      let gateway = try LoneGateway(plan, .gatewayA)
      var numbers: Set<UInt64> = []
      for _ in 0..<4 {
        let frames = (0..<40).map { naiveTestFrame(bytes: 60, seed: 1, stamp: UInt64($0), time: 3, flow: 4) }
        try gateway.put(frames[...], into: gateway.red.queue(0), polling: true)
        gateway.topology.turn(gateway.stages)
        _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { queue, packet in
          let sealed = SealedPacket(
            queue: queue, frame: packet.frame, outerBytes: 34, of: system)
          #expect(numbers.insert(sealed.number).inserted)
        }
      }
      #expect(numbers.count == 100 && gateway.drops == ["sequence_exhausted": 60])
    }

    /// No two generations, associations or directions share a key, or an SPI of one receiver.
    @Test func everyGenerationHasAKeyOfItsOwn() throws {
      let plan = plan(.espMultiSA, threads: 6, tunnels: 9, milliseconds: 20)
      var keys: Set<[UInt8]> = []
      var spis: Set<UInt32> = []
      for direction in [TestKeys.Direction.aToB, .bToA] {
        for generation in 0..<50 {
          for number in 0..<plan.associations {
            let own = plan.keys(.aes128GCM, direction, number: number, generation: generation)
            #expect(keys.insert(own.key).inserted && spis.insert(own.terms.spi).inserted)
          }
        }
      }
      #expect(keys.count == 2 * 50 * plan.associations)
    }

    static let refused: [@Sendable (inout CasePlan) -> Void] = [
      { $0.system = .pspDerive }, { $0.padBytes = 256 }, { ($0.steering, $0.threads) = (.software, 4) },
      { $0.impairment = Impairment() }, { ($0.classes, $0.headerFields) = (4, .rfc4301) },
    ]

    @Test(arguments: refused.indices) func whatDoesNotGoTogetherIsRefused(row: Int) throws {
      var plan = plan(.vpe, threads: 2, tunnels: 1, milliseconds: 20)
      Self.refused[row](&plan)
      #expect(throws: RoleError.system(plan.system)) {
        try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      }
    }
  }
}
