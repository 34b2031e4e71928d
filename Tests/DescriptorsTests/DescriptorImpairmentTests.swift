import Descriptors
import TestRuns
import Testing

/// Descriptors with an attacker, or with an impaired network, on the black link.
@Suite struct DescriptorImpairmentTests {
  @Test func anAttackerIsAnAxis() throws {
    let text = DescriptorFixture.text(
      systems: #"["null", "vpe"]"#,
      "sweep: { replayed_percent: [0, 100], replay_age_packets: [8, 4096], forged_percent: 50 }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "baseline-none-64B-2t-0h", "vpe-aes128gcm-64B-2t-0h-r0-a8", "vpe-aes128gcm-64B-2t-0h-r0-a4096",
        "vpe-aes128gcm-64B-2t-0h-r100-a8", "vpe-aes128gcm-64B-2t-0h-r100-a4096",
      ])
    #expect(cases.map(\.forgedPercent) == [0, 50, 50, 50, 50])
    #expect(
      cases[3].axes == ["replayed_percent": "100", "replay_age_packets": "8", "forged_percent": "50"])
  }

  @Test func lossAndShufflingHoldForAllCases() throws {
    let text = DescriptorFixture.text(
      systems: #"["null"]"#, "impairment: { loss_ratio: 0.25, shuffle_frames: 7 }")
    let impairment = try DescriptorFixture.parse(text).impairment
    #expect(impairment.lossRatio == 0.25 && impairment.shuffleFrames == 7)
  }

  @Test func theOuterPacketMayBeOneOfIPv6() throws {
    let text = DescriptorFixture.text(systems: #"["vpe"]"#, "tunnel: { outer: 'ipv6' }")
    #expect(try DescriptorFixture.parse(text).tunnel.encapsulation.isIPv6)
  }

  @Test(arguments: [
    (
      #"["tester", "ipsec-secgw"]"#, "link: 'memif', measure: { setup: 'dut' }, tunnel: { outer: 'ipv6' }",
      "must be \"ipv4\""
    ),
    (#"["vpe"]"#, "sweep: { replayed_percent: 101 }", "101"),
    (#"["vpe"]"#, "sweep: { replay_age_packets: 8 }", "has no replays"),
    (#"["vpe"]"#, "impairment: { loss_ratio: 2 }", "impairment.loss_ratio"),
    (#"["tester", "vpe"]"#, "measure: { setup: 'dut' }, sweep: { forged_percent: 10 }", "no link to work on"),
    (
      #"["esp-single"]"#,
      "link: 'veth', peers: { 'gateway-b': 'cpu-crypto' }, impairment: { loss_ratio: 0.1 }",
      "counts nothing"
    ),
    (#"["vpe"]"#, "measure: { what: 'packet-cost' }, impairment: { loss_ratio: 0.1 }", "cross no link"),
  ])
  func whatCannotBeIsRefused(systems: String, rest: String, sentence: String) throws {
    let error = #expect(throws: DescriptorError.self) {
      try DescriptorFixture.parse(DescriptorFixture.text(systems: systems, rest))
    }
    let told = error.map { "\($0)" } ?? ""
    #expect(told.contains(sentence), "\(told)")
  }
}
