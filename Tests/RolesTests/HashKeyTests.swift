import Cases
import Dataplane
import Roles
import Testing

/// Which of the hash's keys holds when, and where its flows go.
@Suite struct HashKeyTests {
  @Test func keysTakeTurns() {
    var clock = HashKeyClock(ticks: 100)
    // From the first look on.
    let looks = [5000, 5099, 5100, 5199, 5250].map { clock.hasChanged(now: $0) }
    #expect(looks == [false, false, true, false, true] && clock.key == 2)
    for turn in 3...ReceiveSideScaling.keys {
      let hasChanged = clock.hasChanged(now: 6000 + 100 * UInt64(turn))
      #expect(hasChanged && clock.key == turn % ReceiveSideScaling.keys)
    }
    var still = HashKeyClock(ticks: 0)
    let hasChanged = still.hasChanged(now: 1 << 63)
    #expect(!hasChanged && still.key == 0)
  }

  /// Each key deals flows in a way of its own, to all queues.
  @Test(arguments: [IPVersion.ipv4, .ipv6]) func eachKeyDealsFlowsAnew(version: IPVersion) {
    let tables = (0..<ReceiveSideScaling.keys).map {
      FlowQueues(flows: 256, queues: 4, isHashed: true, version: version, key: $0)
    }
    defer { tables.forEach { $0.deallocate() } }
    let queues = tables.map { table in (0..<256).map { table[$0] } }
    #expect(Set(queues).count == ReceiveSideScaling.keys)
    #expect(queues.allSatisfy { Set($0) == [0, 1, 2, 3] })
    for (one, other) in zip(queues, queues.dropFirst()) {
      let moved = zip(one, other).count { $0 != $1 }
      #expect((128...240).contains(moved), "three quarters of the flows go elsewhere, here \(moved) of 256")
    }
  }
}

extension OnDPDK {
  /// The hash's key changes while frames are under way.
  @Suite struct HashKeyChangeTests {
    /// No frame is lost; those that were in a slower thread's queue come back behind later ones.
    @Test(arguments: [System.vpe, .espMultiSA, .eespSubSA, .psp])
    func framesAreReorderedAndNoneIsLost(system: System) throws {
      var plan = TestHost.plan(system, threads: 6)
      (plan.steering, plan.flows, plan.inFlightFrames) = (.hash, 64, 2048)
      var reordered: [UInt64] = []
      // On any machine the key changes many times.
      for milliseconds in [0, 1] {
        plan.hashKeyMilliseconds = milliseconds
        let ran = try RanCase(plan, frames: 300_000)
        #expect(ran.accounts.faults == [] && ran.accounts.returned + ran.dropped == ran.accounts.sent)
        // Some find a queue full, where a thread was off its CPU for long.
        #expect(ran.dropped == ran.congested && ran.buffersInUse == 0)
        reordered.append(ran.judgement.reordered)
      }
      // A flow that stays with its thread keeps its order.
      #expect(reordered[0] == 0 && reordered[1] > 0, "\(reordered)")
    }
  }
}
