import Roles
import Testing

/// What a feed makes of its clock; feed and gateway together are tested with processes (`PeerTests`).
@Suite struct FeedTests {
  @Test func lapsThatWereDisturbedDoNotWeigh() {
    var report = FeedReport()
    #expect(report.ticksPerFrame == nil && report.idleRatio == 0)
    report.lapFrames = 100
    report.lapTicks = [20_000, 1_000_000, 21_000, 20_500, 900_000]
    (report.ticks, report.idleTicks) = (1000, 250)
    #expect(report.ticksPerFrame == 200)
    #expect(report.idleRatio == 0.25)
  }

  @Test func accountsLeaveOutWhoCountsNothing() {
    let ways = AccountsTests.way.filter { $0.role != .gatewayB }
    let stages = ways.map { report(of: $0.role, $0.stage, received: 1000, transmitted: 1000) }
    let accounts = Accounts(stages, linksMayLose: true, blackBoxes: [.gatewayB])
    #expect(accounts.faults == [] && accounts.lostOnLinks == 0)
    #expect(accounts.sent == 1000 && accounts.returned == 1000)
    // Without the exemption its silence is a fault, and so are frames that come from nowhere.
    #expect(!Accounts(stages, linksMayLose: true).faults.isEmpty)
    let more = stages.dropLast() + [report(of: .generator, "collect", received: 1001, transmitted: 1001)]
    #expect(!Accounts(Array(more), linksMayLose: true, blackBoxes: [.gatewayB]).faults.isEmpty)
    let fewer =
      stages.dropLast(3)
      + ways.suffix(3).map { report(of: $0.role, $0.stage, received: 990, transmitted: 990) }
    #expect(Accounts(Array(fewer), linksMayLose: true, blackBoxes: [.gatewayB]).lostOnLinks == 10)
  }
}
