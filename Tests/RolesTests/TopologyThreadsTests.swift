import Cases
import Crypto
import Model
import Roles
import Testing

extension OnDPDK {
  /// All four roles over ring links with many threads: how they divide the work, and that no frame is lost.
  @Suite struct TopologyThreadsTests {
    /// Threads of a gateway that run to completion.
    struct Division: Sendable, CustomTestStringConvertible {
      var model: System
      var sealing: Int
      var opening: Int
      var steering = Steering.queue

      var testDescription: String { "\(model.rawValue) \(sealing) seal, \(opening) open, by \(steering)" }

      func plan(frameBytes: Int = 64) -> CasePlan {
        var plan = TestHost.plan(model, threads: sealing + opening, frameBytes: frameBytes)
        plan.sealThreads = sealing
        plan.steering = steering
        // Fewer frames than the window holds, where threads overtake each other.
        if model.sharesNumbers { (plan.inFlightFrames, plan.windowSize) = (2048, 4096) }
        return plan
      }
    }

    static let models = [System.espMultiSA, .psp, .pspDerive, .vpe]

    /// With a host for each role only the role's own threads need its CPUs.
    @Test func aRoleOnAHostOfItsOwnHasItsCPUsForItself() throws {
      var plan = TestHost.plan(.vpe)
      let count = plan.cpus.count
      func isUnshared(_ roles: Set<RoleName>) throws -> Bool {
        try TestHost.shared().topology(plan, roles: roles).report().isUnshared
      }
      #expect(try isUnshared([.generator]) == (count >= 6))
      plan.hasHostEach = true
      #expect(try isUnshared([.generator]))
      #expect(try isUnshared([.gatewayA]) == (count >= 2))
      #expect(try isUnshared([.gatewayA, .gatewayB]) == (count >= 4))
      plan.sharesCPUs = true
      #expect(try !isUnshared([.generator]))
    }

    /// Every AEAD, kind of sequence number and encapsulation at each thread count, sizes in turn.
    @Test(
      arguments: [System.espPipeline, .espMultiSA, .espOrdered, .wireguardOrdered, .psp, .pspDerive, .vpe],
      2...9)
    func everyFrameComesBack(model: System, threads: Int) throws {
      for (index, plan) in TopologyTests.plans(model, threads: threads, frameBytes: 64).enumerated() {
        var plan = plan
        plan.frameBytes = TopologyTests.frameSizes[(index + threads) % TopologyTests.frameSizes.count]
        plan.rateMpps = nil
        plan.inFlightFrames = 2048
        try TopologyTests.runCleanly(plan, frames: 3_000, polled: true)
      }
    }

    @Test(
      arguments: [System.espPipeline, .espMultiSA, .espOrdered, .wireguardOrdered, .vpe], [3, 4, 7, 9])
    func everyFrameComesBackFromCores(model: System, threads: Int) throws {
      var plan = TestHost.plan(model, threads: threads)
      plan.allowForStalls()
      try TopologyTests.runCleanly(plan, frames: 2_000)
    }

    static let divisions: [Division] = models.flatMap { model in
      [(1, 7), (7, 1), (3, 2), (2, 3), (4, 6), (1, 2), (5, 5)].flatMap { sealing, opening in
        [Steering.queue, .software].map {
          Division(model: model, sealing: sealing, opening: opening, steering: $0)
        }
      }
    }

    /// Threads that share an association: none owns what it opens.
    static let shared: [Division] = System.gateways.filter(\.sharesAssociation).flatMap { model in
      [(1, 1), (8, 1), (1, 4), (3, 2)].flatMap { sealing, opening in
        (model.keepsOrder ? [Steering.queue] : [.queue, .software]).map {
          Division(model: model, sealing: sealing, opening: opening, steering: $0)
        }
      }
    }

    @Test(arguments: divisions + shared) func sealersAndOpenersNeedNotBeAsMany(division: Division) throws {
      try TopologyTests.runCleanly(division.plan(), frames: 5_000, polled: true)
      for bytes in [64, 1518] {
        var plan = division.plan(frameBytes: bytes)
        plan.allowForStalls()
        plan.encapsulation.udpPort = bytes == 64 ? nil : 4500
        try TopologyTests.runCleanly(plan, frames: 1_000)
      }
    }

    @Test(arguments: divisions) func everyThreadWithAWindowCarriesItsShare(division: Division) throws {
      let plan = division.plan()
      let ran = try RanCase(polled: plan, frames: 10_000)
      for role in [RoleName.gatewayA, .gatewayB] {
        let seals = ran.stages.filter { $0.role == role && $0.stage == "seal" }
        #expect(seals.map(\.thread) == Array(0..<division.sealing))
        let share = ran.accounts.sent / UInt64(division.sealing)
        for stage in seals {
          #expect(stage.counters.transmitted > share / 2, "\(stage.name)")
          #expect(stage.counters.transmitted < share * 2, "\(stage.name)")
        }
        let opens = ran.stages.filter { $0.role == role && $0.stage == "open" }
        #expect(opens.map(\.thread) == (0..<division.opening).map { division.sealing + $0 })
        for (index, stage) in opens.enumerated() {
          let mine = seals.enumerated().filter { $0.offset % division.opening == index }
          let expected = mine.reduce(UInt64(0)) { $0 + $1.element.counters.transmitted }
          // Both gateways seal the same frames, but each flow may take another thread.
          if division.sealing == division.opening || expected == 0 {
            #expect(stage.counters.transmitted == expected, "\(stage.name)")
          } else {
            #expect(stage.counters.transmitted > expected / 3, "\(stage.name)")
          }
        }
        let steers = ran.stages.filter { $0.role == role && $0.stage == "steer" }
        let isSteered = division.steering == .software && division.opening > 1
        #expect(steers.map(\.thread) == (isSteered ? [division.sealing + division.opening] : []))
      }
    }

    /// Blocks of numbers that threads use side by side, on cores as well: none is used twice, and none falls
    /// out of a window that is as large as descriptors ask for.
    @Test(arguments: [System.espParallel, .wireguardParallel], [1, 64, 256, 1024])
    func blocksOfNumbersStayWithinTheWindow(model: System, block: Int) throws {
      var plan = TestHost.plan(model, threads: 8)
      plan.numberBlock = block
      plan.inFlightFrames = 2048
      plan.windowSize = 2048 + NumberBlocks.lag(threads: plan.sealing, block: block)
      try TopologyTests.runCleanly(plan, frames: 20_000, polled: true)
      plan.allowForStalls()
      try TopologyTests.runCleanly(plan, frames: 2_000)
    }

    @Test(arguments: models) func sixtyFourWindowsAreAsGoodAsOne(model: System) throws {
      let plan = Division(model: model, sealing: 64, opening: 64).plan()
      try TopologyTests.runCleanly(plan, frames: 10_000, polled: true)
    }

    @Test(arguments: [
      System.espPipeline, .espPipelinePaper, .espMultiSA, .espOrdered, .wireguardOrdered, .psp, .vpe,
    ])
    func thirtyEightThreads(model: System) throws {
      var plan = TestHost.plan(model, threads: 38)
      plan.windowSize = 4096
      try TopologyTests.runCleanly(plan, frames: 5_000, polled: true)
      plan.allowForStalls()
      try TopologyTests.runCleanly(plan, frames: 2_000)
    }

    @Test func everyKindOfAssignmentCarriesEveryFrame() throws {
      for assignment in try Assignments.handMade() {
        var plan = TestHost.plan(.espPipeline, threads: assignment.threads, frameBytes: 65)
        plan.assignment = assignment
        plan.windowSize = 4096
        let ran = try TopologyTests.runCleanly(plan, frames: 10_000, polled: true)
        try Self.expectShares(assignment, ran)
        plan.allowForStalls()
        try TopologyTests.runCleanly(plan, frames: 1_000)
      }
    }

    @Test(arguments: 2...10) func theBestAssignmentsCarryTheirShares(threads: Int) throws {
      let plan = TestHost.plan(.espPipeline, threads: threads)
      let ran = try TopologyTests.runCleanly(plan, frames: 10_000, polled: true)
      try Self.expectShares(try #require(plan.assignment), ran)
    }

    /// Each thread runs the stages that it was given, and encrypts or decrypts its part of the packets.
    static func expectShares(_ assignment: PipelineAssignment, _ ran: RanCase) throws {
      for role in [RoleName.gatewayA, .gatewayB] {
        for (direction, first) in [(assignment.seal, 0), (assignment.open, assignment.seal.threads)] {
          for thread in 0..<direction.threads {
            let reports = ran.stages.filter { $0.role == role && $0.thread == first + thread }
            let hasNothing = direction.stages(ofThread: thread) == [.transmit] && reports.isEmpty
            if !hasNothing {
              #expect(
                reports.map(\.stage) == direction.stages(ofThread: thread).map(\.rawValue),
                "\(assignment), \(role.rawValue) \(first + thread)")
            }
            let worked = reports.filter { ["encrypt", "decrypt", "decrypt-transmit"].contains($0.stage) }
            let packets = worked.reduce(0) { $0 + $1.counters.transmitted }
            let expected = Double(ran.accounts.sent) * Double(direction.shares[thread]) / 128
            // The table is dealt out by bursts of up to 64, a whole round of it is 8192 packets.
            #expect(
              abs(Double(packets) - expected) <= 2_000, "\(assignment), \(role.rawValue) \(first + thread)")
          }
        }
      }
    }
  }
}
