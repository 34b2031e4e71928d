import Experiments
import Roles
import Testing

/// What descriptors say about gateways of others.
@Suite struct DescriptorPeersTests {
  @Test func aPeerBringsCasesOfLoneGatewaysThroughTheSamePorts() throws {
    let text = DescriptorFixture.text(
      systems: #"["null", "esp-single", "esp-pipeline", "ipsec-secgw", "vpe"]"#,
      "sweep: { threads: [2, 4], frame_bytes: [64, 1420], aead: ['aes-128-gcm', 'chacha20-poly1305'] }, "
        + "black_box: { modes: ['legacy', 'cpu-crypto'], samples: 3 }")
    let cases = try DescriptorFixture.parse(text).cases
    let alone = cases.filter(\.isBlackBox)
    #expect(
      alone.filter { $0.frameBytes == 64 }.map(\.name) == [
        "esp-single-aes128gcm-64B-2t-0h-solo", "esp-single-chacha20poly1305-64B-2t-0h-solo",
        "ipsec-secgw-aes128gcm-64B-2t-0h-legacy", "ipsec-secgw-aes128gcm-64B-2t-0h-cpu-crypto",
        "vpe-aes128gcm-64B-2t-0h-solo", "vpe-chacha20poly1305-64B-2t-0h-solo",
      ])
    #expect(alone.count == 12 && alone.allSatisfy { $0.link == .memif && $0.threads == 2 })
    #expect(alone.filter { $0.peerMode == .cpuCrypto }.allSatisfy { $0.axes["peer_mode"] == "cpu-crypto" })
    #expect(cases.filter { !$0.isBlackBox }.allSatisfy { $0.link == .ring && $0.system != .ipsecSecgw })
    #expect(Set(cases.map(\.name)).count == cases.count)
  }

  @Test func withoutAPeerNoGatewayIsAlone() throws {
    let cases = try DescriptorFixture.parse(DescriptorFixture.text(systems: #"["esp-single", "vpe"]"#)).cases
    #expect(cases.allSatisfy { !$0.isBlackBox })
  }

  @Test func samplesOfLoneGatewaysAreCountedApart() {
    let samples = Schedule(groups: [[0], [1]], samples: [5, 2], seed: 1).samples
    #expect(samples.filter { $0.caseIndex == 0 }.map(\.sample) == [0, 1, 2, 3, 4])
    #expect(samples.filter { $0.caseIndex == 1 }.map(\.sample) == [0, 1])
    // Side by side with those that they are compared with.
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
    (#"["ipsec-secgw"]"#, "sweep: { aead: 'chacha20-poly1305' }", "has no such point"),
  ])
  func whatCannotBeIsRefused(systems: String, text: String, reason: String) throws {
    let error = #expect(throws: DescriptorError.self) {
      try DescriptorFixture.parse(DescriptorFixture.text(systems: systems, text))
    }
    #expect("\(try #require(error))".contains(reason), "\(error.map { "\($0)" } ?? "")")
  }
}
