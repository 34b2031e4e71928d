import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors in which the key of the hash over flows changes.
@Suite struct DescriptorHashKeyTests {
  @Test func theIntervalIsAnAxis() throws {
    let text = DescriptorFixture.text(
      systems: #"["esp-single", "vpe"]"#, "steering: 'hash', sweep: { hash_key_ms: [0, 100] }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "esp-single-aes128gcm-64B-2t-0h", "vpe-aes128gcm-64B-2t-0h-hk0", "vpe-aes128gcm-64B-2t-0h-hk100",
      ])
    #expect(cases.map(\.hashKeyMilliseconds) == [0, 0, 100])
    let swept = "sweep: { hash_key_ms: 100, steering: ['hash'] }"
    #expect(DescriptorFixture.problems(DescriptorFixture.text(systems: #"["vpe"]"#, swept)) == [])
  }

  @Test(arguments: [
    ("steering: 'hash', sweep: { hash_key_ms: 60001 }", "sweep.hash_key_ms", "from 0 to 60000"),
    ("sweep: { hash_key_ms: 9 }", "steering", #"must be "hash""#),
    ("sweep: { hash_key_ms: 9, steering: ['hash', 'queue'] }", "sweep.steering", #"must be "hash""#),
    (
      "steering: 'hash', sweep: { hash_key_ms: 9 }, traffic: { timestamps: false }", "traffic.timestamps",
      "must be true"
    ),
  ])
  func refusals(_ members: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["vpe"]"#, members), at: path, reason)
  }

  @Test func whatHashesNothing() {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(
        systems: #"["null", "esp-single"]"#, "steering: 'hash', sweep: { hash_key_ms: [0, 9] }"),
      at: "sweep.hash_key_ms", "systems has none of them")
  }

  @Test func theShippedDescriptorChangesTheKeyInEveryWindow() throws {
    let file = DescriptorFixture.experiments.appending(path: "hash-key.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      let intervals = descriptor.sweep.integers(.hashKeyMilliseconds)
      let longest = try #require(intervals.max())
      #expect(intervals.first == 0 && Double(longest) / 1000 < descriptor.measure.windowSeconds)
      for point in descriptor.cases {
        let plan = CasePlan(
          point, sample: 0, of: descriptor, run: RunID(value: 1), assignment: nil, cpus: [0, 1])
        #expect(plan.hashKeyMilliseconds == point.hashKeyMilliseconds && plan.steering == .hash)
      }
    }
  }
}
