import Cases
import Roles
import Testing
import Wire

extension OnDPDK {
  /// Whole circuits whose black link makes packets late: every one is accounted for, and dropped if, and only
  /// if, its window is too short for the delay.
  @Suite struct LatePacketsTests {
    static let single = [System.espSingle, .wireguard]
    static let apart = System.gateways.filter(\.keepsClassesApart)

    static func plan(
      _ system: System, late: Int, window: Int, classes: Int = 4, paths: Int = 2, threads: Int = 2,
      usesESN: Bool = true
    ) -> CasePlan {
      var plan = TestHost.plan(system, threads: threads)
      (plan.classes, plan.latePackets, plan.windowSize, plan.esn) = (classes, late, window, usesESN)
      plan.paths = paths
      plan.policy = TunnelPolicy(copiesFields: classes > 1)
      if classes == 1 { plan.flows = 61 }
      var impairment = Impairment()
      (impairment.latePackets, impairment.classes, impairment.paths) = (late, classes, paths)
      plan.impairment = impairment
      plan.keepUnderWay(512)
      return plan
    }

    /// Frames of all but the highest of `classes` among the first `sent` of a path whose flows are of them in
    /// turn: frame n is of class n modulo these.
    static func low(_ sent: UInt64, _ classes: UInt64) -> UInt64 { sent - (sent + 1) / classes }

    static func expectClosed(_ ran: RanCase, _ note: String) {
      #expect(ran.accounts.faults == [], "\(note)")
      #expect(ran.accounts.returned + ran.accounts.lateDropped == ran.accounts.sent, "\(note)")
      #expect(ran.dropped == ran.accounts.lateDropped, "\(note): nothing else is dropped")
      #expect(ran.buffersInUse == 0, "\(note)")
    }

    /// Both ways each low packet is late, and none is lost.
    @Test(arguments: apart, [2, 4, 5])
    func classesOfTheirOwnLoseNothing(system: System, threads: Int) throws {
      for (late, classes) in [(200, 4), (3000, 2), (1, 8)] {
        let plan = Self.plan(system, late: late, window: 64, classes: classes, threads: threads)
        let ran = try RanCase(plan, frames: 20_000)
        Self.expectClosed(ran, "\(system) \(late) \(classes)")
        #expect(ran.accounts.lateDropped == 0 && ran.judgement.reordered == 0)
        if threads == 2 {
          #expect(ran.accounts.late == 2 * Self.low(ran.accounts.sent, UInt64(classes)))
        } else {
          #expect(ran.accounts.late > ran.accounts.sent / 2)
        }
      }
    }

    @Test(arguments: single + System.gateways.filter(\.sharesAssociation), [true, false])
    func aLongWindowLosesNothing(system: System, usesESN: Bool) throws {
      // Of many packets in flight only as many overtake a late one as the delay says.
      let plan = Self.plan(system, late: 900, window: 4096, usesESN: usesESN)
      let ran = try RanCase(plan, frames: 20_000)
      Self.expectClosed(ran, "\(system)")
      #expect(ran.accounts.lateDropped == 0)
      #expect(ran.accounts.late == 2 * Self.low(ran.accounts.sent, 4))
    }

    /// What is late by more than the window is dropped, but for what is let go when no more comes, at the end
    /// or while a thread is off its core.
    @Test(arguments: single, [true, false])
    func aShortWindowLosesWhatIsLate(system: System, usesESN: Bool) throws {
      let plan = Self.plan(system, late: 300, window: 64, usesESN: usesESN)
      let ran = try RanCase(plan, frames: 20_000)
      Self.expectClosed(ran, "\(system)")
      let low = Self.low(ran.accounts.sent, 4)
      #expect(ran.accounts.lateDropped <= low && 2 * ran.accounts.lateDropped > low, "\(low)")
      // The way back has those alone that got through.
      #expect((2 * low - ran.accounts.lateDropped...2 * low).contains(ran.accounts.late))
      let reasons: [DropReason] = system.hasESN && usesESN ? [.authentication, .tooOld] : [.tooOld]
      let dropped = reasons.reduce(0 as UInt64) { $0 + ImpairTests.drops(ran, $1) }
      #expect(dropped == ran.accounts.lateDropped)
    }

    /// One packet more or less decides. The packet that comes `late` behind a late one is of the class before
    /// or of its own, so that the newest number is that of the last one of the highest class.
    @Test(arguments: [(63, false), (64, false), (68, true)])
    func theWindowIsTheLimit(late: Int, isDropped: Bool) throws {
      let ran = try RanCase(Self.plan(.espSingle, late: late, window: 64, classes: 2), frames: 5_000)
      Self.expectClosed(ran, "\(late)")
      #expect((ran.accounts.lateDropped > ran.accounts.sent / 3) == isDropped)
      #expect((ran.accounts.lateDropped == 0) == !isDropped)
    }

    /// Over paths VPE's one window for a thread is no better than ESP's: dropped is what takes those that are
    /// slower by more than the window, and nothing else.
    @Test(arguments: [System.espSingle, .vpe], [2, 3, 4, 8])
    func pathsThatNobodyChooses(system: System, count: Int) throws {
      let note = "\(system) \(count)"
      let short = try RanCase(
        Self.plan(system, late: 300, window: 192, classes: 1, paths: count), frames: 20_000)
      Self.expectClosed(short, note)
      // Slower by 200 and 300 of 4 paths, by 214, 257 and 300 of 8; half of them of 3.
      let part = Double(try #require([2: 1, 3: 0.5, 4: 2 / 3.0, 8: 3 / 7.0][count]))
      let (dropped, late) = (Double(short.accounts.lateDropped), Double(short.accounts.late))
      #expect(dropped <= part * late + Double(2 * count) && dropped > 0.7 * part * late, "\(dropped / late)")
      // On the way there it takes all slower paths, on the way back those alone that are fast enough.
      let slower = Double(short.accounts.sent) * (1 - 1 / Double(count))
      #expect((slower - 1...2 * slower).contains(late))

      let long = try RanCase(
        Self.plan(system, late: 300, window: 4096, classes: 1, paths: count), frames: 20_000)
      Self.expectClosed(long, note)
      #expect(long.accounts.lateDropped == 0 && long.accounts.returned == long.accounts.sent)
      #expect(Double(long.accounts.late) >= 2 * (Double(long.accounts.sent) * (1 - 1 / Double(count)) - 1))
      #expect(long.judgement.reordered > long.accounts.sent / 4, "what a window keeps is out of order")
    }

    /// One packet more or less decides for the slowest path: of four by 64 it lags by 61, by 65 by 65.
    @Test(arguments: [
      (3, 63, false), (3, 64, true), (4, 64, false), (4, 65, true), (8, 64, false), (8, 65, true),
    ])
    func theWindowIsThePathsLimit(count: Int, late: Int, isDropped: Bool) throws {
      let plan = Self.plan(.espSingle, late: late, window: 64, classes: 1, paths: count)
      let ran = try RanCase(plan, frames: 10_000)
      Self.expectClosed(ran, "\(count) \(late)")
      let ofSlowest = ran.accounts.sent / UInt64(count)
      #expect((ran.accounts.lateDropped > ofSlowest / 2) == isDropped)
      #expect((ran.accounts.lateDropped == 0) == !isDropped)
    }

    @Test(arguments: [System.espSingle, .vpe]) func outerPacketsOfIPv6HaveClassesToo(system: System) throws {
      var plan = Self.plan(system, late: 200, window: 64)
      plan.encapsulation.isIPv6 = true
      let ran = try RanCase(plan, frames: 10_000)
      Self.expectClosed(ran, "\(system)")
      let low = Self.low(ran.accounts.sent, 4)
      if system == .vpe {
        #expect(ran.accounts.lateDropped == 0 && ran.accounts.late == 2 * low)
      } else {
        // The way back has those alone that got through.
        #expect(2 * ran.accounts.lateDropped > low, "\(low)")
        #expect((2 * low - ran.accounts.lateDropped...2 * low).contains(ran.accounts.late))
      }
    }

    /// Classes alone change nothing about a circuit, whatever the system.
    @Test(arguments: System.gateways.filter(\.hasReplayWindow))
    func classesWithoutDelay(system: System) throws {
      for threads in [2, 5] where system.threadCounts.contains(threads) {
        var plan = TestHost.plan(system, threads: threads)
        plan.classes = 8
        plan.policy = TunnelPolicy(copiesFields: true)
        plan.allowForStalls()
        let ran = try TopologyTests.runCleanly(plan, frames: 2_000)
        #expect(ran.accounts.late == 0)
      }
    }

    /// Nor does a black link on which none is late, classes or paths.
    @Test(arguments: [System.espSingle, .vpe], [1, 8])
    func linksWithoutDelay(system: System, classes: Int) throws {
      let plan = Self.plan(system, late: 0, window: 64, classes: classes, paths: 8)
      #expect(plan.inFlightFrames == 512 && plan.spanFrames == nil)
      let ran = try RanCase(plan, frames: 10_000)
      Self.expectClosed(ran, "\(system) \(classes)")
      #expect(ran.accounts.late == 0 && ran.judgement.reordered == 0)
      #expect(ran.stages.filter { $0.stage == Impairment.lateStage } == [], "nothing is counted as late")
    }
  }
}
