import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors of packets that are cut: which systems cut them, and what is refused with it.
@Suite struct DescriptorFragmentsTests {
  private static func text(
    _ sweep: String, systems: String = "['vpe']", measure: String = "packets_in_flight: 512"
  ) -> String {
    DescriptorFixture.text(
      systems: systems, "measure: { what: 'packet-cost', \(measure) }, sweep: { \(sweep) }")
  }

  @Test func casesAreCut() throws {
    let text = Self.text(
      "packet_bytes: [1500, 9000], fragments: ['copied', 'in-place']", systems: "['esp-single', 'vpe']")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "esp-single-aes128gcm-1500P-1t-0h-copied", "esp-single-aes128gcm-1500P-1t-0h-in-place",
        "esp-single-aes128gcm-9000P-1t-0h-copied", "esp-single-aes128gcm-9000P-1t-0h-in-place",
        "vpe-aes128gcm-1500P-1t-0h-copied", "vpe-aes128gcm-1500P-1t-0h-in-place",
        "vpe-aes128gcm-9000P-1t-0h-copied", "vpe-aes128gcm-9000P-1t-0h-in-place",
      ])
    #expect(cases.prefix(2).map(\.fragments) == [.copied, .inPlace])
    let outer = try DescriptorFixture.parse(
      Self.text("packet_bytes: 1500, fragments: ['copied', 'outer'], outer_version: ['ipv4', 'ipv6']")
    ).cases
    #expect(outer.map(\.outerVersion) == [.ipv4, .ipv6, .ipv4, .ipv6])
    #expect(outer.last?.name == "vpe-aes128gcm-1500P-1t-0h-outer-out6")
    let other = try DescriptorFixture.parse(Self.text("packet_bytes: 1500", systems: "['raw']")).cases
    #expect(other.map(\.fragments) == [FragmentWay.none] && other[0].axes["fragments"] == nil)
  }

  @Test(arguments: [
    ("packet_bytes: [9000, 1499], fragments: 'copied'", "sweep.packet_bytes[1]", "1499 needs not be cut"),
    ("frame_bytes: [1518, 1517], fragments: 'copied'", "sweep.frame_bytes[1]", "1517 needs not be cut"),
    ("packet_bytes: 9001, fragments: 'copied'", "sweep.packet_bytes", "from 28 to 9000"),
    ("packet_bytes: 9000, fragments: ['none', 'copied']", "sweep.packet_bytes", "9000 do not fit"),
    ("packet_bytes: 1500, fragments: 'cut'", "sweep.fragments", #""chained""#),
    ("packet_bytes: 1500, fragments: 'chained', tunnels: [1, 9]", "sweep.tunnels", "9 are not possible"),
    ("packet_bytes: 1500, fragments: 'chained', senders: 9", "sweep.senders", "9 are not possible"),
    ("packet_bytes: 1500, fragments: 'chained', pad_bytes: 9", "sweep.pad_bytes", "allowed is 0"),
    ("packet_bytes: 1500, fragments: 'copied', cores: 'all'", "sweep.cores", #"allowed is "one""#),
    ("packet_bytes: 1500, fragments: 'copied', buffers: 'merged'", "sweep.buffers", #"allowed is "single""#),
    (
      "packet_bytes: 1500, fragments: 'outer', encapsulation: ['ip', 'udp']", "sweep.encapsulation",
      #"must be "ip" with sweep.fragments "outer", whose packets lie directly in IP"#
    ),
    (
      "packet_bytes: 1500, fragments: 'none', outer_version: 'ipv6'", "sweep.outer_version",
      "changes nothing of what is measured"
    ),
  ])
  func refusals(_ sweep: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.text(sweep), at: path, reason)
  }

  /// UDP is also refused if packets begin at their frames' position, where opening would depend on UDP's
  /// header.
  @Test func piecesLieDirectlyInIP() {
    func text(_ more: String) -> String {
      DescriptorFixture.text(
        systems: "['vpe']",
        "headroom: 'plain', measure: { what: 'packet-cost', packets_in_flight: 512, operations: ['open'] }, "
          + "sweep: { packet_bytes: 1500, fragments: 'chained'\(more) }")
    }
    #expect(DescriptorFixture.problems(text(", outer_version: 'ipv6'")) == [])
    DescriptorFixture.expectProblem(
      text(", encapsulation: 'udp'"), at: "sweep.encapsulation", "lie directly in IP")
  }

  @Test func whatStandsBesideCutting() {
    let cut = "packet_bytes: 9000, fragments: 'chained'"
    DescriptorFixture.expectProblem(
      Self.text(cut, systems: "['vpe', 'raw']"), at: "systems[1]", #"allowed are "esp-single", "vpe""#)
    DescriptorFixture.expectProblem(
      Self.text(cut, measure: "packets_in_flight: 512, operations: ['seal', 'open-stage']"),
      at: "measure.operations", #"allowed are "seal" and "open""#)
    DescriptorFixture.expectProblem(
      Self.text(cut, measure: "packets_in_flight: 4097"), at: "measure.packets_in_flight", "up to 4096")
  }

  /// A descriptor of circuits, with further members, whose packets are cut.
  private static func circuit(
    _ sweep: String = "fragments: ['none', 'outer']", _ others: String = "", systems: String = "['vpe']"
  ) -> String {
    DescriptorFixture.text(systems: systems, "sweep: { frame_bytes: 1518, \(sweep) }\(others)")
  }

  @Test func circuitsCutPackets() throws {
    let text = Self.circuit(
      "fragments: ['none', 'copied', 'outer']", systems: "['esp-single', 'vpe']")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.suffix(3).map(\.name) == [
        "vpe-aes128gcm-1518B-2t-0h-whole", "vpe-aes128gcm-1518B-2t-0h-copied",
        "vpe-aes128gcm-1518B-2t-0h-outer",
      ])
    #expect(cases.map(\.fragments) == [.none, .copied, .outer, .none, .copied, .outer])
    let lossy = Self.circuit("fragments: 'outer', inner_version: 'ipv6'", ", impairment: { loss_ratio: 0.1 }")
    let inUDP = Self.circuit("fragments: ['copied', 'outer'], encapsulation: ['ip', 'udp']")
    let many = Self.circuit("fragments: 'copied', threads: [2, 30]", systems: "['esp-multi-sa', 'vpe']")
    let steered = Self.circuit("fragments: 'outer', threads: [2, 30]", ", steering: 'software'")
    for text in [lossy, inUDP, many, steered] { #expect(DescriptorFixture.problems(text) == []) }
  }

  @Test(arguments: [
    ("fragments: ['copied', 'chained']", "", "sweep.fragments[1]", #"circuits have "none", "copied""#),
    ("fragments: 'in-place'", "", "sweep.fragments", "possible in packet costs alone"),
    ("fragments: 'copied', inner_version: 'ipv6'", "", "sweep.inner_version", "its source alone cuts IPv6"),
    ("fragments: 'outer', threads: [2, 4]", "", "sweep.threads[1]", "4 are not possible"),
    ("fragments: 'outer', threads_of: { vpe: 4 }", "", "sweep.threads_of.vpe", "allowed is 2"),
    (
      "fragments: 'outer', threads: 4, steering: ['queue', 'software']", "", "sweep.threads",
      #"more with steering "software""#
    ),
    ("fragments: 'copied', threads: [30, 32]", "", "sweep.threads[1]", "32 are too many"),
    ("fragments: 'copied', threads: 5", "", "sweep.threads", "3 of 5 threads seal"),
    ("fragments: 'copied', threads: 4, seal_threads: 1", "", "sweep.seal_threads", "1 of 4 threads seal"),
    ("fragments: 'copied'", ", steering: 'hash'", "steering", #""hash" is not possible with"#),
    ("fragments: 'outer', tunnels: [1, 9]", "", "sweep.tunnels", "9 are not possible"),
    ("fragments: 'outer', pad_bytes: 9", "", "sweep.pad_bytes", "allowed is 0"),
    ("fragments: 'outer', rekey_ms: 9", "", "sweep.rekey_ms", "allowed is 0"),
    ("fragments: 'outer', late_packets: 9", "", "sweep.late_packets", "allowed is 0"),
    ("fragments: 'outer', replayed_percent: 9", "", "sweep.replayed_percent", "allowed is 0"),
    ("fragments: 'outer', forged_percent: 9", "", "sweep.forged_percent", "allowed is 0"),
    (
      "fragments: 'outer'", ", impairment: { shuffle_frames: 9 }", "impairment.shuffle_frames", "must be 0"
    ),
    (
      "fragments: 'outer'", ", tunnel: { header_fields: 'rfc4301' }", "tunnel.header_fields",
      #"must be "none""#
    ),
    ("fragments: 'outer'", ", tunnel: { selectors: true }", "tunnel.selectors", "must be false"),
    ("fragments: 'outer'", ", link: 'veth', steering: 'software'", "link", #"say "ring""#),
    ("fragments: 'outer'", ", measure: { setup: 'dut' }", "measure.setup", "puts nothing together"),
  ])
  func refusalsOfCircuits(_ sweep: String, _ others: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.circuit(sweep, others), at: path, reason)
  }

  @Test func otherCircuitsAreRefused() {
    DescriptorFixture.expectProblem(
      Self.circuit(systems: "['vpe', 'psp']"), at: "systems[1]", #""esp-multi-sa""#)
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: "['vpe']", "sweep: { frame_bytes: [1518, 1420], fragments: 'outer' }"),
      at: "sweep.frame_bytes[1]", "1420 needs not be cut")
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(
        systems: "['vpe']", "measure: { what: 'rate-search' }, sweep: { fragments: 'outer' }"),
      at: "sweep.fragments", "one direction of one gateway")
  }

  @Test func theShippedDescriptorOfCircuitsIsOfPlans() throws {
    let file = DescriptorFixture.experiments.appending(path: "gateway-fragments.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      #expect(Set(descriptor.cases.map(\.fragments)) == [.none, .copied, .outer])
      for point in descriptor.cases {
        let plan = CasePlan(
          point, sample: 0, of: descriptor, run: RunID(value: 1), assignment: nil, cpus: [0, 1])
        #expect(plan.fragments == point.fragments && plan.threads == 2)
        #expect(plan.encapsulation.isIPv6 == (point.outerVersion == .ipv6))
      }
    }
  }

  @Test func theShippedDescriptorCoversTheRange() throws {
    let file = DescriptorFixture.experiments.appending(path: "fragments.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      let lengths = descriptor.sweep.integers(.packetBytes)
      #expect(lengths.first == 1500 && lengths.last == 9000)
      for point in descriptor.cases {
        let plan = CostPlan(point, sample: 0, of: descriptor, run: RunID(value: 1))
        #expect(plan.fragments == point.fragments && plan.fragments != .none)
        #expect(plan.packetBytes == point.packetBytes && plan.innerVersion == point.innerVersion)
        #expect(plan.outerVersion == point.outerVersion)
      }
    }
  }
}
