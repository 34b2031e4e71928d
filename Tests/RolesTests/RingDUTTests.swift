import Cases
import Model
import Roles
import Testing

extension OnDPDK {
  /// One direction of a gateway alone between a tester's rings: everything comes out, and is right.
  @Suite struct RingDUTTests {
    private func plan(_ model: System, frameBytes: Int) throws -> TesterPlan {
      var gateway = TestHost.plan(model, threads: model.threadsAsDUT, frameBytes: frameBytes)
      gateway.inFlightFrames = 1024
      if model.isPipeline {
        // One queue leads to the tester: each stage has one thread.
        let all = DirectionAssignment.units
        gateway.assignment = try PipelineAssignment(
          seal: DirectionAssignment(direction: .seal, ioThreads: 1, shares: [0, 0, all]),
          open: DirectionAssignment(direction: .open, ioThreads: 1, shares: [0, all, 0]))
      }
      var plan = TesterPlan(gateway: gateway, framesMax: 20_000)
      plan.storeBytes = 16 << 20
      return plan
    }

    @Test(arguments: System.gateways, [64, 1420])
    func everyFrameComesOutAndIsRight(model: System, frameBytes: Int) throws {
      guard TestHost.cpus.count > 1 else { return }
      let reports = try TestHost.shared().testOverRings(plan(model, frameBytes: frameBytes))
      #expect(reports.count == 2)
      for report in reports {
        #expect(report.arrived == report.sent && report.sent > 8000)
        #expect(report.checked > 10 && report.wrong == 0)
        // What the laps saw from outside, the polls saw too, but for what was in the rings.
        let frames = Double(report.steadyFrames)
        #expect(!report.dut.isEmpty && frames > 0)
        for stage in report.dut {
          #expect(stage.counts.packets > 0 && Double(stage.counts.packets) < frames + 2048)
          // Of the laps as well, but for what was there when they ended.
          #expect(Double(stage.fullBursts.bursts) * 64 < frames + 4096)
        }
        #expect(report.dutCost?.mean ?? 0 > 0 && report.capacityError != nil)
        #expect((report.dutCost?.undisturbed == nil) == (report.undisturbedCapacityError == nil))
      }
      let stages = reports.map { $0.dut.map(\.stage) }
      let expected =
        model.isPipeline
        ? [["receive", "number", "encrypt"], ["steer", "decrypt", "transmit"]]
        : model.keepsOrder
          ? [["receive-number", "encrypt", "release-sealed"], ["dispatch", "decrypt", "release"]]
          : [["seal"], ["open"]]
      #expect(stages == expected)
    }

    @Test func aSinkLetsEveryFramePassAsItIs() throws {
      guard TestHost.cpus.count > 1 else { return }
      var plan = try plan(.espSingle, frameBytes: 64)
      plan.gateway.isSink = true
      for report in try TestHost.shared().testOverRings(plan) {
        #expect(report.arrived == report.sent && report.checked > 10 && report.wrong == 0)
      }
    }
  }
}
