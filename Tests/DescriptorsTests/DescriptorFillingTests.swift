import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors in which gateways send at a fixed clock.
@Suite struct DescriptorFillingTests {
  @Test func theClockIsAnAxis() throws {
    let text = DescriptorFixture.text(
      systems: #"["null", "vpe"]"#, "sweep: { fill_kpps: [0, 100] }, traffic: { rate_mpps: 0.01 }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "baseline-none-64B-2t-0h", "vpe-aes128gcm-64B-2t-0h-f0", "vpe-aes128gcm-64B-2t-0h-f100",
      ])
    #expect(cases.map(\.fillRate) == [0, 0, 100])
    let plain = try DescriptorFixture.parse(DescriptorFixture.text()).cases
    #expect(plain.allSatisfy { $0.fillRate == 0 && $0.axes["fill_kpps"] == nil })
  }

  private static let rate = ", traffic: { rate_mpps: 0.01 }"

  @Test(arguments: [
    ("sweep: { fill_kpps: 20001 }" + rate, "sweep.fill_kpps", "from 0 to 20000"),
    ("sweep: { fill_kpps: 9 }", "traffic.rate_mpps", "must be a number"),
    ("sweep: { fill_kpps: [0, 50, 10] }" + rate, "sweep.fill_kpps", "10 on 1 sealing thread"),
    ("sweep: { fill_kpps: 50, rekey_ms: 9 }" + rate, "sweep.rekey_ms", "allowed is 0"),
    ("sweep: { fill_kpps: 50, tunnels: 2 }" + rate, "sweep.tunnels", "allowed is 1"),
    ("sweep: { fill_kpps: 50 }, link: 'veth', steering: 'software'" + rate, "link", #"say "ring""#),
    ("sweep: { fill_kpps: 50 }, impairment: { loss_ratio: 0.1 }" + rate, "sweep.fill_kpps", "impairment"),
    (
      "sweep: { fill_kpps: 50 }, tunnel: { header_fields: 'rfc4301' }" + rate, "tunnel.header_fields",
      #"must be "none""#
    ),
  ])
  func refusals(_ members: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["vpe"]"#, members), at: path, reason)
  }

  @Test func whatDoesNotFill() {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["null"]"#, "sweep: { fill_kpps: [0, 50] }" + Self.rate),
      at: "sweep.fill_kpps", #"is used by "esp-single", "esp-multi-sa", "vpe" alone"#)
  }

  @Test func theShippedDescriptorIsOfPlans() throws {
    let file = DescriptorFixture.experiments.appending(path: "fill.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      for point in descriptor.cases {
        let plan = CasePlan(
          point, sample: 0, of: descriptor, run: RunID(value: 1), assignment: nil, cpus: [0, 1])
        #expect(plan.fillRate == point.fillRate && plan.rateMpps != nil)
      }
    }
  }
}
