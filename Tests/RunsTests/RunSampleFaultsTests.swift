import Cases
import Foundation
import Results
import Roles
import Runs
import TestRuns
import Testing
import Wire

/// `SampleAnalysis`: what makes a sample invalid, and what it then must not claim, from made-up counts.
@Suite struct RunSampleFaultsTests {
  static let way: [(role: RoleName, stage: String)] = [
    (.generator, "generate"), (.gatewayA, "seal"), (.gatewayB, "open"), (.reflector, "reflect"),
    (.gatewayB, "seal"), (.gatewayA, "open"), (.generator, "collect"),
  ]

  /// A sample of an honest run of 1000 frames, and how it differs.
  struct Sample {
    var isUnshared = false
    var linksMayLose = false
    var silentPeers: Set<RoleName> = []
    var impairment: Impairment?
    /// Members of the descriptor, and of its sweep.
    var members = ""
    var sweep = ""
    /// What became of associations that were renewed.
    var rekeys: RekeyReport?
    /// Frames that the stage at a position on the way drops, and why.
    var drops: (reason: DropReason, frames: UInt64)?
    var dropsAt = 1
    /// Frames that nobody counts any more behind the first stage.
    var vanished: UInt64 = 0
    /// Frames with a round trip of 250 ticks, before the window and until its end.
    var latency: (before: UInt64, after: UInt64) = (0, 0)
    /// Changes the counts of the window of a stage at a position on the way.
    var change: (Int, inout StageReport.Counters) -> Void = { _, _ in }

    func record() throws -> SampleRecord {
      try analysis().record(sample: 0, startedAt: "2026-11-28T00:00:00Z")
    }

    func analysis() throws -> SampleAnalysis {
      let descriptor = try DescriptorFixture.parse(
        DescriptorFixture.text(systems: #"["vpe"]"#, "sweep: { frame_bytes: 64, \(sweep) }, \(members)"))
      var frames: UInt64 = 1000
      var stages: [StageReport] = []
      for (position, (role, stage)) in RunSampleFaultsTests.way.enumerated()
      where !silentPeers.contains(role) {
        var counters = StageReport.Counters.none
        counters.received = frames
        if position == dropsAt, let drops {
          counters.drops[Int(drops.reason.rawValue)] = drops.frames
          frames -= drops.frames
        }
        counters.transmitted = frames
        if position == 0 { frames -= vanished }
        counters.busyPackets = counters.received
        counters.busyPolls = 20
        counters.busyTicks = counters.received * 100
        stages.append(StageReport(role: role, stage: stage, thread: 0, cpu: 0, counters: counters))
      }
      var window = stages
      for index in window.indices { change(index, &window[index].counters) }
      let none = stages.map { stage in
        var stage = stage
        stage.counters = .none
        return stage
      }
      func report(_ stages: [StageReport], ticks: UInt64, frames: UInt64 = 0) -> TopologyReport {
        TopologyReport(
          ticks: ticks, ticksPerSecond: 1_000_000, isUnshared: isUnshared, areLinksUp: true, stages: stages,
          latency: [LatencyBin(ticks: 250, frames: frames)], rekeys: rekeys)
      }
      let observed = ObservedSample(
        windowStart: [report(none, ticks: 0, frames: latency.before)],
        windowEnd: [report(window, ticks: 1_000_000, frames: latency.after)],
        final: [report(stages, ticks: 1_100_000)], generator: nil, linksMayLose: linksMayLose,
        silentPeers: silentPeers, impairment: impairment)
      return SampleAnalysis(observed, try #require(descriptor.cases.first), descriptor)
    }
  }

  @Test func anHonestSampleIsValid() throws {
    let record = try Sample().record()
    #expect(record.valid && record.faults == [] && record.gaps == [])
    #expect(record.basis == .capacity && record.metrics["capacity_gbps"] != nil)
    #expect(!record.metrics.keys.contains { $0.contains("goodput") })
  }

  @Test(arguments: [1, 2, 4, 5]) func aGatewayThreadThatGotNothingIsAFault(position: Int) throws {
    let idle = Sample(isUnshared: true, change: { if $0 == position { $1 = .none } })
    let record = try idle.record()
    let (role, stage) = Self.way[position]
    #expect(!record.valid)
    #expect(record.faults.contains { $0.hasPrefix("\(role.rawValue) \(stage) 0 received nothing") })
  }

  /// A hash may leave a queue without a flow, whether one case is hashed or all are.
  @Test(arguments: ["steering: 'hash'", "steering: 'queue'"])
  func aThreadWithoutAFlowIsNoFaultWhereFlowsAreHashed(members: String) throws {
    let idle = Sample(isUnshared: true, members: members, change: { if $0 == 1 { $1 = .none } })
    let isNamed = try idle.record().faults.contains { $0.contains("received nothing") }
    #expect(isNamed == (members != "steering: 'hash'"))
  }

  @Test func otherRolesMayBeIdle() throws {
    // The reflector's counts are read at another moment than the generator's.
    #expect(try Sample(change: { if $0 == 3 { $1 = .none } }).record().valid)
  }

  @Test func aCostThatIsNotKnownIsAFault() throws {
    // Every poll of the window that sealed was stalled, in both gateways.
    let stalled = Sample(change: { if [1, 4].contains($0) { ($1.busyPackets, $1.busyTicks) = (0, 0) } })
    let record = try stalled.record()
    #expect(!record.valid && record.metrics["capacity_gbps"] == nil)
    #expect(record.faults.contains { $0.contains("its cost is not known") })
  }

  /// The machine took each poll away: nothing is wrong.
  @Test(arguments: [true, false]) func aCostThatStallsHideIsAGap(isUnshared: Bool) throws {
    let stalled = Sample(
      isUnshared: isUnshared,
      change: { position, counters in
        guard [1, 4].contains(position) else { return }
        (counters.busyPackets, counters.busyTicks, counters.stalledTicks) = (0, 0, 1)
      })
    let record = try stalled.record()
    #expect(record.valid && record.faults == [] && record.gaps.count == 1, "\(record)")
    #expect((record.metrics["goodput_gbps"] == nil) == !isUnshared)
    #expect(record.metrics["seal_cycles_per_packet"] == nil)
    #expect(record.metrics["open_cycles_per_packet"] == 100)
  }

  @Test func meansAreOfTicksOverPackets() throws {
    // Gateway A seals 1000 frames at 100 ticks, gateway B 500 at 300; the mean is by their packets.
    let uneven = Sample(change: { if $0 == 4 { ($1.busyPackets, $1.busyTicks) = (500, 150_000) } })
    let record = try uneven.record()
    let mean = try #require(record.metrics["seal_mean_cycles_per_packet"])
    #expect(abs(mean - 250_000.0 / 1500) < 1e-9)
    // Without full bursts nothing else is known, and so no disturbance either.
    #expect(record.metrics["seal_cycles_per_packet"] == mean && record.metrics["disturbance_ratio"] == nil)
    let capacity = try #require(record.metrics["mean_capacity_gbps"])
    #expect(capacity == record.metrics["capacity_gbps"])
    // The tick counter runs at 1 MHz, a frame has 64 bytes, and its thread opens one at 100 ticks, too.
    #expect(abs(capacity - 1e6 / (mean + 100) * 512 / 1e9) < 1e-12)
  }

  @Test func ringsLoseNothingUnlessItIsAllowed() throws {
    let full = (reason: DropReason.queueFull, frames: 10 as UInt64)
    let lossy = try Sample(drops: full).record()
    #expect(!lossy.valid && lossy.faults.contains { $0.hasPrefix("10 of 1000 frames were lost on rings") })
    #expect(try Sample(linksMayLose: true, drops: full).record().valid)
    #expect(try Sample(members: "require: { max_loss_ratio: 0.01 }", drops: full).record().valid)
    #expect(try !Sample(members: "require: { max_loss_ratio: 0.009 }", drops: full).record().valid)
  }

  @Test func whatIsLostOnPurposeIsNoFaultButNoGoodputEither() throws {
    var impairment = Impairment()
    impairment.lossRatio = 0.1
    let honest = try #require(try Sample().record().metrics["capacity_gbps"])
    let lossy = try Sample(impairment: impairment, drops: (.impaired, 100), dropsAt: 3).record()
    #expect(lossy.valid)
    let carried = try #require(lossy.metrics["capacity_gbps"])
    #expect(abs(carried / honest - 0.9) < 1e-9)
    #expect(lossy.metrics["loss_ratio"] == 0.1)
  }

  /// What renewing associations drops is a loss that is told, and no fault; elsewhere it is one.
  @Test(arguments: [(DropReason.unknownSPI, 2), (.sequenceExhausted, 1)])
  func whatRenewingDropsIsToldAsLost(reason: DropReason, position: Int) throws {
    var sample = Sample(drops: (reason, 10), dropsAt: position)
    #expect(try !sample.record().valid)
    sample.sweep = "rekey_ms: 100"
    var rekeys = RekeyReport()
    (rekeys.rekeys, rekeys.late, rekeys.byNumbers) = (20, 2, 3)
    rekeys.firstPackets = [LatencyBin(ticks: 40, frames: 99), LatencyBin(ticks: 90, frames: 1)]
    sample.rekeys = rekeys
    let record = try sample.record()
    #expect(record.valid, "\(record.faults)")
    #expect(record.counts["frames_dropped_by_rekeys"] == 10 && record.metrics["loss_ratio"] == 0.01)
    #expect(record.counts["rekeys"] == 20 && record.counts["rekeys_late"] == 2)
    #expect(record.counts["rekeys_by_numbers"] == 3)
    #expect(record.metrics["first_packet_p50_us"] == 40 && record.metrics["first_packet_p99_us"] == 40)
    sample.rekeys?.failure = "no memory"
    #expect(try sample.record().faults.contains { $0.contains("not be renewed any more (no memory)") })
    // Any other drop is a fault as before.
    sample.drops = (.authentication, 10)
    #expect(try !sample.record().valid)
  }

  @Test func aGatewayThatIsNotSeenHasNoCapacity() throws {
    let record = try Sample(linksMayLose: true, silentPeers: [.gatewayB]).record()
    #expect(record.valid && record.metrics["capacity_gbps"] == nil && record.metrics["carried_gbps"] != nil)
    // What is missing has its reason.
    #expect(record.gaps.count == 1 && record.gaps[0].contains("those of gateway-b cannot be seen"))
    let measured = try Sample(isUnshared: true, linksMayLose: true, silentPeers: [.gatewayB]).record()
    #expect(measured.valid && measured.metrics["goodput_gbps"] == measured.metrics["carried_gbps"])
    #expect(measured.gaps == [])
  }

  @Test(arguments: [true, false]) func latencyIsOfTheWindowAndOfCoresOfTheirOwn(isUnshared: Bool) throws {
    let paced = "traffic: { rate_mpps: 0.001 }"
    func latency(_ before: UInt64, _ after: UInt64) throws -> Double? {
      var sample = Sample(isUnshared: isUnshared, members: paced)
      sample.latency = (before, after)
      return try sample.record().metrics["latency_p50_us"]
    }
    #expect(try latency(5, 9) == (isUnshared ? 250 : nil))
    #expect(try latency(5, 5) == nil, "what came back before the window does not count")
  }

  /// 100 busy ticks a frame, 1000 frames, four gateway stages.
  @Test(arguments: [(40_000, false), (40_001, true)] as [(UInt64, Bool)])
  func moreThanATenthStalledIsAGapNotAFault(ticks: UInt64, isGap: Bool) throws {
    let record = try Sample(change: { if $0 == 1 { $1.stalledTicks = ticks } }).record()
    #expect(record.valid && record.faults == [] && record.gaps.isEmpty == !isGap)
  }
}
