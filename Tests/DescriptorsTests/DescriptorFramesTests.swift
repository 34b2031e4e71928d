import Cases
import Descriptors
import TestRuns
import Testing

/// Mixes of frames among the values of `frame_bytes`.
@Suite struct DescriptorFramesTests {
  @Test func mixesStandBesideLengths() throws {
    let cases = try DescriptorFixture.parse(
      DescriptorFixture.text("sweep: { frame_bytes: [64, 'imix', 'aaafg', 'A=570:aaA', 'imix-csit-ipv4'] }")
    ).cases.filter { $0.system == .vpe }
    #expect(
      cases.map(\.name) == [
        "vpe-aes128gcm-64B-2t-0h", "vpe-aes128gcm-imix-2t-0h", "vpe-aes128gcm-imix-aaafg-2t-0h",
        "vpe-aes128gcm-imix-A=570:aaA-2t-0h", "vpe-aes128gcm-imix-csit-ipv4-2t-0h",
      ])
    #expect(cases.map(\.frameBytes) == [64, 1518, 1518, 570, 1518])
    #expect(cases[0].axes["frame_mix"] == nil && cases[1].axes["frame_mix"] == "imix")
    // Tables have the mean length and the name of the mix.
    let coordinates = cases.map { CaseCoordinates($0) }
    #expect(coordinates.map(\.frameBytes) == [64, 362, 598, 233, 354])
    #expect(coordinates.map(\.frames) == ["64", "IMIX", "IMIX aaafg", "IMIX A=570:aaA", "IMIX CSIT IPv4"])
  }

  @Test func oneMixNeedsNoList() throws {
    let text = DescriptorFixture.text("sweep: { frame_bytes: 64 }")
    let set = try DescriptorFixture.parse(text, set: ["sweep.frame_bytes=imix"])
    #expect(set.sweep[.frameBytes] == ["imix"] && set.cases.allSatisfy { $0.frameMix?.name == "imix" })
    // Ranges of lengths are still possible.
    let range = DescriptorFixture.text("sweep: { frame_bytes: { from: 64, to: 192, step: 64 } }")
    #expect(try DescriptorFixture.parse(range).sweep[.frameBytes] == [64, 128, 192])
  }

  @Test(arguments: [
    ("'imix-csit'", "allowed is a whole number from 64 to 1518, or a mix: \"imix\""),
    ("'aaafh'", "\"aaafh\" is not possible here"), ("'a'", "\"a\" is not possible here"),
    ("'aaA'", "\"aaA\" has A, which has no length; say it before, such as A=570:aaA"),
    ("'A=1600:aA'", "\"A=1600:aA\" gives A 1600 bytes; allowed are 64 to 1518"),
    ("[64, 'imix', 'imix']", "is listed twice"),
  ])
  func refuses(_ value: String, _ reason: String) {
    let problems = DescriptorFixture.problems(DescriptorFixture.text("sweep: { frame_bytes: \(value) }"))
    #expect(problems.count == 1 && problems[0].reason.contains(reason), "\(problems)")
    #expect(problems.first?.path.hasPrefix("sweep.frame_bytes") == true)
  }

  /// A member that needs a single length says so in one sentence.
  @Test(arguments: [
    ("measure: { what: 'packet-cost' }", "['raw', 'vpe']", "a packet's cost is that of one length"),
    (
      "measure: { what: 'throughput', setup: 'dut' }", "['tester', 'vpe']",
      "a tester's turn has frames of one length"
    ),
    ("model: { threads_of: { vpe: 8 } }", "['vpe']", "the model predicts one length"),
  ])
  func aMixIsRefusedWhereOneLengthIsNeeded(members: String, systems: String, reason: String) {
    let text = DescriptorFixture.text(systems: systems, "sweep: { frame_bytes: [64, 'imix'] }, \(members)")
    let problems = DescriptorFixture.problems(text)
    #expect(problems.map(\.path) == ["sweep.frame_bytes[1]"])
    #expect(problems.first?.reason.contains("\"imix\" is a mix, and \(reason)") == true, "\(problems)")
  }

  @Test func ratesAreSearchedForMixes() throws {
    let text = DescriptorFixture.text(
      systems: "['vpe']", "sweep: { frame_bytes: [64, 'imix'] }, measure: { what: 'rate-search' }")
    let descriptor = try DescriptorFixture.parse(text)
    #expect(descriptor.cases.map(\.frameLengths.count) == [1, 12])
  }
}
