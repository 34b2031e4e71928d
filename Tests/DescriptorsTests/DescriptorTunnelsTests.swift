import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

@Suite struct DescriptorTunnelsTests {
  private static func text(_ systems: String, _ members: String, what: String = "packet-cost") -> String {
    DescriptorFixture.text(systems: systems, "measure: { what: '\(what)' }, \(members)")
  }

  @Test func systemsWithAssociationsHaveTunnels() throws {
    let text = Self.text("['null', 'raw', 'esp-multi-sa', 'vpe']", "sweep: { tunnels: [1, 10000] }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "baseline-none-64B-1t-0h", "raw-aes128gcm-64B-1t-0h", "esp-multi-sa-aes128gcm-64B-1t-0h-1sa",
        "esp-multi-sa-aes128gcm-64B-1t-0h-10000sa", "vpe-aes128gcm-64B-1t-0h-1sa",
        "vpe-aes128gcm-64B-1t-0h-10000sa",
      ])
    #expect(cases.map(\.tunnels) == [1, 1, 1, 10_000, 1, 10_000])
    #expect(cases.map(\.axes) == [[:], [:]] + ["1", "10000", "1", "10000"].map { ["tunnels": $0] })
  }

  @Test func oneIsTheDefaultAndNotNamed() throws {
    for sweep in ["", "sweep: { tunnels: 1 }", "sweep: { tunnels: [7] }"] {
      let descriptor = try DescriptorFixture.parse(Self.text("['vpe']", sweep))
      #expect(descriptor.cases.map(\.name) == ["vpe-aes128gcm-64B-1t-0h"])
      #expect(descriptor.sweep[.tunnels] == (sweep.contains("7") ? [7] : [1]))
      #expect(descriptor.measure.gatewayThreads == 8)
    }
    let throughput = try DescriptorFixture.parse(DescriptorFixture.text())
    #expect(throughput.sweep[.tunnels] == [1] && throughput.cases.allSatisfy { $0.tunnels == 1 })
  }

  @Test(arguments: [
    ("packet-cost", "sweep: { tunnels: [0] }", "sweep.tunnels[0]", "from 1 to 10000"),
    ("packet-cost", "sweep: { tunnels: 10001 }", "sweep.tunnels", "from 1 to 10000"),
    ("packet-cost", "sweep: { tunnels: [5, 5] }", "sweep.tunnels[1]", "listed twice"),
    ("rate-search", "sweep: { tunnels: 10 }", "sweep.tunnels", "one direction of one gateway"),
    ("throughput", "sweep: { tunnels: 65 }", "sweep.flows", "64 are fewer than the 65"),
    ("throughput", "sweep: { tunnels: 33, threads: 4 }", "sweep.flows", "64 are fewer than the 66"),
    ("throughput", "sweep: { tunnels: 9999, threads: 14 }", "sweep.flows", "take fewer tunnels or threads"),
    (
      "throughput", "sweep: { tunnels: 2, flows: 512, classes: 2 }, tunnel: { header_fields: 'rfc4301' }",
      "sweep.tunnels", "with one traffic class alone"
    ),
  ])
  func refusals(_ what: String, _ members: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.text("['vpe']", members, what: what), at: path, reason)
  }

  /// Gateways whose threads share an association have one tunnel. A table has a limited number of child
  /// associations.
  @Test func gatewaysWithTablesHaveMany() throws {
    let sweep = "sweep: { tunnels: [1, 16], threads: [4], flows: 64 }"
    let shared = "['vpe', 'esp-pipeline', 'esp-ordered']"
    DescriptorFixture.expectProblem(
      Self.text(shared, sweep.replacing("[1, 16]", with: "[2, 16]"), what: "throughput"), at: "systems[1]",
      "\"esp-pipeline\" has one tunnel, and sweep.tunnels has 16 and not 1")
    let one = try DescriptorFixture.parse(Self.text(shared, sweep, what: "throughput"))
    #expect(one.cases.map(\.tunnels) == [1, 16, 1, 1] && one.cases.last?.name.hasSuffix("-1sa") == true)
    let children = "sweep: { tunnels: 9000, threads: 11, seal_threads: 7, flows: 65536 }"
    DescriptorFixture.expectProblem(
      Self.text("['esp-multi-sa']", children, what: "throughput"), at: "sweep.tunnels",
      "72000 child associations")
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(
        systems: "['tester', 'vpe']", "measure: { setup: 'dut' }, sweep: { tunnels: 2 }"),
      at: "sweep.tunnels", "\"circuit\" alone")
    let descriptor = try DescriptorFixture.parse(
      Self.text("['esp-multi-sa', 'vpe']", sweep, what: "throughput"))
    #expect(descriptor.cases.map(\.tunnels) == [1, 16, 1, 16])
  }

  @Test(arguments: ["1", "65", "2.5", "'many'"]) func refusesThreadsThatNoGatewayHas(_ threads: String) {
    let text = DescriptorFixture.text("measure: { what: 'packet-cost', gateway_threads: \(threads) }")
    #expect(DescriptorFixture.problems(text).map(\.path) == ["measure.gateway_threads"])
    let other = DescriptorFixture.problems(DescriptorFixture.text("measure: { gateway_threads: 4 }"))
    #expect(other.first?.reason.contains("sweep.threads says how many there are") == true)
  }

  /// Costs with many tunnels are compared with those of one, so all at the same coordinates run together.
  @Test func allTunnelsOfAPointRunTogether() throws {
    let text = Self.text(
      "['esp-single', 'vpe']", "sweep: { tunnels: [1, 10, 100], frame_bytes: [64, 1420] }")
    let cases = try DescriptorFixture.parse(text).cases
    let groups = Pairing.groups(of: cases.map { CaseCoordinates($0) })
    #expect(groups.count == 2)
    for group in groups {
      #expect(Set(group.map { cases[$0].frameBytes }).count == 1)
      #expect(Set(group.map { "\(cases[$0].system) \(cases[$0].tunnels)" }).count == 6)
    }
  }

  @Test func theShippedDescriptorCoversTheRange() throws {
    let file = DescriptorFixture.experiments.appending(path: "tunnels.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      #expect(
        descriptor.systems
          == [.espSingle, .espPipeline, .espMultiSA, .vpe, .eespSubSA, .psp, .pspDerive])
      #expect(descriptor.sweep[.tunnels].first == 1 && descriptor.sweep[.tunnels].last == 10_000)
      #expect(descriptor.sweep[.frameBytes] == [64, 1420])
      #expect(descriptor.measure.operations == MeasuredOperation.allCases)
      for point in descriptor.cases {
        let plan = CostPlan(point, sample: 0, of: descriptor, run: RunID(value: 1))
        #expect(plan.tunnels == point.tunnels && plan.gatewayThreads == descriptor.measure.gatewayThreads)
        #expect(plan.packetsInFlight == descriptor.measure.packetsInFlight)
      }
      // Each tunnel has packets among those that are timed.
      #expect(descriptor.measure.packets >= 10_000)
    }
  }
}
