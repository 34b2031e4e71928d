import Cases
import Descriptors
import RateSearch
import TestRuns
import Testing

/// Descriptors that search for rates.
@Suite struct DescriptorRateSearchTests {
  private static func text(
    _ measure: String = "", _ members: String = "", systems: String = "['null', 'vpe']"
  ) -> String {
    DescriptorFixture.text(systems: systems, "measure: { what: 'rate-search', \(measure) }, \(members)")
  }

  @Test func whatIsNotSaidIsAsCSITHasIt() throws {
    let descriptor = try DescriptorFixture.parse(Self.text())
    let search = try #require(descriptor.measure.search)
    #expect(search.goals == [.ndr, .pdr] && search.seconds == 1200)
    #expect(search.minMpps == 0.01 && search.maxMpps == nil)
    #expect(descriptor.measure.searches == 3 && descriptor.measure.samples == 3)
    #expect(descriptor.measure.setup == .dut && descriptor.link == .ring)
    #expect(descriptor.cases.map(\.name) == ["baseline-none-64B-2t-0h-solo", "vpe-aes128gcm-64B-2t-0h-solo"])
    #expect(try DescriptorFixture.parse(DescriptorFixture.text()).measure.search == nil)
  }

  @Test func lengthsAndWidthAreThoseOfAllGoals() throws {
    let descriptor = try DescriptorFixture.parse(
      Self.text(
        "goals: ['rfc2544', 'pdr'], trial_seconds: 2, duration_sum_seconds: 4, width: 0.02, max_mpps: 3"))
    let search = try #require(descriptor.measure.search)
    #expect(search.goals.map(\.name) == ["rfc2544", "pdr"] && search.maxMpps == 3)
    for goal in search.goals {
      #expect(goal.finalTrialSeconds == 2 && goal.durationSumSeconds == 4 && goal.width == 0.02)
      #expect(goal.initialTrialSeconds <= 2)
    }
    // The goal's own loss ratio stays.
    #expect(search.goals.map(\.lossRatio) == [0, 0.005] && search.goals.map(\.exceedRatio) == [0, 0.5])
  }

  private static let belongs =
    #"belongs to measure.what "throughput"; with "rate-search" one direction of one gateway is fed"#

  @Test(arguments: [
    ("windows: 3", "", "measure.windows", belongs), ("setup: 'dut'", "", "measure.setup", belongs),
    ("repetitions: 3", "", "measure.repetitions", #"belongs to measure.what "packet-cost"; with "rate-"#),
    ("", "sweep: { threads: 4 }", "sweep.threads", belongs),
    ("", "traffic: { rate_mpps: 1 }", "traffic.rate_mpps", belongs),
    ("", "impairment: { loss_ratio: 0.1 }", "impairment", belongs),
    (
      "", "link: 'veth'", "link",
      #""veth" is not possible with measure.what "rate-search"; allowed is "ring""#
    ),
    ("goals: ['ndr', 'prd']", "", "measure.goals[1]", #"did you mean "pdr"?"#),
    ("goals: []", "", "measure.goals", "an empty list"),
    ("searches: 0", "", "measure.searches", "from 1 to 1000"),
    ("min_mpps: 0", "", "measure.min_mpps", "above 0"),
    ("min_mpps: 2, max_mpps: 2", "", "measure.max_mpps", "2.0 must be above measure.min_mpps, which is 2.0"),
    ("width: 0.6", "", "measure.width", "0.6 is too large"),
    (
      "trial_seconds: 30", "", "measure",
      "duration_sum_seconds of the goal `ndr` is 21.0, but must be at least a trial's 30.0"
    ),
    (
      "goals: ['ndr', 'tst009'], search_seconds: 100", "", "measure.search_seconds",
      "100.0 is less than the 120.0 s that the goal `tst009` takes at each load"
    ),
  ])
  func refuses(_ measure: String, _ members: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.text(measure, members), at: path, reason)
  }

  @Test func numbersOf32BitsDoNotLastASearch() {
    DescriptorFixture.expectProblem(
      Self.text("", "sweep: { esn: [true, false] }", systems: "['esp-single']"), at: "sweep.esn[1]",
      "more packets than there are numbers of 32 bits")
  }

  @Test func systemsWithoutADirectionOnOneThreadAreRefused() {
    for system in System.allCases where !system.quantities.contains(.rateSearch) {
      let problems = DescriptorFixture.problems(Self.text(systems: "['vpe', '\(system.rawValue)']"))
      #expect(problems.map(\.path) == ["systems[1]"], "\(system)")
      #expect(problems.first?.reason.contains(#"with "rate-search" this version runs"#) == true)
    }
    #expect(
      System.implemented(for: .rateSearch)
        == [.null, .espSingle, .vpe, .wireguard, .psp, .pspDerive, .eespSubSA])
  }

  @Test func membersOfASearchBelongToNothingElse() {
    for member in ["goals: ['ndr']", "searches: 2", "width: 0.1", "max_mpps: 1"] {
      let problems = DescriptorFixture.problems(DescriptorFixture.text("measure: { \(member) }"))
      #expect(problems.count == 1)
      #expect(
        problems.first?.reason
          == #"belongs to measure.what "rate-search"; with "throughput" no rate is searched"#)
    }
  }

  @Test func latencyIsMeasuredWhereItIsAskedFor() throws {
    let none = try #require(DescriptorFixture.parse(Self.text()).measure.search)
    #expect(none.latencyPercents == [] && none.latencySeconds == 1)
    let some = try DescriptorFixture.parse(Self.text("latency_percent: [0, 90], latency_seconds: 2"))
    let search = try #require(some.measure.search)
    #expect(search.latencyPercents == [0, 90] && search.latencySeconds == 2)
    // Both loads, with the DUT and without, in three searches of two cases.
    let more = some.plan.seconds - (try DescriptorFixture.parse(Self.text()).plan.seconds)
    #expect((6.0 * 4 * 2...6.0 * 4 * 2.2).contains(more))
    DescriptorFixture.expectProblem(
      Self.text("latency_percent: [101]"), at: "measure.latency_percent[0]", "101 is too large")
    DescriptorFixture.expectProblem(
      DescriptorFixture.text("measure: { latency_percent: [0] }"), at: "measure.latency_percent",
      #"belongs to measure.what "rate-search""#)
  }

  @Test func probesGoBesideLoadsWhoseLatencyIsMeasured() throws {
    let text = Self.text("latency_percent: [90], probe_kpps: 2.5", "sweep: { flows: 65535 }")
    #expect(try DescriptorFixture.parse(text).measure.search?.probeRate == 2500)
    #expect(try DescriptorFixture.parse(Self.text("latency_percent: [90]")).measure.search?.probeRate == 0)
    DescriptorFixture.expectProblem(
      Self.text("probe_kpps: 1"), at: "measure.probe_kpps", "name some in latency_percent")
    DescriptorFixture.expectProblem(
      Self.text("latency_percent: [90], probe_kpps: 0"), at: "measure.probe_kpps", "above 0")
    DescriptorFixture.expectProblem(
      Self.text("latency_percent: [90], probe_kpps: 1", "sweep: { flows: [64, 65536] }"),
      at: "sweep.flows[1]", "leave none for measure.probe_kpps")
  }

  @Test func eitherDirectionIsFed() throws {
    let both = try DescriptorFixture.parse(
      Self.text("", "sweep: { direction: ['seal', 'open'] }", systems: "['vpe']"))
    #expect(
      both.cases.map(\.name) == [
        "vpe-aes128gcm-64B-2t-0h-seal-solo", "vpe-aes128gcm-64B-2t-0h-open-solo",
      ])
    #expect(both.cases.map(\.opens) == [false, true] && both.cases[1].axes["direction"] == "open")
    let round = try DescriptorFixture.parse(
      Self.text("", "sweep: { direction: 'round-trip' }", systems: "['vpe']"))
    #expect(round.cases[0].values.isRoundTrip && !round.cases[0].opens && !both.cases[0].values.isRoundTrip)
    let seal = try DescriptorFixture.parse(Self.text(systems: "['vpe']"))
    #expect(seal.cases.map(\.opens) == [false] && seal.cases[0].axes["direction"] == nil)
    // Packets to open are sealed before, which takes as long.
    #expect(both.plan.seconds > 2.5 * seal.plan.seconds)
    DescriptorFixture.expectProblem(
      DescriptorFixture.text("sweep: { direction: 'open' }"), at: "sweep.direction",
      #"belongs to measure.what "rate-search"; with "throughput" no rate is searched"#)
  }

  @Test func framesMayComeInBursts() throws {
    let search = try DescriptorFixture.parse(
      Self.text("", "sweep: { burst_frames: [1, 64] }", systems: "['vpe']"))
    #expect(
      search.cases.map(\.name) == [
        "vpe-aes128gcm-64B-2t-0h-burst1-solo", "vpe-aes128gcm-64B-2t-0h-burst64-solo",
      ])
    #expect(search.cases.map(\.burstFrames) == [1, 64] && search.cases[1].axes["burst_frames"] == "64")
    let circuit = try DescriptorFixture.parse(
      DescriptorFixture.text("sweep: { burst_frames: 8 }, traffic: { rate_mpps: 0.1 }"))
    #expect(circuit.cases.allSatisfy { $0.burstFrames == 8 })
    DescriptorFixture.expectProblem(
      DescriptorFixture.text("sweep: { burst_frames: [1, 8] }"), at: "traffic.rate_mpps",
      #"must be a number with sweep.burst_frames 8"#)
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(
        "sweep: { burst_frames: 8 }, measure: { what: 'packet-cost' }"), at: "sweep.burst_frames",
      "packets are worked on in full bursts")
    DescriptorFixture.expectProblem(
      Self.text("", "sweep: { burst_frames: 4097 }"), at: "sweep.burst_frames", "from 1 to 4096")
  }

  /// The duration that `list` and `validate` print is that of the controller with an ideal device.
  @Test func theTimeItTakesIsThatOfItsTrials() throws {
    func seconds(_ measure: String) throws -> Double {
      try DescriptorFixture.parse(Self.text(measure, systems: "['vpe']")).plan.seconds
    }
    let quick = try seconds("searches: 1, trial_seconds: 0.1, duration_sum_seconds: 1")
    let twice = try seconds("searches: 2, trial_seconds: 0.1, duration_sum_seconds: 1")
    let usual = try seconds("searches: 1")
    #expect(abs(twice - 2 * quick) < 1e-6)
    // At least both bounds of both goals, each for half of the duration sum.
    #expect(usual > 4 * 10.5 && usual < 300 && quick < usual / 8)
    #expect(try seconds("searches: 1, search_seconds: 30") < 45)
  }
}
