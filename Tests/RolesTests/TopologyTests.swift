import Cases
import Crypto
import Dataplane
import Roles
import Testing

extension OnDPDK {
  /// All four roles over ring links, for each format and what can be set about it.
  @Suite struct TopologyTests {
    static let frameSizes = [64, 65, 128, 1420, 1518]

    /// The plans of a model: each AEAD, both kinds of sequence number, with and without UDP.
    static func plans(_ model: System, threads: Int, frameBytes: Int) -> [CasePlan] {
      var plans: [CasePlan] = []
      for aead in model == .null ? [nil] : AEADAlgorithm.allCases.map(\.rawValue) {
        for usesESN in model == .null || model == .vpe ? [true] : [false, true] {
          for udpPort in [nil, UInt16(4500)] {
            var plan = TestHost.plan(model, aead: aead, threads: threads, frameBytes: frameBytes)
            plan.esn = usesESN
            plan.encapsulation.udpPort = udpPort
            plan.rateMpps = 1
            plans.append(plan)
          }
        }
      }
      return plans
    }

    /// Runs a plan without loss, disorder or a buffer left behind.
    /// - Parameter polled: whether all stages run on this thread.
    @discardableResult
    static func runCleanly(_ plan: CasePlan, frames: UInt64 = 20_000, polled: Bool = false) throws -> RanCase
    {
      let name =
        "\(plan.system.rawValue) \(plan.aead ?? "-") \(plan.threads) threads, \(plan.sealing) seal, "
        + "\(plan.frameBytes) bytes, steering by \(plan.steering), extended: \(plan.esn), "
        + "UDP: \(plan.encapsulation.udpPort ?? 0), \(plan.assignment?.description ?? "")"
      let ran = polled ? try RanCase(polled: plan, frames: frames) : try RanCase(plan, frames: frames)
      #expect(ran.accounts.faults == [], "\(name)")
      #expect(ran.accounts.sent >= frames, "\(name)")
      #expect(ran.accounts.returned + ran.dropped == ran.accounts.sent, "\(name)")
      // Threads that encrypt side by side overtake each other: that is the pipeline's nature, and that of
      // threads behind one that deals them blocks of numbers.
      let isDealt = plan.system.sharesNumbers && plan.steering == .software
      if !plan.system.isPipeline && !isDealt { #expect(ran.judgement.reordered == 0, "\(name)") }
      // A thread that is off its CPU may leave others with more than queues hold.
      #expect(ran.dropped == (polled ? 0 : ran.congested), "\(name)")
      #expect(ran.buffersInUse == 0, "\(name)")
      return ran
    }

    @Test(arguments: System.gateways, frameSizes)
    func everyFrameComesBack(model: System, frameBytes: Int) throws {
      for (index, plan) in Self.plans(model, threads: 2, frameBytes: frameBytes).enumerated() {
        var plan = plan
        // On cores once, at a rate; the rest as fast as frames come back.
        if index > 0 { plan.rateMpps = nil }
        if index > 0 { plan.inFlightFrames = 2048 }
        try Self.runCleanly(plan, frames: 2_000, polled: index > 0)
      }
    }

    /// The collector takes no frame whose length is not that of its turn.
    @Test(arguments: System.gateways) func everyFrameOfAMixComesBack(model: System) throws {
      var plan = TestHost.plan(model)
      plan.axes[.frameBytes] = "imix"
      plan.inFlightFrames = 2048
      try Self.runCleanly(plan, frames: 2_000, polled: true)
    }

    @Test(arguments: System.gateways) func asFastAsTheyComeBack(model: System) throws {
      try Self.runCleanly(TestHost.plan(model), frames: 100_000)
    }

    @Test func everyWindowCarriesItsShare() throws {
      var plan = TestHost.plan(.vpe, threads: 8)
      plan.rateMpps = 1
      let ran = try RanCase(plan, frames: 20_000)
      for (role, stage) in [
        (RoleName.gatewayA, "seal"), (.gatewayB, "open"), (.gatewayB, "seal"), (.gatewayA, "open"),
      ] {
        let counts = ran.stages.filter { $0.role == role && $0.stage == stage }.map(\.counters.transmitted)
        #expect(counts.count == 4)
        #expect(counts.allSatisfy { $0 > ran.accounts.sent / 8 }, "\(role) \(stage): \(counts)")
      }
    }

    @Test(arguments: [1, 3, 64, 1000]) func anyNumberOfFlows(flows: Int) throws {
      var plan = TestHost.plan(.vpe, threads: 4)
      plan.flows = flows
      plan.rateMpps = 1
      try Self.runCleanly(plan, frames: 5_000)
    }

    /// A generator that lags behind its rate must not hide what frames have waited for it: here every frame
    /// but the first few is late, and the later the longer the generator has run.
    @Test func latencyCountsFromWhenAFrameWasDue() throws {
      var plan = TestHost.plan(.null)
      plan.rateMpps = 1e6
      let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      try topology.start()
      topology.send(true)
      let first = topology.report()
      let isDone = waitUntil {
        let now = topology.report()
        let back = now.latency?.reduce(0) { $0 + $1.frames } ?? 0
        return back > 20_000 && now.ticks &- first.ticks > now.ticksPerSecond / 10
      }
      let last = topology.report()
      topology.send(false)
      _ = RanCase.drain(topology)
      topology.stop()
      try #require(isDone)
      // From when it was sent, a frame takes what the rings hold; from when it was due, all the time since
      // the start. Half of the frames were sent in the later half of the time, or nearly so.
      let median = try #require(last.latency?.percentile(0.5))
      let most = try #require(last.latency?.percentile(1))
      let time = Double(last.ticks &- first.ticks)
      #expect(median > 0.05 * time && most > 0.5 * time, "\(median) and \(most) of \(time)")
    }

    /// Polled by this thread alone, a generator with a rate makes whole bursts, as many a second as without.
    @Test func framesOfABurstAreMadeTogether() throws {
      var plan = TestHost.plan(.null)
      (plan.rateMpps, plan.burstFrames) = (0.02, 16)
      let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      let stages = topology.stages
      topology.send(true)
      let start = topology.report()
      // Frames are due from the first poll on.
      #expect(stages[0].poll() == 0)
      let begun = topology.report().seconds(since: start)
      var (made, odd, count, before) = (0, 0, 0, 0.0)
      repeat {
        before = topology.report().seconds(since: start)
        count = stages[0].poll()
        made += count
        odd += count % 16
        topology.turn(Array(stages.dropFirst()))
        // Until all is made that is due, whatever has held this thread up.
      } while before < 0.05 || count > 0
      let seconds = topology.report().seconds(since: start)
      topology.send(false)
      for _ in 0..<200 { topology.turn(stages) }
      #expect(made > 0 && odd == 0)
      #expect(Double(made) <= 20_000 * seconds && Double(made) > 20_000 * (before - begun) - 17)
    }

    @Test func extraHeadroomIsHarmless() throws {
      for bytes in [1, 16, 50, 64] {
        var plan = TestHost.plan(.espSingle, frameBytes: 1518)
        plan.extraHeadroomBytes = bytes
        plan.rateMpps = 1
        try Self.runCleanly(plan, frames: 2_000)
      }
    }

    @Test func timesAreReportedOnlyWhereFramesCarryThem() throws {
      var plan = TestHost.plan(.null)
      plan.rateMpps = 1
      let timed = try RanCase(plan, frames: 2_000)
      #expect(timed.judgement.latency.reduce(0) { $0 + $1.frames } == timed.accounts.returned)
      plan.hasTimestamps = false
      #expect(try RanCase(plan, frames: 2_000).judgement.latency.isEmpty)
    }

    @Test func aHaltedGeneratorSendsNothing() throws {
      let topology = try TestHost.shared().topology(TestHost.plan(.vpe), roles: Set(RoleName.allCases))
      try topology.start()
      let hasTurned = waitUntil { topology.report().stages.allSatisfy { $0.counters.emptyPolls > 1000 } }
      topology.stop()
      #expect(hasTurned)
      #expect(topology.report().stages.allSatisfy { $0.counters.received == 0 })
      #expect(topology.report().areLinksUp)
    }

    @Test func reportsEveryStageWithItsCPU() throws {
      let plan = TestHost.plan(.vpe, threads: 4)
      let report = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases)).report()
      #expect(
        report.stages.map(\.name) == [
          "generator generate 0", "generator collect 0", "gateway-a seal 0", "gateway-a seal 1",
          "gateway-a open 2", "gateway-a open 3", "gateway-b seal 0", "gateway-b seal 1", "gateway-b open 2",
          "gateway-b open 3", "reflector reflect 0",
        ])
      #expect(report.isUnshared == (plan.cpus.count >= 10))
      #expect(report.stages.allSatisfy { plan.cpus.contains($0.cpu) })
    }

    /// Frames that still wait in a link when a case ends must not spoil the next one.
    @Test func goesWithFramesUnderWay() throws {
      for _ in 0..<5 {
        // Nobody takes what the generator sends.
        var topology: Topology? = try TestHost.shared().topology(TestHost.plan(.vpe), roles: [.generator])
        let pool = try #require(topology?.pool)
        try topology?.start()
        topology?.send(true)
        let isBusy = waitUntil { pool.inUse > 1000 }
        topology?.stop()
        #expect(isBusy)
        topology = nil
        #expect(pool.inUse == 0)
      }
      try Self.runCleanly(TestHost.plan(.vpe), frames: 5_000)
    }

    static let refusals: [(aead: String?, frameBytes: Int, error: RoleError)] = [
      ("rot13", 64, .aead("rot13")), (nil, 64, .aead(nil)), ("aes-128-gcm", 63, .frameBytes(63)),
      ("aes-128-gcm", 1519, .frameBytes(1519)),
    ]

    @Test(arguments: refusals, [System.espSingle, .espPipeline, .espMultiSA, .vpe])
    func impossiblePlansAreRefused(
      row: (aead: String?, frameBytes: Int, error: RoleError), model: System
    ) throws {
      let host = try TestHost.shared()
      let plan = TestHost.plan(model, aead: row.aead, frameBytes: row.frameBytes)
      #expect(throws: row.error) { try host.topology(plan, roles: Set(RoleName.allCases)) }
      // Nothing of it is left: the same names can be used again.
      _ = try host.topology(TestHost.plan(model), roles: Set(RoleName.allCases))
    }

    @Test(arguments: [nil, 2, 4]) func aPipelineNeedsItsAssignment(assigned: Int?) throws {
      var plan = TestHost.plan(.espPipeline, threads: 3)
      plan.assignment = assigned.flatMap { Assignments.best(threads: $0) }
      #expect(throws: RoleError.assignment(threads: 3, assigned: assigned)) {
        try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      }
      #expect(throws: RoleError.assignment(threads: 3, assigned: assigned)) { try plan.queuePairs() }
    }

    @Test func anEndWithoutADeviceIsRefused() throws {
      var plan = TestHost.plan(.null)
      plan.devices = [:]
      #expect(throws: RoleError.noDevice(.reflector)) {
        try TestHost.shared().topology(plan, roles: [.reflector])
      }
    }
  }
}
