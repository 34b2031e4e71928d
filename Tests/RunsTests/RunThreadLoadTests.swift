import Cases
import Roles
import Runs
import Testing
import Wire

/// `ThreadLoad`: which thread of a gateway limits it, from made-up counts.
@Suite struct RunThreadLoadTests {
  /// A stage that received so many packets, and was busy for so many ticks with each.
  static func report(
    _ stage: String, thread: Int, packets: UInt64, ticks: UInt64, role: RoleName = .gatewayA
  ) -> StageReport {
    var counters = StageReport.Counters.none
    counters.received = packets
    counters.transmitted = packets
    counters.busyPackets = packets
    counters.busyTicks = packets * ticks
    return StageReport(role: role, stage: stage, thread: thread, cpu: 0, counters: counters)
  }

  @Test func theSlowerDirectionLimits() throws {
    let load = try #require(
      ThreadLoad.greatest(of: [
        Self.report("seal", thread: 0, packets: 1000, ticks: 150),
        Self.report("open", thread: 1, packets: 1000, ticks: 140),
      ]))
    #expect(load.stages == "seal" && load.thread == 0 && load.ticks == 150)
  }

  @Test func threadsAlikeShareTheWork() throws {
    let reports = (0..<4).map { Self.report("seal", thread: $0, packets: 500, ticks: 200) }
    #expect(try #require(ThreadLoad.greatest(of: reports)).ticks == 50)
  }

  /// Fill packets cost what others do, and what does carry something is charged with them.
  @Test func whatIsFilledIsWorkButNotCarried() throws {
    var open = Self.report("open", thread: 1, packets: 1000, ticks: 100, role: .gatewayA)
    open.counters.transmitted = 250
    open.counters.drops[Int(DropReason.dummy.rawValue)] = 750
    var filled = Self.report("fill", thread: 0, packets: 600, ticks: 0)
    (filled.counters.busyPackets, filled.counters.busyTicks) = (0, 0)
    let seal = Self.report("seal", thread: 0, packets: 1000, ticks: 180)
    #expect(try #require(ThreadLoad.greatest(of: [seal, filled])).ticks == 450)
    #expect(try #require(ThreadLoad.greatest(of: [seal, filled])).stages == "seal")
    #expect(try #require(ThreadLoad.greatest(of: [open])).ticks == 400)
  }

  /// Where inner packets are cut, a frame costs what all its pieces do: a gateway's own, or the other one's.
  @Test func piecesAreOfOneFrame() throws {
    var reports: [StageReport] = []
    for (role, sealed, more) in [(RoleName.gatewayA, 3000, 1000), (.gatewayB, 4000, 3000)]
      as [(RoleName, UInt64, UInt64)]
    {
      reports.append(Self.report("seal", thread: 0, packets: sealed, ticks: 100, role: role))
      reports.append(Self.report("cut", thread: 0, packets: sealed, ticks: 0, role: role))
      reports.append(Self.report("pieces", thread: 0, packets: more, ticks: 0, role: role))
    }
    #expect(try #require(ThreadLoad.greatest(of: reports)).ticks == 400)
    let first = reports.filter { $0.role == .gatewayA }
    #expect(try #require(ThreadLoad.greatest(of: first)).ticks == 150)
    let open = Self.report("open", thread: 1, packets: 4000, ticks: 200, role: .gatewayA)
    #expect(try #require(ThreadLoad.greatest(of: reports + [open])).ticks == 800)
    // Outer packets are cut behind the stage.
    let outer = first.map { report in
      var report = report
      if report.stage == "cut" { report.stage = "cut-outer" }
      return report
    }
    #expect(try #require(ThreadLoad.greatest(of: outer)).ticks == 100)
  }

  @Test func whatIsRefusedIsWorkButNotCarried() throws {
    var open = Self.report("decrypt", thread: 1, packets: 1500, ticks: 100)
    open.counters.transmitted = 1000
    open.counters.drops[Int(DropReason.authentication.rawValue)] = 500
    let load = try #require(
      ThreadLoad.greatest(of: [
        Self.report("steer", thread: 0, packets: 1500, ticks: 80), open,
        Self.report("transmit", thread: 2, packets: 1000, ticks: 140),
        Self.report("impair", thread: 3, packets: 1000, ticks: 900),
      ]))
    #expect(load.stages == "decrypt" && abs(load.ticks - 150) < 1e-9, "two honest packets cost as three")
  }

  @Test func aStageInFrontCarriesWhatIsRefusedLater() throws {
    var open = Self.report("decrypt", thread: 1, packets: 1500, ticks: 10)
    open.counters.drops[Int(DropReason.replayed.rawValue)] = 500
    let load = try #require(
      ThreadLoad.greatest(of: [Self.report("steer", thread: 0, packets: 1500, ticks: 80), open]))
    #expect(load.stages == "steer" && abs(load.ticks - 120) < 1e-9)
  }

  @Test func aThreadWithMorePacketsThanItsLikeLimits() throws {
    let load = try #require(
      ThreadLoad.greatest(of: [
        Self.report("open", thread: 0, packets: 300, ticks: 100),
        Self.report("open", thread: 1, packets: 700, ticks: 100),
      ]))
    #expect(load.thread == 1 && abs(load.ticks - 70) < 1e-9)
  }

  @Test func oneThatWasDisturbedSaysNothingOfItsLike() throws {
    let load = try #require(
      ThreadLoad.greatest(of: [
        Self.report("open", thread: 0, packets: 500, ticks: 100),
        Self.report("open", thread: 1, packets: 500, ticks: 300),
      ]))
    #expect(abs(load.ticks - 100) < 1e-9, "half the packets at 200 ticks on average")
  }

  @Test func stagesOnOneThreadAddUp() throws {
    let load = try #require(
      ThreadLoad.greatest(of: [
        Self.report("receive-number", thread: 0, packets: 1000, ticks: 20),
        Self.report("encrypt", thread: 0, packets: 400, ticks: 100),
        Self.report("encrypt", thread: 1, packets: 600, ticks: 100),
      ]))
    // 20 + 0.4 × 100 and 0.6 × 100 are equal; the first thread counts.
    #expect(load.thread == 0 && load.stages == "receive-number+encrypt" && abs(load.ticks - 60) < 1e-9)
  }

  @Test func gatewaysAreAlikeAsThreadsAre() throws {
    let load = try #require(
      ThreadLoad.greatest(of: [
        Self.report("seal", thread: 0, packets: 1000, ticks: 100, role: .gatewayA),
        Self.report("seal", thread: 0, packets: 1000, ticks: 120, role: .gatewayB),
      ]))
    #expect(load.ticks == 110)
  }

  @Test func undisturbedCostsCountUnlessMeansAreAskedFor() throws {
    var report = Self.report("seal", thread: 0, packets: 64 * 100, ticks: 200)
    report.counters.fullBursts = .init(burstTicks: Array(repeating: 150 * 64, count: 100))
    #expect(abs(try #require(ThreadLoad.greatest(of: [report])).ticks - 150) < 1)
    #expect(try #require(ThreadLoad.greatest(of: [report], by: \.mean)).ticks == 200)
  }

  @Test func whereAStageMovedNothingThereIsNoFigure() {
    #expect(
      ThreadLoad.greatest(of: [
        Self.report("seal", thread: 0, packets: 1000, ticks: 100),
        Self.report("open", thread: 1, packets: 0, ticks: 0),
      ]) == nil)
    #expect(ThreadLoad.greatest(of: []) == nil)
  }
}
