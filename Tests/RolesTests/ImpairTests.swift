import Cases
import Roles
import Testing
import Wire

extension OnDPDK {
  /// What an attacker and a bad network do on the black link: every packet is accounted for.
  @Suite struct ImpairTests {
    static let secure = System.gateways.filter { $0 != .null }
    static let windowed = secure.filter { $0.format?.facts.refusesReplays == true }

    static func plan(_ model: System, threads: Int, _ change: (inout Impairment) -> Void) -> CasePlan {
      var plan = TestHost.plan(model, threads: threads)
      plan.inFlightFrames = 2048
      // A packet that is held may stay so for long, and a thread may be off its core while others go on: an
      // honest packet can come thousands of numbers late, and would be refused as too old.
      plan.windowSize = 65_536
      var impairment = Impairment()
      change(&impairment)
      plan.impairment = impairment
      return plan
    }

    static func carried(_ ran: RanCase) -> UInt64 {
      ran.stages.filter { $0.stage == "impair" }.reduce(0) { $0 + $1.counters.transmitted }
    }

    static func drops(_ ran: RanCase, _ reasons: DropReason...) -> UInt64 {
      reasons.reduce(0) { sum, reason in
        sum + ran.stages.reduce(0) { $0 + $1.counters.drops[Int(reason.rawValue)] }
      }
    }

    /// Honest packets all come back, once; hostile ones are all refused.
    static func expectOnlyHonest(_ ran: RanCase, _ note: String) {
      #expect(ran.accounts.faults.isEmpty, "\(note)")
      #expect(ran.accounts.returned == ran.accounts.sent, "\(note)")
      #expect(ran.accounts.hostileRefused == ran.accounts.hostileSent, "\(note)")
      #expect(ran.buffersInUse == 0, "\(note)")
    }

    @Test(arguments: windowed, [2, 5]) func everyReplayIsRefused(model: System, threads: Int) throws {
      for percent in [1, 50, 100] {
        let plan = Self.plan(model, threads: threads) { $0.replayedPercent = percent }
        let ran = try RanCase(plan, frames: TestHost.share(5_000))
        Self.expectOnlyHonest(ran, "\(model) \(percent) %")
        #expect(Self.drops(ran, .replayed) == ran.accounts.hostileSent)
        // At most one is owed on each queue of each direction.
        let due = Self.carried(ran) * UInt64(percent) / 100
        #expect(ran.accounts.hostileSent <= due && ran.accounts.hostileSent + 2 * UInt64(threads) >= due)
      }
    }

    /// What lies before the window is refused as too old, or, where numbers are extended, as not authentic.
    @Test(arguments: windowed, [true, false])
    func everyOldReplayIsRefused(model: System, usesESN: Bool) throws {
      var plan = Self.plan(model, threads: 4) {
        $0.replayedPercent = 100
        $0.replayAgePackets = 3000
      }
      plan.windowSize = 1024
      plan.esn = usesESN
      plan.inFlightFrames = 512
      let frames = TestHost.share(40_000)
      let ran = try RanCase(plan, frames: frames)
      Self.expectOnlyHonest(ran, "\(model)")
      #expect(ran.accounts.hostileSent > frames / 4)
      let reason: DropReason = model.hasESN && usesESN ? .authentication : .tooOld
      #expect(Self.drops(ran, reason) == ran.accounts.hostileSent, "\(model) \(reason)")
    }

    @Test(arguments: secure, [2, 5]) func everyForgeryIsRefused(model: System, threads: Int) throws {
      let plan = Self.plan(model, threads: threads) { $0.forgedPercent = 100 }
      let ran = try RanCase(plan, frames: TestHost.share(5_000))
      Self.expectOnlyHonest(ran, "\(model)")
      #expect(Self.drops(ran, .authentication) == Self.carried(ran))
    }

    @Test(arguments: System.gateways) func lossAndShufflingAreAccountedFor(model: System)
      throws
    {
      let plan = Self.plan(model, threads: model == .null ? 2 : 4) {
        $0.lossRatio = 0.05
        $0.shuffleFrames = 100
      }
      let ran = try RanCase(plan, frames: 20_000)
      #expect(ran.accounts.faults.isEmpty)
      #expect(ran.accounts.sent - ran.accounts.returned == ran.accounts.impaired)
      // Twice 5 % of what was left; five standard deviations are 0.8 % of the frames.
      let ratio = Double(ran.accounts.impaired) / Double(ran.accounts.sent)
      #expect((0.0895...0.1055).contains(ratio), "\(ratio)")
      #expect(ran.judgement.reordered > ran.accounts.returned / 4, "a random one of 100 is rarely the next")
      #expect(ran.buffersInUse == 0)
    }

    @Test(arguments: windowed) func allAtOnceIsAccountedFor(model: System) throws {
      let plan = Self.plan(model, threads: 5) {
        $0.replayedPercent = 70
        $0.replayAgePackets = 500
        $0.forgedPercent = 30
        $0.lossRatio = 0.01
        $0.shuffleFrames = 64
      }
      let frames = TestHost.share(20_000)
      let ran = try RanCase(plan, frames: frames)
      #expect(ran.accounts.faults.isEmpty)
      #expect(ran.accounts.sent - ran.accounts.returned == ran.accounts.impaired)
      #expect(ran.accounts.hostileRefused == ran.accounts.hostileSent)
      #expect(ran.accounts.hostileSent > frames / 2)
      #expect(ran.buffersInUse == 0)
    }

    /// An attacker who makes nothing changes nothing.
    @Test func anIdleAttackerChangesNothing() throws {
      for model in System.gateways {
        let ran = try RanCase(Self.plan(model, threads: model == .null ? 2 : 4) { _ in }, frames: 2_000)
        Self.expectOnlyHonest(ran, "\(model)")
        #expect(ran.accounts.hostileSent == 0)
      }
    }
  }
}
