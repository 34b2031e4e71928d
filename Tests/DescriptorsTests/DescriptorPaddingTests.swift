import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors with padding: which systems pad, and what is refused with it.
@Suite struct DescriptorPaddingTests {
  @Test func paddingIsAnAxis() throws {
    let text = DescriptorFixture.text(
      systems: #"["null", "esp-single", "vpe"]"#, "sweep: { pad_bytes: [0, 1500] }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "baseline-none-64B-2t-0h", "esp-single-aes128gcm-64B-2t-0h-p0",
        "esp-single-aes128gcm-64B-2t-0h-p1500",
        "vpe-aes128gcm-64B-2t-0h-p0", "vpe-aes128gcm-64B-2t-0h-p1500",
      ])
    #expect(cases.map(\.padBytes) == [0, 0, 1500, 0, 1500])
    let plain = try DescriptorFixture.parse(DescriptorFixture.text()).cases
    #expect(plain.allSatisfy { $0.padBytes == 0 && $0.axes["pad_bytes"] == nil })
  }

  @Test(arguments: [
    ("sweep: { pad_bytes: 1501 }", "sweep.pad_bytes", "from 0 to 1500"),
    (
      "sweep: { pad_bytes: 9, classes: 2 }, tunnel: { header_fields: 'rfc4301' }", "sweep.classes",
      "allowed is 1"
    ),
    ("sweep: { pad_bytes: 9 }, measure: { setup: 'dut' }", "measure.setup", #"must be "circuit""#),
  ])
  func refusals(_ members: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["vpe"]"#, members), at: path, reason)
  }

  @Test func whatDoesNotPad() {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["null"]"#, "sweep: { pad_bytes: [0, 9] }"), at: "sweep.pad_bytes",
      #"is used by "esp-single", "esp-multi-sa", "vpe" alone"#)
    let cost = "measure: { what: 'packet-cost', packets_in_flight: 512 }"
    for (axis, value) in [("tunnels", "9"), ("senders", "9"), ("cores", "'all'")] {
      DescriptorFixture.expectProblem(
        DescriptorFixture.text(systems: #"["vpe"]"#, "\(cost), sweep: { pad_bytes: 9, \(axis): \(value) }"),
        at: "sweep.\(axis)", "not possible with sweep.pad_bytes 9")
    }
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["vpe"]"#, "\(cost), sweep: { pad_bytes: 9, buffers: 'merged' }"),
      at: "sweep.pad_bytes", "not possible with sweep.buffers")
  }

  @Test func theShippedDescriptorCoversTheRange() throws {
    let file = DescriptorFixture.experiments.appending(path: "tfc.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      let pads = descriptor.sweep.integers(.padBytes)
      #expect(pads.first == 0 && pads.last == 1500)
      for point in descriptor.cases {
        let plan = CasePlan(
          point, sample: 0, of: descriptor, run: RunID(value: 1), assignment: nil, cpus: [0, 1])
        #expect(plan.padBytes == point.padBytes)
      }
    }
  }
}
