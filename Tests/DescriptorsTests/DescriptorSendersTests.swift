import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors of multicast groups: which systems have many senders, and what is refused.
@Suite struct DescriptorSendersTests {
  private static func text(_ systems: String, _ members: String, measure: String = "") -> String {
    DescriptorFixture.text(
      systems: systems, "measure: { what: 'packet-cost', operations: ['open'], \(measure) }, \(members)")
  }

  @Test func systemsOfGroupsHaveSenders() throws {
    let text = Self.text(
      "['raw', 'esp-multi-sa', 'esp-single', 'esp-senders', 'esp-sender-windows', 'vpe']",
      "sweep: { senders: [1, 256] }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "raw-aes128gcm-64B-1t-0h", "esp-multi-sa-aes128gcm-64B-1t-0h",
        "esp-single-aes128gcm-64B-1t-0h-1snd", "esp-single-aes128gcm-64B-1t-0h-256snd",
        "esp-senders-aes128gcm-64B-1t-0h-1snd", "esp-senders-aes128gcm-64B-1t-0h-256snd",
        "esp-sender-windows-aes128gcm-64B-1t-0h-1snd", "esp-sender-windows-aes128gcm-64B-1t-0h-256snd",
        "vpe-aes128gcm-64B-1t-0h-1snd", "vpe-aes128gcm-64B-1t-0h-256snd",
      ])
    #expect(cases.map(\.senders) == [1, 1, 1, 256, 1, 256, 1, 256, 1, 256])
    // ESP with many senders must not have extended sequence numbers; without a window the window's size does
    // not matter.
    #expect(cases.filter { $0.system == .espSenders }.allSatisfy { !$0.esn && $0.windowSize == 0 })
  }

  @Test(arguments: [
    ("sweep: { senders: [0] }", "", "sweep.senders[0]", "from 1 to 256"),
    ("sweep: { senders: 257 }", "", "sweep.senders", "from 1 to 256"),
    ("sweep: { senders: [1, 2], tunnels: [1, 9] }", "", "sweep.senders", "sweep.tunnels has 9"),
    ("sweep: { senders: [1, 2], selectors: true }", "", "sweep.selectors", "sweep.senders has 2"),
  ])
  func refusals(_ members: String, _ measure: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.text("['vpe']", members, measure: measure), at: path, reason)
  }

  @Test func aSenderSealsAlone() {
    let all = DescriptorFixture.text(
      systems: "['vpe']", "measure: { what: 'packet-cost' }, sweep: { senders: [1, 4] }")
    DescriptorFixture.expectProblem(all, at: "measure.operations", #"allowed are "open" and "open-stage""#)
    let throughput = DescriptorFixture.text(systems: "['vpe']", "sweep: { senders: 4 }")
    DescriptorFixture.expectProblem(throughput, at: "sweep.senders", "a tunnel has one sender")
  }

  @Test func theShippedDescriptorCoversTheRange() throws {
    let file = DescriptorFixture.experiments.appending(path: "multicast.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      #expect(descriptor.systems == [.espSingle, .espSenders, .espSenderWindows, .vpe])
      #expect(descriptor.sweep[.senders].first == 1 && descriptor.sweep[.senders].last == 256)
      for point in descriptor.cases {
        let plan = CostPlan(point, sample: 0, of: descriptor, run: RunID(value: 1))
        #expect(plan.senders == point.senders && plan.triesReplays && plan.tunnels == 1)
      }
    }
    let other = try DescriptorFixture.parse(Self.text("['vpe']", ""))
    #expect(
      other.cases.allSatisfy { !CostPlan($0, sample: 0, of: other, run: RunID(value: 1)).triesReplays })
  }
}
