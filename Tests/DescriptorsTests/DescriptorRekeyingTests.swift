import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors in which associations are renewed: which systems support that, and what is refused with it.
@Suite struct DescriptorRekeyingTests {
  @Test func theIntervalIsAnAxis() throws {
    let text = DescriptorFixture.text(
      systems: #"["null", "esp-single", "vpe"]"#, "sweep: { rekey_ms: [0, 100] }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "baseline-none-64B-2t-0h", "esp-single-aes128gcm-64B-2t-0h-k0",
        "esp-single-aes128gcm-64B-2t-0h-k100", "vpe-aes128gcm-64B-2t-0h-k0",
        "vpe-aes128gcm-64B-2t-0h-k100",
      ])
    #expect(cases.map(\.rekeyMilliseconds) == [0, 0, 100, 0, 100])
    let plain = try DescriptorFixture.parse(DescriptorFixture.text()).cases
    #expect(plain.allSatisfy { $0.rekeyMilliseconds == 0 && $0.axes["rekey_ms"] == nil })
  }

  @Test(arguments: [
    ("sweep: { rekey_ms: 600001 }", "sweep.rekey_ms", "from 0 to 600000"),
    ("sweep: { rekey_ms: 9 }, link: 'veth', steering: 'software'", "link", #"say "ring""#),
    ("sweep: { rekey_ms: 9, pad_bytes: 256 }", "sweep.pad_bytes", "allowed is 0"),
    ("sweep: { rekey_ms: 9 }, steering: 'software'", "steering", #"say "queue""#),
    ("sweep: { rekey_ms: 9, steering: ['hash', 'software'] }", "sweep.steering", #"say "queue""#),
    ("sweep: { rekey_ms: 9 }, impairment: { loss_ratio: 0.1 }", "sweep.rekey_ms", "an impairment"),
    ("sweep: { rekey_ms: 9, forged_percent: 5 }", "sweep.rekey_ms", "an attacker"),
    (
      "sweep: { rekey_ms: 9, classes: 2 }, tunnel: { header_fields: 'rfc4301' }", "sweep.classes",
      "allowed is 1"
    ),
  ])
  func refusals(_ members: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["vpe"]"#, members), at: path, reason)
  }

  @Test func whatDoesNotRenew() {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["null", "psp-derive"]"#, "sweep: { rekey_ms: [0, 9] }"),
      at: "sweep.rekey_ms", #""psp-derive" keeps none that could be renewed"#)
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(
        systems: #"["tester", "vpe"]"#, "sweep: { rekey_ms: 9 }, measure: { setup: 'dut' }"),
      at: "measure.setup", #"must be "circuit""#)
    // A thread's table has two entries for each association.
    let many = "sweep: { rekey_ms: 9, tunnels: 5000, flows: 40000, threads: 9, seal_threads: 8 }"
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["esp-multi-sa"]"#, many), at: "sweep.tunnels", "80000 places")
  }

  @Test func theShippedDescriptorRenewsEachAssociationInEveryWindow() throws {
    let file = DescriptorFixture.experiments.appending(path: "rekey.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      let intervals = descriptor.sweep.integers(.rekeyMilliseconds)
      let longest = try #require(intervals.max())
      #expect(intervals.first == 0 && Double(longest) / 1000 < descriptor.measure.windowSeconds)
      for point in descriptor.cases {
        let plan = CasePlan(
          point, sample: 0, of: descriptor, run: RunID(value: 1), assignment: nil, cpus: [0, 1])
        #expect(plan.rekeyMilliseconds == point.rekeyMilliseconds)
      }
    }
  }
}
