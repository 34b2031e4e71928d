import Cases
import Descriptors
import Roles
import Runs
import TestRuns
import Testing
import Wire

/// What `vpebench role` says of a role, from made-up counts: the rules are those of `vpebench run`.
@Suite struct RunStandaloneRoleTests {
  private static func descriptor(_ members: String = "") throws -> Descriptor {
    try DescriptorFixture.parse(DescriptorFixture.text(systems: #"["vpe"]"#, members))
  }

  private static func plan(_ steering: Steering = .queue) -> CasePlan {
    var plan = CasePlan(
      system: .vpe, aead: "aes-128-gcm", threads: 4, frameBytes: 64, seed: 1, cpus: [])
    plan.steering = steering
    return plan
  }

  /// A generator that has kept its pace, and whose frames have all come back.
  private static func counts(_ change: (inout GeneratorCounts) -> Void = { _ in }) -> GeneratorCounts {
    var counts = GeneratorCounts(
      sent: 1200, returned: 1200, offered: 1000, collected: 1000, seconds: 1, dryPolls: 0)
    change(&counts)
    return counts
  }

  private static func stages(
    _ role: RoleName, _ names: [String], _ change: (inout StageReport.Counters) -> Void = { _ in }
  ) -> [StageReport] {
    names.enumerated().map { thread, name in
      var counters = StageReport.Counters.none
      (counters.received, counters.transmitted) = (1200, 1200)
      (counters.busyPackets, counters.busyPolls, counters.busyTicks) = (1200, 20, 120_000)
      if thread == 0 { change(&counters) }
      return StageReport(role: role, stage: name, thread: thread, cpu: 0, counters: counters)
    }
  }

  /// What is said of a generator.
  private static func faults(
    _ members: String = "", _ change: (inout GeneratorCounts) -> Void = { _ in }
  ) throws -> [String] {
    let stages = stages(.generator, ["generate", "collect"])
    let found = StandaloneRole.judge(
      stages, of: plan(), generator: counts(change), by: try descriptor(members))
    #expect(found.gaps == [])
    return found.faults
  }

  @Test func anHonestGeneratorIsValid() throws {
    #expect(try Self.faults() == [])
    #expect(try Self.faults("traffic: { rate_mpps: 0.001 }, require: { max_loss_ratio: 0 }") == [])
  }

  @Test func aPaceThatIsMissedIsAFault() throws {
    let faults = try Self.faults("traffic: { rate_mpps: 0.002 }")
    #expect(faults.count == 1 && faults[0].contains("offered 0.001 Mpps instead of 0.002"), "\(faults)")
    #expect(faults[0].contains("lower traffic.rate_mpps"))
  }

  @Test func aPoolThatIsDryIsAFault() throws {
    let faults = try Self.faults { $0.dryPolls = 3 }
    #expect(faults == ["the pool of packets was empty 3 times when frames were due"])
  }

  @Test func lossBeyondWhatIsAllowedIsAFault() throws {
    func lose(_ frames: UInt64, _ most: String) throws -> [String] {
      try Self.faults("require: { max_loss_ratio: \(most) }") { $0.returned -= frames }
    }
    #expect(try lose(12, "0.01") == [])
    #expect(try lose(13, "0.01") == ["13 of 1200 frames were lost, require.max_loss_ratio allows 0.01"])
    #expect(try lose(1, "0").count == 1)
    // Devices may lose frames where nothing is said.
    #expect(try Self.faults { $0.returned -= 100 } == [])
  }

  @Test func silenceIsAFault() throws {
    let late = try Self.faults { $0.collected = 0 }
    #expect(late == ["no frame came back within the window"])
    let never = try Self.faults { ($0.collected, $0.returned) = (0, 0) }
    #expect(never.count == 1 && never[0].contains("start reflector and gateways first"), "\(never)")
    #expect(try Self.faults { $0.sent = 0 } == ["the generator sent nothing"])
  }

  /// 100 busy ticks a frame: 1,200 frames on each of two threads.
  @Test(arguments: [(24_000, false), (24_001, true)] as [(UInt64, Bool)])
  func aStalledGatewayIsAGap(ticks: UInt64, isGap: Bool) throws {
    let stages = Self.stages(.gatewayA, ["seal", "open"]) { $0.stalledTicks = ticks }
    let found = StandaloneRole.judge(stages, of: Self.plan(), by: try Self.descriptor())
    #expect(found.faults == [] && found.gaps.isEmpty == !isGap, "\(found)")
    if isGap { #expect(found.gaps[0].contains("a gateway's thread was off the core")) }
  }

  /// Of a stage with nothing but stalls no cost is known, however little they are beside the rest.
  @Test func aStageThatIsAllStallsIsAGap() throws {
    let stages = Self.stages(.gatewayA, ["seal", "open"]) {
      ($0.busyPackets, $0.busyTicks, $0.stalledTicks) = (0, 0, 1)
    }
    let found = StandaloneRole.judge(stages, of: Self.plan(), by: try Self.descriptor())
    #expect(found.faults == [] && found.gaps.count == 1, "\(found)")
  }

  /// Other roles' threads are no gateway's.
  @Test func aStalledGeneratorTellsNothingOfCosts() throws {
    let stages = Self.stages(.generator, ["generate", "collect"]) { $0.stalledTicks = 1_000_000 }
    let found = StandaloneRole.judge(
      stages, of: Self.plan(), generator: Self.counts(), by: try Self.descriptor())
    #expect(found.faults == [] && found.gaps == [], "\(found)")
  }

  @Test func accountsAndIdleThreadsAreFaultsAsBefore() throws {
    let stages = Self.stages(.gatewayB, ["seal", "open"]) {
      ($0.transmitted, $0.drops[Int(DropReason.authentication.rawValue)]) = (1197, 2)
    }
    let wrong = StandaloneRole.judge(stages, of: Self.plan(), by: try Self.descriptor())
    #expect(wrong.faults.count == 2 && wrong.faults[1].contains("2 dropped as authentication"), "\(wrong)")
    let idle = Self.stages(.gatewayB, ["seal", "open"]) { $0 = .none }
    let found = StandaloneRole.judge(idle, of: Self.plan(), by: try Self.descriptor())
    #expect(found.faults.count == 1 && found.faults[0].contains("received nothing"), "\(found)")
  }

  /// A hash may leave a queue, and so a thread, without a flow, as in a run.
  @Test(arguments: [(Steering.queue, 1), (.software, 1), (.hash, 0)])
  func aThreadWithoutAFlowIsAFaultUnlessFlowsAreHashed(steering: Steering, faults: Int) throws {
    let stages = Self.stages(.gatewayA, ["seal", "seal", "open"]) { $0 = .none }
    let found = StandaloneRole.judge(stages, of: Self.plan(steering), by: try Self.descriptor())
    #expect(found.faults.count == faults, "\(found)")
    #expect(found.faults.allSatisfy { $0.hasPrefix("gateway-a seal 0 received nothing; see") })
  }

  @Test func whatNobodySendsAnythingWaits() throws {
    let stages = Self.stages(.gatewayA, ["seal"]) { $0 = .none }
    #expect(StandaloneRole.judge(stages, of: Self.plan(), by: try Self.descriptor()).faults == [])
    var linked = Self.stages(.gatewayA, ["seal", "impair"])
    linked[1].counters = .none
    #expect(StandaloneRole.judge(linked, of: Self.plan(), by: try Self.descriptor()).faults == [])
  }
}
