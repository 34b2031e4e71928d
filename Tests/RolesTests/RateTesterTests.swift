import Cases
import Dataplane
import Roles
import Testing

extension OnDPDK {
  /// Trials of a DUT that is made up, or a gateway: every frame is accounted for, whatever this machine does
  /// meanwhile.
  @Suite struct RateTesterTests {
    private static let trial = TrialPlan(load: 50_000, seconds: 0.1)

    /// Frames that reached the DUT.
    private static func taken(_ report: TrialReport) -> UInt64 { report.sent - report.refused }

    private static func expectAccounts(_ report: TrialReport, _ trial: TrialPlan = trial) {
      #expect(report.intended == report.sent + report.unsent)
      #expect(report.sent == report.received + report.lost && report.lost >= report.refused)
      #expect(report.seconds >= trial.seconds * 0.99)
    }

    private static func run(
      _ share: Harm.Share, _ trial: TrialPlan = trial, burst: Int = 1
    ) throws -> TrialReport {
      var plan = TestHost.plan(.null)
      (plan.isSink, plan.inFlightFrames, plan.burstFrames) = (true, 1024, burst)
      let environment = try TestHost.shared().environment
      let own = try PacketPool(name: "made-up DUT", count: 2048)
      let tester = try RateTester(plan, environment: environment) { links in
        let stage = Harm.make(
          share, from: links.red.far.queue(0), to: links.black.far.queue(0), own)
        return RateTester.DUT(stages: [("harm", stage)], owner: own)
      }
      let report = try tester.run(trial)
      expectAccounts(report, trial)
      // The same again: nothing of the first trial counts in the second.
      expectAccounts(try tester.run(trial), trial)
      return report
    }

    @Test func aDUTThatDoesNoHarm() throws {
      guard TestHost.cpus.count > 1 else { return }
      let report = try Self.run(Harm.Share())
      #expect(report.received == Self.taken(report) && report.lost == report.refused)
      #expect(report.duplicated == 0 && report.reordered == 0)
      #expect(report.checked > 0 && report.wrong == 0)
    }

    @Test func lossIsLoss() throws {
      guard TestHost.cpus.count > 1 else { return }
      let report = try Self.run(Harm.Share(lost: 7))
      #expect(report.received == Self.taken(report) - Self.taken(report) / 7)
      #expect(report.duplicated == 0 && report.reordered == 0)
    }

    /// As many second copies as lost frames: counted together they would hide each other.
    @Test func aSecondCopyHidesNoLoss() throws {
      guard TestHost.cpus.count > 1 else { return }
      let report = try Self.run(Harm.Share(lost: 10, doubled: 5))
      let taken = Self.taken(report)
      #expect(report.received == taken - taken / 10)
      // Each tenth is among the fifth ones, and lost before it could be doubled.
      #expect(report.duplicated == taken / 5 - taken / 10 && report.reordered == 0)
    }

    @Test func whatComesLateIsNotLost() throws {
      guard TestHost.cpus.count > 1 else { return }
      let report = try Self.run(Harm.Share(delayed: 9))
      let taken = Self.taken(report)
      // One that is held as the last one of all does not come.
      let held: UInt64 = taken % 9 == 0 && taken > 0 ? 1 : 0
      #expect(report.received == taken - held)
      #expect(report.reordered == taken / 9 - held && report.duplicated == 0)
    }

    @Test func whatIsDamagedIsWrong() throws {
      guard TestHost.cpus.count > 1 else { return }
      let report = try Self.run(Harm.Share(damaged: 1))
      #expect(report.checked > 0 && report.wrong == report.checked)
      #expect(report.received == Self.taken(report))
    }

    /// A DUT that works 30 µs on each frame, of which one is due every 100 µs: none comes sooner.
    @Test func aTimedTrialTellsHowLongFramesTake() throws {
      guard TestHost.cpus.count > 1 else { return }
      let trial = TrialPlan(load: 10_000, seconds: 0.2, isTimed: true)
      let report = try Self.run(Harm.Share(microseconds: 30), trial)
      #expect(report.latency.reduce(0) { $0 + $1.frames } == report.received)
      let ticks = Double(report.ticksPerSecond) / 1e6
      let (first, middle) = (report.latency.map(\.ticks).min(), report.latency.percentile(0.5))
      #expect(try #require(first) / ticks > 30 * 0.96)
      // Whoever is off its core makes frames wait.
      if report.testerAwaySeconds + report.dutAwaySeconds == 0 {
        #expect(try #require(middle) / ticks < 60)
      }
      // Nobody asked.
      #expect(try Self.run(Harm.Share()).latency == [])
    }

    /// Where frames are due faster than the DUT takes them, each waits for those before: the time counts from
    /// when it was due, not from when the ring had room.
    @Test func waitingCounts() throws {
      guard TestHost.cpus.count > 1 else { return }
      let trial = TrialPlan(load: 100_000, seconds: 0.01, isTimed: true)
      let report = try Self.run(Harm.Share(microseconds: 20), trial)
      guard report.refused == 0, report.unsent == 0 else { return }
      // The last of 1000 comes out after 20 ms, and was due after 10.
      let longest = try #require(report.latency.map(\.ticks).max()) / Double(report.ticksPerSecond)
      #expect(longest > 0.009)
    }

    /// Beside 20,000 frames a second, of eight flows, a thousand probes of a ninth: none is taken for a frame
    /// of the load, and that is what it is without them.
    @Test(arguments: [1, 16]) func probesAreAFlowOfTheirOwn(burst: Int) throws {
      guard TestHost.cpus.count > 1 else { return }
      var plan = TestHost.plan(.null)
      (plan.isSink, plan.inFlightFrames, plan.flows, plan.burstFrames) = (true, 1024, 8, burst)
      let seen = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1 << 16)
      seen.initialize(repeating: 0)
      defer { seen.deallocate() }
      let environment = try TestHost.shared().environment
      let tester = try RateTester(plan, environment: environment) { links in
        let stage = Watch.make(from: links.red.far.queue(0), to: links.black.far.queue(0)) { packet in
          // The UDP source port of a frame of IPv4.
          let port = packet.data.loadUnaligned(fromByteOffset: 34, as: UInt16.self).bigEndian
          seen[Int(TestFrame.flow(ofPort: port))] += 1
        }
        return RateTester.DUT(stages: [("flows", stage)])
      }
      let trial = TrialPlan(load: 20_000, seconds: 0.2, isTimed: true, probeLoad: 1000)
      var (load, probes): (UInt64, UInt64) = (0, 0)
      for _ in 0..<2 {
        let report = try tester.run(trial)
        Self.expectAccounts(report, trial)
        #expect(report.intended == 4000 && report.received == Self.taken(report))
        #expect(report.duplicated == 0 && report.reordered == 0 && report.checked > 0 && report.wrong == 0)
        #expect(report.probesReceived == report.probesSent && (1...200).contains(report.probesSent))
        #expect(report.latency.reduce(0) { $0 + $1.frames } == report.received)
        #expect(report.probeLatency.reduce(0) { $0 + $1.frames } == report.probesReceived)
        load += report.received
        probes += report.probesReceived
      }
      // As their ports say.
      #expect(seen[8] == probes && seen[0..<8].reduce(0, +) == load)
      #expect(seen[0..<8].allSatisfy { $0 > load / 10 })
      let without = try tester.run(TrialPlan(load: 20_000, seconds: 0.2, isTimed: true))
      #expect(without.intended == 4000 && without.probesSent == 0 && without.probeLatency == [])
      #expect(seen[8] == probes)
    }

    /// The load waits for its burst; a probe is due at a time of its own, between two bursts, and waits for
    /// none.
    @Test func probesHaveTheirOwnTimes() throws {
      guard TestHost.cpus.count > 1 else { return }
      let trial = TrialPlan(load: 10_000, seconds: 0.2, isTimed: true, probeLoad: 100)
      let report = try Self.run(Harm.Share(microseconds: 10), trial, burst: 100)
      let ticks = Double(report.ticksPerSecond) / 1e6
      #expect(try #require(report.latency.percentile(0.5)) / ticks > 500 * 0.9)
      #expect(report.probesSent == 20 && report.probesReceived == 20)
      // A burst each 10 ms takes 1 ms; probes come 5 ms behind it.
      if report.testerAwaySeconds + report.dutAwaySeconds == 0 {
        #expect(try #require(report.probeLatency.percentile(0.5)) / ticks < 200)
      }
    }

    /// What is lost of the one is not taken for the other, also where more are due than go at once.
    @Test(arguments: [20_000, 100_000.0]) func lostProbesAreNoLoss(probes: Double) throws {
      guard TestHost.cpus.count > 1 else { return }
      let trial = TrialPlan(load: 20_000, seconds: 0.1, isTimed: true, probeLoad: probes)
      let report = try Self.run(Harm.Share(lost: 3, doubled: 5), trial)
      let lost = (
        load: Self.taken(report) - report.received, probes: report.probesSent - report.probesReceived
      )
      let all = Self.taken(report) + report.probesSent
      #expect(lost.load + lost.probes == all / 3 && lost.load > 0 && lost.probes > 0)
      #expect(report.duplicated == all / 5 - all / 15)
    }

    /// Fifty are due together, ten thousand a second as before, and each waits for those before it: the last
    /// one 50 times 10 µs.
    @Test func framesOfABurstWaitForEachOther() throws {
      guard TestHost.cpus.count > 1 else { return }
      let trial = TrialPlan(load: 10_000, seconds: 0.2, isTimed: true)
      let report = try Self.run(Harm.Share(microseconds: 10), trial, burst: 50)
      #expect(report.intended == 2000)
      #expect(report.latency.reduce(0) { $0 + $1.frames } == report.received)
      let ticks = Double(report.ticksPerSecond) / 1e6
      let times = report.latency.map { $0.ticks / ticks }
      #expect(try #require(times.max()) > 500 * 0.96)
      // Half of them wait for 25 others, whoever is off its core.
      #expect(try #require(report.latency.percentile(0.5)) / ticks > 250 * 0.9)
    }

    /// What is due together counts as offered in time, and the ring takes of it what it holds.
    @Test func aBurstBeyondTheRingIsLostAtTheRing() throws {
      guard TestHost.cpus.count > 1 else { return }
      let trial = TrialPlan(load: 20_000, seconds: 0.2)
      let report = try Self.run(Harm.Share(microseconds: 2), trial, burst: 4000)
      #expect(report.intended == 4000 && report.refused > 0)
      #expect(report.unsent == 0 || report.testerAwaySeconds > 0)
    }

    /// It takes 20 µs a frame, and one is due each microsecond.
    @Test func aDUTThatIsTooSlowRefuses() throws {
      guard TestHost.cpus.count > 1 else { return }
      let trial = TrialPlan(load: 1_000_000, seconds: 0.2)
      let report = try Self.run(Harm.Share(microseconds: 20), trial)
      #expect(report.intended == 200_000 && report.refused > 0)
      #expect(report.received == Self.taken(report) && report.lost == report.refused)
      // Some 10,000 in the time, and what fits into the ring.
      #expect(report.lossRatio > 0.5)
      #expect(!report.isDisturbed(at: trial.load) || report.dutAwaySeconds + report.testerAwaySeconds > 0.1)
    }

    @Test(arguments: System.implemented(for: .rateSearch), [64, 1420])
    func aGatewaySealsEveryFrame(system: System, frameBytes: Int) throws {
      guard TestHost.cpus.count > 1 else { return }
      let aead = system.offers(.aes128GCM) ? "aes-128-gcm" : "chacha20-poly1305"
      var plan = TestHost.plan(system, aead: aead, frameBytes: frameBytes)
      plan.inFlightFrames = 1024
      let tester = try TestHost.shared().rateTester(plan)
      for _ in 0..<2 {
        let report = try tester.run(Self.trial)
        Self.expectAccounts(report)
        #expect(report.received == Self.taken(report) && report.duplicated == 0 && report.reordered == 0)
        #expect(report.checked > 0 && report.wrong == 0)
        #expect(report.dut.map(\.stage) == ["seal"] && report.dut[0].counts.packets > 0)
      }
    }

    private static func opening(_ system: System, _ trial: TrialPlan = trial) -> CasePlan {
      let aead = system.offers(.aes128GCM) ? "aes-128-gcm" : "chacha20-poly1305"
      var plan = TestHost.plan(system, aead: aead)
      (plan.inFlightFrames, plan.readyFrames) = (1024, Int(trial.load * trial.seconds))
      plan.axes[.direction] = "open"
      return plan
    }

    /// Probes are sealed among the others, in the order in which they go.
    @Test(arguments: [1, 100]) func aGatewayOpensProbes(burst: Int) throws {
      guard TestHost.cpus.count > 1 else { return }
      for system in [System.espSingle, .vpe] {
        let trial = TrialPlan(load: 50_000, seconds: 0.1, isTimed: true, probeLoad: 2000)
        var plan = Self.opening(system, TrialPlan(load: 52_000, seconds: 0.1))
        (plan.burstFrames, plan.windowSize) = (burst, 64)
        let tester = try TestHost.shared().rateTester(plan)
        for _ in 0..<2 {
          let report = try tester.run(trial)
          Self.expectAccounts(report, trial)
          #expect(report.received == Self.taken(report) && report.duplicated == 0 && report.reordered == 0)
          #expect(report.probesSent == report.probesReceived && report.probesSent > 0)
          #expect(report.checked > 0 && report.wrong == 0)
        }
      }
    }

    @Test(arguments: System.implemented(for: .rateSearch), [64, 1420, "imix"] as [AxisValue])
    func aGatewayOpensEveryFrame(system: System, frames: AxisValue) throws {
      guard TestHost.cpus.count > 1 else { return }
      var plan = Self.opening(system)
      plan.axes[.frameBytes] = frames
      let tester = try TestHost.shared().rateTester(plan)
      for _ in 0..<2 {
        let report = try tester.run(Self.trial)
        Self.expectAccounts(report)
        #expect(report.received == Self.taken(report) && report.duplicated == 0 && report.reordered == 0)
        #expect(report.checked > 0 && report.wrong == 0 && report.preparationSeconds > 0)
        #expect(report.dut.map(\.stage) == ["open"] && report.dut[0].counts.packets > 0)
      }
    }

    private static func roundTrip(_ system: System, _ frames: AxisValue = 64) -> CasePlan {
      let aead = system.offers(.aes128GCM) ? "aes-128-gcm" : "chacha20-poly1305"
      var plan = TestHost.plan(system, aead: aead)
      plan.inFlightFrames = 1024
      plan.axes[.direction] = "round-trip"
      plan.axes[.frameBytes] = frames
      return plan
    }

    /// Over two gateways and back, on whatever cores there are, each as the generator would accept it, and
    /// timed as the load and the probes are due.
    private static func expectBack(_ plan: CasePlan) throws {
      let trial = TrialPlan(load: 20_000, seconds: 0.1, isTimed: true, probeLoad: 1000)
      let tester = try TestHost.shared().rateTester(plan)
      for _ in 0..<2 {
        let report = try tester.run(trial)
        Self.expectAccounts(report, trial)
        #expect(report.received == Self.taken(report), "\(plan.system)")
        #expect(report.duplicated == 0 && report.reordered == 0)
        #expect(report.checked > 0 && report.wrong == 0, "\(plan.system): \(report.wrong) are wrong")
        #expect(report.probesReceived == report.probesSent && report.probesSent > 0)
        #expect(report.latency.reduce(0) { $0 + $1.frames } == report.received)
        // Costs of cores beside each other are no cost of one.
        #expect(report.dut.isEmpty)
      }
    }

    @Test(arguments: System.implemented(for: .rateSearch), [64, "imix"] as [AxisValue])
    func everyFrameComesBackFromARoundTrip(system: System, frames: AxisValue) throws {
      guard TestHost.cpus.count > 1 else { return }
      try Self.expectBack(Self.roundTrip(system, frames))
    }

    @Test func aRoundTripMayCountHops() throws {
      guard TestHost.cpus.count > 1 else { return }
      var hops = Self.roundTrip(.espSingle)
      hops.policy.copiesFields = true
      try Self.expectBack(hops)
    }

    @Test func aRoundTripMayBeOfIPv6() throws {
      guard TestHost.cpus.count > 1 else { return }
      var plan = Self.roundTrip(.vpe, 84)
      plan.axes[.innerVersion] = "ipv6"
      try Self.expectBack(plan)
    }

    /// What of it is the harness's own.
    @Test func aRoundTripHasAFloor() throws {
      guard TestHost.cpus.count > 1 else { return }
      var plan = Self.roundTrip(.vpe)
      plan.isSink = true
      try Self.expectBack(plan)
    }

    /// A way of 30 µs, and one back of 20: as long as both.
    @Test func aRoundTripTakesAsLongAsItsParts() throws {
      guard TestHost.cpus.count > 1 else { return }
      let own = try PacketPool(name: "made-up DUT", count: 2048)
      let environment = try TestHost.shared().environment
      let tester = try RateTester(Self.roundTrip(.null), environment: environment) { links in
        let (red, black) = (links.red.far.queue(0), links.black)
        let there = Harm.make(Harm.Share(microseconds: 30), from: red, to: black.far.queue(0), own)
        let back = Harm.make(Harm.Share(microseconds: 20), from: black.near.queue(0), to: red, own)
        return RateTester.DUT(cores: [[("there", there)], [("back", back)]], owner: own)
      }
      let trial = TrialPlan(load: 5_000, seconds: 0.2, isTimed: true)
      let report = try tester.run(trial)
      Self.expectAccounts(report, trial)
      #expect(report.received == Self.taken(report))
      let ticks = Double(report.ticksPerSecond) / 1e6
      #expect(try #require(report.latency.map(\.ticks).min()) / ticks > 50 * 0.96)
      if report.testerAwaySeconds + report.dutAwaySeconds == 0 {
        #expect(try #require(report.latency.percentile(0.5)) / ticks < 80)
      }
      // Nobody reflects here.
      #expect(report.checked > 0 && report.wrong == report.checked)
    }

    /// Packets that a DUT keeps are there again in the next trial: more are lost in each than there are.
    @Test func whatTheDUTLosesIsThereInTheNextTrial() throws {
      guard TestHost.cpus.count > 1 else { return }
      var plan = Self.opening(.null)
      (plan.isSink, plan.inFlightFrames) = (true, 256)
      let own = try PacketPool(name: "made-up DUT", count: 2048)
      let tester = try RateTester(plan, environment: try TestHost.shared().environment) { links in
        let stage = Harm.make(
          Harm.Share(lost: 4), from: links.black.far.queue(0), to: links.red.far.queue(0), own)
        return RateTester.DUT(stages: [("harm", stage)], owner: own)
      }
      var taken: UInt64 = 0
      for _ in 0..<4 {
        let report = try tester.run(Self.trial)
        let before = taken / 4
        taken += Self.taken(report)
        #expect(report.received == Self.taken(report) - (taken / 4 - before))
        #expect(report.checked > 0 && report.wrong == 0)
      }
    }

    @Test func moreFramesThanCanLieReadyAreRefused() throws {
      guard TestHost.cpus.count > 1 else { return }
      let tester = try TestHost.shared().rateTester(Self.opening(.vpe))
      #expect(throws: RoleError.readyFrames(wanted: 20_000, most: 5_000)) {
        try tester.run(TrialPlan(load: 100_000, seconds: 0.2))
      }
      // It can go on.
      #expect(try tester.run(Self.trial).received > 0)
    }

    /// A GB, in slots that hold the longest frame with all headers.
    @Test func soManyFramesCanLieReady() {
      var plan = Self.opening(.vpe)
      #expect((3_000_000...6_000_000).contains(plan.readyFramesMax))
      plan.frameBytes = 1518
      #expect((500_000...700_000).contains(plan.readyFramesMax))
    }

    /// The DUT is handed frames of all lengths, in turn, also over the end of a trial.
    @Test func framesOfAMixComeInTurn() throws {
      guard TestHost.cpus.count > 1 else { return }
      var plan = TestHost.plan(.null)
      (plan.isSink, plan.inFlightFrames) = (true, 1024)
      plan.axes[.frameBytes] = "abcg"
      let lengths = [60, 124, 252, 1514]
      // Frames so far, and those of them with another length than that of their turn.
      let counts = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 2)
      counts.initialize(repeating: 0)
      defer { counts.deallocate() }
      let environment = try TestHost.shared().environment
      let tester = try RateTester(plan, environment: environment) { links in
        let stage = Watch.make(from: links.red.far.queue(0), to: links.black.far.queue(0)) { packet in
          // The number is the stamp's, from 1.
          let number = Int(packet.data.loadUnaligned(fromByteOffset: 42, as: UInt64.self))
          counts[0] += 1
          if packet.count != lengths[(number - 1) % lengths.count] { counts[1] += 1 }
        }
        return RateTester.DUT(stages: [("lengths", stage)])
      }
      var taken: UInt64 = 0
      for _ in 0..<2 {
        let report = try tester.run(TrialPlan(load: 50_000, seconds: 0.1))
        #expect(report.checked > 0 && report.wrong == 0 && report.received == Self.taken(report))
        taken += Self.taken(report)
      }
      #expect(counts[0] == taken && taken > 0 && counts[1] == 0)
    }

    @Test func aGatewaySealsEveryFrameOfAMix() throws {
      guard TestHost.cpus.count > 1 else { return }
      for system in [System.espSingle, .vpe, .null] {
        var plan = TestHost.plan(system)
        plan.inFlightFrames = 1024
        plan.axes[.frameBytes] = "imix"
        let report = try TestHost.shared().rateTester(plan).run(Self.trial)
        #expect(report.received == Self.taken(report) && report.checked > 0 && report.wrong == 0)
      }
    }
  }
}

/// What a trial says of itself.
@Suite struct TrialReportTests {
  private static func report(
    received: UInt64, unsent: UInt64 = 0, tester: Double = 0, dut: Double = 0
  ) -> TrialReport {
    var report = TrialReport()
    (report.intended, report.received, report.unsent) = (1000, received, unsent)
    (report.testerAwaySeconds, report.dutAwaySeconds) = (tester, dut)
    return report
  }

  /// A millisecond, at least a burst, at most half a ring.
  @Test(arguments: [(1e3, 64), (1e6, 1000), (1e7, 2048)] as [(Double, UInt64)])
  func soManyFramesMayBeLate(load: Double, late: UInt64) {
    #expect(TrialPace.late(load: load, slots: 4096) == late)
    #expect(TrialPace.late(load: load, slots: 4096, burst: 1000) == max(late, 1000))
    #expect(TrialPace.late(load: load, slots: 4096, burst: 4000) == 4000)
  }

  @Test func whatIsUnsentIsMissingButNotLost() {
    let report = Self.report(received: 900, unsent: 60)
    #expect(report.sent == 940 && report.lost == 40)
    #expect(report.lossRatio == 0.1 && report.unsentRatio == 0.06)
    #expect(TrialReport().lossRatio == 0 && TrialReport().lost == 0)
  }

  /// At 1000 frames a second, a millisecond for each, and half as many for what comes after.
  @Test(
    arguments: [
      (1000, 0.5, 0.5, false), (985, 0, 0, false), (985, 0.009, 0, false), (985, 0.011, 0, true),
      (985, 0.005, 0.006, true), (0, 0.1, 0.1, false),
    ] as [(UInt64, Double, Double, Bool)])
  func aTrialIsDisturbedIfHardlyMoreIsMissingThanWasDueMeanwhile(
    received: UInt64, tester: Double, dut: Double, isDisturbed: Bool
  ) {
    let report = Self.report(received: received, tester: tester, dut: dut)
    #expect(report.isDisturbed(at: 1000) == isDisturbed)
  }
}
