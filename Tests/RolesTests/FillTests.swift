import Cases
import Dataplane
import Foundation
import Roles
import Testing
import Wire

extension OnDPDK {
  /// Gateways that send at a fixed clock.
  @Suite struct FillTests {
    static let systems = System.allCases.filter(\.pads)

    private func plan(_ system: System, threads: Int = 2, kpps: Int, pad: Int = 0) -> CasePlan {
      var plan = TestHost.plan(system, threads: threads)
      (plan.fillRate, plan.padBytes, plan.inFlightFrames) = (kpps, pad, 2048)
      return plan
    }

    /// What waits goes at the clock's ticks, the rest is filled and discarded; frames come back all the same.
    @Test(arguments: systems, [(2, 0), (2, 1500), (4, 512)])
    func everyFrameComesBack(system: System, shape: (threads: Int, pad: Int)) throws {
      guard system.threadCounts.contains(shape.threads) else { return }
      var plan = plan(system, threads: shape.threads, kpps: 40, pad: shape.pad)
      plan.rateMpps = 0.01
      let ran = try RanCase(plan, frames: 2_000)
      // A machine whose threads are off their CPUs may find queues full.
      #expect(ran.accounts.faults == [] && ran.accounts.returned + ran.congested >= ran.accounts.sent)
      #expect(ran.buffersInUse == 0 && ran.judgement.reordered == 0)
      for (role, other) in [(RoleName.gatewayA, RoleName.gatewayB), (.gatewayB, .gatewayA)] {
        let made = ran.stages.filter { $0.role == role && $0.stage == FillPackets.stage }
        #expect(made.count == plan.sealing)
        let sum = made.reduce(0) { $0 + $1.counters.transmitted }
        // Three of four ticks or more have nothing to send.
        #expect(sum > ran.accounts.sent, "\(sum) of \(ran.accounts.sent)")
        let dropped = ran.stages.filter { $0.role == other }.reduce(0) {
          $0 + $1.counters.drops[Int(DropReason.dummy.rawValue)]
        }
        #expect(dropped <= sum && dropped + ran.congested >= sum)
      }
    }

    /// A clock that ticks less often than frames come holds them back: nothing is filled.
    @Test func aSlowClockHoldsFramesBack() throws {
      let ran = try RanCase(plan(.vpe, kpps: 20), frames: 3_000)
      #expect(ran.accounts.faults == [] && ran.accounts.returned == ran.accounts.sent)
      // The rest waits where frames come in first.
      let made = ran.stages.filter { $0.stage == FillPackets.stage && $0.role == .gatewayA }
      #expect(made.count == 1)
      let sum = made.reduce(0) { $0 + $1.counters.transmitted }
      #expect(sum < ran.accounts.sent / 2, "\(sum) of \(ran.accounts.sent)")
    }

    /// As many packets as ticks, whatever comes.
    @Test(arguments: [0, 7]) func aClockTicks(frames: Int) throws {
      let gateway = try LoneGateway(plan(.vpe, kpps: 20), .gatewayA)
      gateway.topology.send(true)
      gateway.topology.turn(gateway.stages)
      let start = EAL.ticks
      if frames > 0 {
        let own = (0..<frames).map {
          naiveTestFrame(bytes: 60, seed: 1, stamp: UInt64($0), time: 3, flow: 4)
        }
        try gateway.put(own[...], into: gateway.red.queue(0), polling: false)
      }
      var (taken, last, count) = (0, start, 1)
      // Until it has nothing to make up for.
      while last < start &+ EAL.ticksPerSecond / 10 || count > 0 {
        last = EAL.ticks
        gateway.topology.turn(gateway.stages)
        count = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { _, packet in
          #expect(packet.count == 14 + 20 + 32 + 46)
        }
        taken += count
      }
      let ticks = Double(last &- start) / Double(EAL.ticksPerSecond) * 20_000
      #expect(abs(Double(taken) - ticks) < 100, "\(taken) of \(ticks)")
      let made = gateway.topology.report().stages.first { $0.stage == FillPackets.stage }
      #expect(made.map { Int($0.counters.transmitted) } == taken - frames)
      // Halted, it lets frames through and makes nothing.
      gateway.topology.send(false)
      for _ in 0..<100 { gateway.topology.turn(gateway.stages) }
      _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { _, _ in }
      usleep(2000)
      gateway.topology.turn(gateway.stages)
      let late = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { _, _ in }
      #expect(late == 0)
    }

    static let refused: [@Sendable (inout CasePlan) -> Void] = [
      { $0.system = .wireguard }, { $0.impairment = Impairment() }, { $0.tunnels = 2 },
      { $0.rekeyMilliseconds = 9 }, { $0.headerFields = .rfc4301 },
    ]

    @Test(arguments: refused.indices) func whatDoesNotGoTogetherIsRefused(row: Int) throws {
      var plan = plan(.vpe, kpps: 100)
      Self.refused[row](&plan)
      #expect(throws: RoleError.system(plan.system)) {
        try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      }
    }
  }
}
