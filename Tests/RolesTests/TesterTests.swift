import Dataplane
import Roles
import Testing

/// What a tester makes of its clock; tester and gateway together are tested with processes (`PeerTests`).
@Suite struct TesterTests {
  @Test func lapsThatWereDisturbedDoNotWeigh() {
    var report = TesterReport()
    #expect(report.ticksPerFrame == nil && report.idleRatio == 0)
    report.lapFrames = 100
    report.lapTicks = [20_000, 1_000_000, 21_000, 20_500, 900_000]
    (report.ticks, report.idleTicks) = (1000, 250)
    #expect(report.ticksPerFrame == 200)
    #expect(report.idleRatio == 0.25)
  }

  /// Two stages in turn on one core: 30 + 70 ticks a packet. From outside a frame took 110.
  @Test func capacityIsHeldAgainstTheRateOutside() throws {
    var report = TesterReport()
    #expect(report.capacityError == nil && report.dutIdleRatio == nil)
    (report.steadyFrames, report.steadyTicks) = (1000, 110_000)
    report.dut = [
      .init(stage: "number", counts: .init(packets: 1000, ticks: 30_000, stalledTicks: 0)),
      .init(stage: "encrypt", counts: .init(packets: 900, ticks: 63_000, stalledTicks: 6000)),
    ]
    #expect(report.dutCost == PacketCost(mean: 100, undisturbed: nil) && report.meanTicksPerFrame == 110)
    #expect(report.undisturbedCapacityError == nil, "no full bursts")
    #expect(abs(try #require(report.capacityError) - (100.0 / 110 - 1)) < 1e-12)
    #expect(abs(try #require(report.dutIdleRatio) - 0.1) < 1e-12)
    // A stage that moved nothing tells no cost.
    report.dut.append(.init(stage: "transmit", counts: .init(packets: 0, ticks: 0, stalledTicks: 0)))
    #expect(report.dutCost == nil && report.capacityError == nil)
  }

  /// A tenth of the bursts and of the laps cost less: 20 + 60 ticks a packet within, 90 outside.
  @Test func undisturbedCapacityIsHeldAgainstUndisturbedLaps() throws {
    func stage(_ name: String, _ ticks: UInt64) -> TesterReport.DUTStage {
      // Half of the bursts are disturbed, and take twice as long.
      let bursts = (0..<100).map { 64 * (ticks + ($0 % 2 == 0 ? 0 : ticks)) }
      return .init(
        stage: name, counts: .init(packets: 6400, ticks: bursts.reduce(0, +), stalledTicks: 0),
        fullBursts: TickCounts(burstTicks: bursts))
    }
    var report = TesterReport()
    report.dut = [stage("number", 20), stage("encrypt", 60)]
    (report.steadyFrames, report.steadyTicks) = (6400, 6400 * 150)
    (report.lapFrames, report.lapTicks) = (1024, (0..<20).map { 1024 * ($0 < 10 ? 90 : 210) })
    let cost = try #require(report.dutCost)
    #expect(cost.mean == 120)
    #expect(abs(try #require(cost.undisturbed) - 80) < 1)
    #expect(abs(try #require(report.capacityError) - (120.0 / 150 - 1)) < 1e-12)
    #expect(abs(try #require(report.undisturbedCapacityError) - (80.0 / 90 - 1)) < 0.01)
  }

  @Test func accountsLeaveOutWhoCountsNothing() {
    let ways = AccountsTests.way.filter { $0.role != .gatewayB }
    let stages = ways.map { report(of: $0.role, $0.stage, received: 1000, transmitted: 1000) }
    let accounts = Accounts(stages, linksMayLose: true, silentPeers: [.gatewayB])
    #expect(accounts.faults == [] && accounts.lostOnLinks == 0)
    #expect(accounts.sent == 1000 && accounts.returned == 1000)
    // Without the exemption its silence is a fault, and so are frames that come from nowhere.
    #expect(!Accounts(stages, linksMayLose: true).faults.isEmpty)
    let more = stages.dropLast() + [report(of: .generator, "collect", received: 1001, transmitted: 1001)]
    #expect(!Accounts(Array(more), linksMayLose: true, silentPeers: [.gatewayB]).faults.isEmpty)
    let fewer =
      stages.dropLast(3)
      + ways.suffix(3).map { report(of: $0.role, $0.stage, received: 990, transmitted: 990) }
    #expect(Accounts(Array(fewer), linksMayLose: true, silentPeers: [.gatewayB]).lostOnLinks == 10)
  }
}
