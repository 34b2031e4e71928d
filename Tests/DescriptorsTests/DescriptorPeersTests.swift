import Cases
import Descriptors
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors with third-party gateways.
@Suite struct DescriptorPeersTests {
  @Test func aPeerIsADUTInEachOfItsModes() throws {
    let text = DescriptorFixture.text(
      systems: #"["tester", "esp-single", "ipsec-secgw", "vpe"]"#,
      "link: 'memif', measure: { setup: 'dut', windows: 3 }, "
        + "sweep: { frame_bytes: [64, 1420], aead: ['aes-128-gcm', 'chacha20-poly1305'] }, "
        + "black_box: { modes: ['legacy', 'cpu-crypto'] }")
    let descriptor = try DescriptorFixture.parse(text)
    let cases = descriptor.cases
    #expect(
      cases.filter { $0.frameBytes == 64 }.map(\.name) == [
        "tester-none-64B-2t-0h-solo", "esp-single-aes128gcm-64B-2t-0h-solo",
        "esp-single-chacha20poly1305-64B-2t-0h-solo", "ipsec-secgw-aes128gcm-64B-2t-0h-legacy",
        "ipsec-secgw-aes128gcm-64B-2t-0h-cpu-crypto", "vpe-aes128gcm-64B-2t-0h-solo",
        "vpe-chacha20poly1305-64B-2t-0h-solo",
      ])
    #expect(cases.count == 14 && cases.allSatisfy { $0.isDUT && $0.link == .memif && $0.threads == 2 })
    #expect(cases.filter { $0.peerMode == .cpuCrypto }.allSatisfy { $0.axes["peer_mode"] == "cpu-crypto" })
    #expect(Set(cases.map(\.name)).count == cases.count)
    #expect(descriptor.sampleCount == 42)
  }

  /// In a pipeline all stages of a direction run on one core; otherwise a direction has one thread.
  @Test func everySystemCanBeADUTOverRings() throws {
    let text = DescriptorFixture.text(
      systems: #"["tester", "null", "esp-single", "esp-pipeline", "esp-multi-sa", "vpe"]"#,
      "measure: { setup: 'dut' }, sweep: { threads: [4, 8] }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(cases.map(\.threads) == [2, 2, 2, 6, 2, 2] && cases.allSatisfy { $0.isDUT && $0.link == .ring })
    // All are compared with each other, and therefore measured next to each other.
    #expect(Pairing.groups(of: cases.map { CaseCoordinates($0) }).count == 1)
  }

  @Test func aCircuitHasNoDUT() throws {
    let cases = try DescriptorFixture.parse(DescriptorFixture.text(systems: #"["esp-single", "vpe"]"#)).cases
    #expect(cases.allSatisfy { !$0.isDUT })
  }

  @Test func samplesOfLoneGatewaysAreCountedApart() {
    let samples = Schedule(groups: [[0], [1]], samples: [5, 2], seed: 1).samples
    #expect(samples.filter { $0.caseIndex == 0 }.map(\.sample) == [0, 1, 2, 3, 4])
    #expect(samples.filter { $0.caseIndex == 1 }.map(\.sample) == [0, 1])
    // They run next to those with which they are compared.
    #expect(Set(samples.prefix(2).map(\.caseIndex)) == [0, 1])
  }

  @Test func aPeerPlaysAGatewayOverVeth() throws {
    let text = DescriptorFixture.text(
      systems: #"["esp-single"]"#, "link: 'veth', peers: { 'gateway-b': 'cpu-crypto' }")
    #expect(try DescriptorFixture.parse(text).peers == [.gatewayB: .ipsecSecgw(.cpuCrypto)])
    let other = DescriptorFixture.text(
      systems: #"["esp-single"]"#,
      "link: 'veth', peers: { 'gateway-a': 'strongswan' }, tunnel: { encapsulation: 'udp' }, "
        + "sweep: { aead: 'chacha20-poly1305', esn: false }")
    #expect(try DescriptorFixture.parse(other).peers == [.gatewayA: .strongSwan])
  }

  @Test(arguments: [
    (#"["esp-single"]"#, "peers: { 'gateway-b': 'cpu-crypto' }", "link \"veth\" alone"),
    (#"["vpe"]"#, "link: 'veth', peers: { 'gateway-a': 'cpu-crypto' }", "does not speak with"),
    (#"["esp-single"]"#, "link: 'veth', peers: { 'gateway-a': 'legacy' }", "legacy"),
    (
      #"["esp-single"]"#,
      "link: 'veth', peers: { 'gateway-a': 'cpu-crypto' }, sweep: { aead: 'chacha20-poly1305' }",
      "no cipher of the gateway"
    ),
    (
      #"["esp-single"]"#,
      "link: 'veth', peers: { 'gateway-a': 'cpu-crypto' }, tunnel: { encapsulation: 'udp' }", "must be \"ip\""
    ),
    (
      #"["esp-single"]"#, "link: 'veth', peers: { 'gateway-a': 'strongswan' }, sweep: { esn: false }",
      "must be \"udp\" for strongSwan"
    ),
    (
      #"["esp-single"]"#,
      "link: 'veth', peers: { 'gateway-a': 'strongswan' }, tunnel: { encapsulation: 'udp' }",
      "no extended sequence numbers"
    ),
    (
      #"["esp-single"]"#,
      "link: 'veth', peers: { 'gateway-a': 'strongswan', 'gateway-b': 'cpu-crypto' }, sweep: { esn: false }, "
        + "tunnel: { encapsulation: 'udp' }", "must be \"ip\""
    ),
    (
      #"["esp-single"]"#,
      "link: 'veth', peers: { 'gateway-a': 'cpu-crypto' }, tunnel: { header_fields: 'rfc4301' }",
      "must be \"none\" for the gateway in peers"
    ),
    (#"["esp-single", "ipsec-secgw"]"#, "link: 'veth'", "measured alone"),
    (#"["tester", "vpe"]"#, "sweep: { threads: 2 }", "measured alone, with measure.setup"),
    (#"["vpe"]"#, "link: 'memif'", "measure.setup \"dut\" alone"),
    (#"["vpe"]"#, "measure: { setup: 'dut' }", "needs \"tester\""),
    (#"["tester", "vpe"]"#, "link: 'veth', measure: { setup: 'dut' }", "allowed are \"ring\", \"memif\""),
    (#"["tester", "ipsec-secgw"]"#, "measure: { setup: 'dut' }", "cannot be a DUT on link \"ring\""),
    (
      #"["tester", "esp-pipeline"]"#, "link: 'memif', measure: { setup: 'dut' }",
      "cannot be a DUT on link \"memif\""
    ),
    (
      #"["tester", "vpe"]"#, "measure: { setup: 'dut' }, traffic: { rate_mpps: 1 }", "must be \"max\""
    ),
    (
      #"["tester", "ipsec-secgw"]"#,
      "link: 'memif', measure: { setup: 'dut' }, sweep: { aead: 'chacha20-poly1305' }",
      "no case of a DUT"
    ),
  ])
  func whatCannotBeIsRefused(systems: String, text: String, reason: String) throws {
    let error = #expect(throws: DescriptorError.self) {
      try DescriptorFixture.parse(DescriptorFixture.text(systems: systems, text))
    }
    #expect("\(try #require(error))".contains(reason), "\(error.map { "\($0)" } ?? "")")
  }
}
