import Cases
import Results
import Roles
import Runs
import TestRuns
import Testing

/// The axes `header_fields` and `selectors` of packet-cost runs.
@Suite struct DescriptorHeaderFieldsTests {
  private static func text(_ members: String, what: String = "packet-cost") -> String {
    DescriptorFixture.text(systems: "['raw', 'vpe']", "measure: { what: '\(what)' }, \(members)")
  }

  @Test func bothAreSwept() throws {
    let sweep = "sweep: { header_fields: ['none', 'rfc4301'], selectors: [false, true] }"
    let descriptor = try DescriptorFixture.parse(Self.text(sweep))
    let cases = descriptor.cases
    #expect(
      cases.map(\.name) == [
        "raw-aes128gcm-64B-1t-0h", "vpe-aes128gcm-64B-1t-0h-plain-unchecked",
        "vpe-aes128gcm-64B-1t-0h-plain-checked", "vpe-aes128gcm-64B-1t-0h-fields-unchecked",
        "vpe-aes128gcm-64B-1t-0h-fields-checked",
      ])
    #expect(cases.map { $0.axes["header_fields"] } == [nil, "none", "none", "rfc4301", "rfc4301"])
    #expect(cases.map { $0.axes["selectors"] } == [nil, "false", "true", "false", "true"])
    let plans = cases.map { CostPlan($0, sample: 0, of: descriptor, run: .drawn()) }
    #expect(plans.map(\.policy.copiesFields) == [false, false, false, true, true])
    #expect(plans.map(\.policy.checksSelectors) == [false, false, true, false, true])
    // Each has a ratio to the cost without either.
    let records = zip(cases.dropFirst(), [100.0, 110, 120, 130]).map { point, ticks in
      SampleRecord(
        coordinates: CaseCoordinates(point), sample: 0, startedAt: "", basis: .measured, windowSeconds: 1,
        metrics: ["open_stage_cycles_per_packet": ticks], counts: [:], valid: true, faults: [], stages: [])
    }
    #expect(
      RatioToBaseline.plain.adding(to: records).map {
        $0.metrics["open_stage_cycles_per_packet_to_plain_ratio"]
      } == [1, 1.1, 1.2, 1.3])
  }

  @Test func withoutThemTheTunnelSays() throws {
    let tunnel = "tunnel: { header_fields: 'rfc4301', selectors: true }"
    let cases = try DescriptorFixture.parse(Self.text(tunnel)).cases
    #expect(cases.map(\.headerFields) == [.none, .rfc4301] && cases.map(\.hasSelectors) == [false, true])
    #expect(cases.map(\.axes) == [[:], ["header_fields": "rfc4301", "selectors": "true"]])
  }

  @Test(arguments: [
    ("throughput", "sweep: { header_fields: 'none' }", "sweep.header_fields", "the same for all cases"),
    ("throughput", "sweep: { selectors: true }", "sweep.selectors", "the same for all cases"),
    ("packet-cost", "sweep: { selectors: [false, true], tunnels: 2 }", "sweep.selectors", "one tunnel"),
    ("packet-cost", "sweep: { header_fields: 'rfc2401' }", "sweep.header_fields", "rfc4301"),
  ])
  func refusals(_ what: String, _ members: String, _ path: String, _ reason: String) {
    let text = DescriptorFixture.text(systems: "['vpe']", "measure: { what: '\(what)' }, \(members)")
    DescriptorFixture.expectProblem(text, at: path, reason)
  }
}
