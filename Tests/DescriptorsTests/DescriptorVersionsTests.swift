import Cases
import Roles
import Runs
import TestRuns
import Testing

/// The axes `inner_version`, `outer_version` and `encapsulation`.
@Suite struct DescriptorVersionsTests {
  private static func text(
    _ members: String, what: String = "throughput", systems: String = "['vpe']", measure: String = ""
  ) -> String {
    DescriptorFixture.text(systems: systems, "measure: { what: '\(what)' \(measure) }, \(members)")
  }

  @Test func allAreSwept() throws {
    let sweep = """
      sweep: {
        frame_bytes: 84, inner_version: ['ipv4', 'ipv6'], outer_version: ['ipv4', 'ipv6'],
        encapsulation: ['ip', 'udp'],
      }, tunnel: { udp_port: 4501, outer: 'ipv6' }
      """
    let descriptor = try DescriptorFixture.parse(Self.text(sweep, systems: "['vpe', 'psp']"))
    let cases = descriptor.cases
    #expect(cases.count == 12 && cases[0].name == "vpe-aes128gcm-84B-2t-0h-in4-out4-ip")
    #expect(cases[7].name == "vpe-aes128gcm-84B-2t-0h-in6-out6-udp")
    #expect(cases[7].axes == ["inner_version": "ipv6", "outer_version": "ipv6", "encapsulation": "udp"])
    // A format that is always in UDP has no other carrier.
    #expect(cases[11].name == "psp-aes128gcm-84B-2t-0h-in6-out6")
    let plans = cases.map {
      CasePlan($0, sample: 0, of: descriptor, run: .drawn(), assignment: nil, cpus: [0])
    }
    #expect(plans.map(\.innerVersion) == cases.map(\.innerVersion))
    #expect(plans.prefix(4).map(\.encapsulation.isIPv6) == [false, false, true, true])
    #expect(plans.prefix(4).map(\.encapsulation.udpPort) == [nil, 4501, nil, 4501])
    #expect(plans.suffix(4).allSatisfy { $0.encapsulation.udpPort == nil })
  }

  @Test func packetCostsHaveThemToo() throws {
    let sweep = "sweep: { packet_bytes: 48, inner_version: 'ipv6', encapsulation: ['ip', 'udp'] }"
    let measure = ", operations: ['seal-stage', 'seal']"
    let descriptor = try DescriptorFixture.parse(
      Self.text(sweep, what: "packet-cost", systems: "['raw', 'vpe']", measure: measure))
    let plans = descriptor.cases.map { CostPlan($0, sample: 0, of: descriptor, run: .drawn()) }
    #expect(plans.map(\.carrier) == [.ip, .ip, .udp])
    #expect(plans.map(\.innerVersion) == [.ipv4, .ipv6, .ipv6])
  }

  @Test func withoutThemTheTunnelSays() throws {
    let tunnel = "tunnel: { outer: 'ipv6', encapsulation: 'udp' }"
    let cases = try DescriptorFixture.parse(Self.text(tunnel, systems: "['vpe', 'psp']")).cases
    #expect(cases.map(\.outerVersion) == [.ipv6, .ipv6] && cases.map(\.carrier) == [.udp, .ip])
    #expect(cases[0].axes == ["outer_version": "ipv6", "encapsulation": "udp"])
    let descriptor = try DescriptorFixture.parse(Self.text(tunnel, systems: "['psp']"))
    let plan = CasePlan(
      descriptor.cases[0], sample: 0, of: descriptor, run: .drawn(), assignment: nil, cpus: [0])
    #expect(plan.encapsulation == Encapsulation(udpPort: 4500, isIPv6: true))
    // An axis that has its default in every case has no column.
    #expect(try DescriptorFixture.parse(Self.text("")).cases[0].axes == [:])
  }

  static let wrong: [(members: String, what: String, path: String, reason: String)] = [
    ("sweep: { inner_version: 'ipv6' }", "throughput", "sweep.frame_bytes", "64 is too short"),
    ("sweep: { inner_version: 'ipv6', frame_bytes: [84, 83] }", "throughput", "sweep.frame_bytes[1]", "84"),
    (
      "sweep: { inner_version: 'ipv6', packet_bytes: [48, 47] }", "packet-cost", "sweep.packet_bytes[1]",
      "47 is too short for sweep.inner_version \"ipv6\", whose headers and stamp need 48"
    ),
    (
      "sweep: { inner_version: ['ipv4', 'ipv6'], packet_bytes: 64, tunnels: [1, 10] }", "packet-cost",
      "sweep.inner_version", "must be \"ipv4\" where sweep.tunnels has 10"
    ),
    (
      "sweep: { inner_version: 'ipv6', packet_bytes: 64, selectors: [false, true] }", "packet-cost",
      "sweep.inner_version", "where selectors are checked"
    ),
    (
      "sweep: { inner_version: 'ipv6', frame_bytes: 84 }, tunnel: { selectors: true }", "throughput",
      "sweep.inner_version", "where selectors are checked"
    ),
    ("sweep: { outer_version: ['ipv4', 'ipv6'] }", "packet-cost", "sweep.outer_version", "changes nothing"),
    ("sweep: { encapsulation: 'udp' }", "packet-cost", "sweep.encapsulation", "changes nothing"),
    ("sweep: { inner_version: 'ipv5' }", "throughput", "sweep.inner_version", "ipv6"),
    ("sweep: { outer_version: 'ipv6' }, tunnel: { protocol: 43 }", "throughput", "tunnel.protocol", "43"),
    (
      "link: 'veth', peers: { 'gateway-b': 'strongswan' }, sweep: { encapsulation: ['ip', 'udp'] }",
      "throughput", "sweep.encapsulation", "must be \"udp\""
    ),
    (
      "link: 'veth', peers: { 'gateway-b': 'cpu-crypto' }, sweep: { outer_version: 'ipv6' }",
      "throughput", "sweep.outer_version", "must be \"ipv4\" for the gateway in peers"
    ),
    (
      "link: 'veth', peers: { 'gateway-b': 'strongswan' }, sweep: { inner_version: 'ipv6', frame_bytes: 84 }",
      "throughput", "sweep.inner_version", "must be \"ipv4\" for the gateway in peers"
    ),
  ]

  @Test(arguments: wrong)
  func refusals(_ members: String, _ what: String, _ path: String, _ reason: String) {
    let systems = members.contains("peers") ? "['esp-single']" : "['vpe']"
    DescriptorFixture.expectProblem(Self.text(members, what: what, systems: systems), at: path, reason)
  }

  /// If packets are not aligned, outer headers affect the bare operation of opening through the packet's
  /// position.
  @Test func outerHeadersMatterThroughTheAlignment() throws {
    let sweep = "sweep: { encapsulation: ['ip', 'udp'] }, headroom: 'plain'"
    let measure = ", operations: ['open']"
    let text = Self.text(sweep, what: "packet-cost", measure: measure)
    #expect(try DescriptorFixture.parse(text).cases.count == 2)
    DescriptorFixture.expectProblem(
      text.replacing("'open'", with: "'seal'"), at: "sweep.encapsulation", "changes nothing")
  }
}
