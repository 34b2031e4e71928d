import Descriptors
import Foundation
import TestRuns
import Testing

@Suite struct DescriptorCaseTests {
  private func names(_ members: String, systems: String = #"["null", "esp-single", "vpe"]"#) throws
    -> [String]
  {
    try DescriptorFixture.parse(DescriptorFixture.text(systems: systems, members)).cases.map(\.name)
  }

  @Test func namesAreCoordinates() throws {
    #expect(
      try names("sweep: { frame_bytes: [64, 1420] }") == [
        "baseline-none-64B-2t-0h", "baseline-none-1420B-2t-0h",
        "esp-single-aes128gcm-64B-2t-0h", "esp-single-aes128gcm-1420B-2t-0h",
        "vpe-aes128gcm-64B-2t-0h", "vpe-aes128gcm-1420B-2t-0h",
      ])
  }

  @Test func axesThatDoNotApplyDoNotMultiply() throws {
    #expect(
      try names(
        "sweep: { aead: ['aes-256-gcm', 'chacha20-poly1305'], window_size: [64, 128], esn: [true, false] }")
        == [
          "baseline-none-64B-2t-0h",
          "esp-single-aes256gcm-64B-2t-0h-w64-esn", "esp-single-aes256gcm-64B-2t-0h-w64-noesn",
          "esp-single-aes256gcm-64B-2t-0h-w128-esn", "esp-single-aes256gcm-64B-2t-0h-w128-noesn",
          "esp-single-chacha20poly1305-64B-2t-0h-w64-esn", "esp-single-chacha20poly1305-64B-2t-0h-w64-noesn",
          "esp-single-chacha20poly1305-64B-2t-0h-w128-esn",
          "esp-single-chacha20poly1305-64B-2t-0h-w128-noesn",
          "vpe-aes256gcm-64B-2t-0h-w64", "vpe-aes256gcm-64B-2t-0h-w128",
          "vpe-chacha20poly1305-64B-2t-0h-w64", "vpe-chacha20poly1305-64B-2t-0h-w128",
        ])
  }

  @Test func threadCountsThatASystemCannotHaveMakeNoCase() throws {
    let text = DescriptorFixture.text(systems: #"["esp-single", "vpe"]"#, "sweep: { threads: [2, 4, 8] }")
    #expect(
      try DescriptorFixture.parse(text).cases.map(\.name) == [
        "esp-single-aes128gcm-64B-2t-0h", "vpe-aes128gcm-64B-2t-0h", "vpe-aes128gcm-64B-4t-0h",
        "vpe-aes128gcm-64B-8t-0h",
      ])
    #expect(
      try DescriptorFixture.parse(text, set: ["sweep.threads=4"]).systemsWithoutCases
        == ["esp-single has no case in test: sweep.threads takes only 2 there"])
  }

  @Test func ciphersThatASystemDoesNotHaveMakeNoCase() throws {
    let text = DescriptorFixture.text(
      systems: #"["wireguard", "vpe"]"#, "sweep: { aead: ['aes-128-gcm', 'aes-256-gcm'] }")
    let descriptor = try DescriptorFixture.parse(text)
    #expect(descriptor.cases.map(\.system) == [.vpe, .vpe])
    #expect(
      descriptor.systemsWithoutCases == [
        "wireguard has no case in test: sweep.aead takes only chacha20-poly1305 there"
      ])
  }

  @Test func rangesStepFromTheirFirstValue() throws {
    let text = DescriptorFixture.text(
      """
      sweep: {
        threads: { from: 2, to: 6 }, frame_bytes: { from: 64, to: 200, step: 64 }, flows: { from: 1, to: 3 },
      }
      """
    )
    let sweep = try DescriptorFixture.parse(text).sweep
    #expect(
      sweep[.threads] == [2, 3, 4, 5, 6] && sweep[.frameBytes] == [64, 128, 192]
        && sweep[.flows] == [1, 2, 3])
  }

  @Test func namesAreUniqueAndCarryTheirAxes() throws {
    let text = DescriptorFixture.text(
      """
      sweep: {
        threads: [2, 4], frame_bytes: [64, 65.0], extra_headroom_bytes: [0, 2], esn: [false, true],
        aead: ["aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"], flows: [1, 64], window_size: [64, 1024],
      }
      """)
    let cases = try DescriptorFixture.parse(text).cases
    #expect(cases.count == 8 + 96 + 96)
    #expect(Set(cases.map(\.name)).count == cases.count)
    let esp = try #require(cases.first { $0.name == "esp-single-aes256gcm-65B-2t-2h-64f-w64-noesn" })
    #expect(esp.axes == ["flows": "64", "window_size": "64", "esn": "false"])
    #expect(esp.aead == .aes256GCM && esp.frameBytes == 65 && esp.extraHeadroomBytes == 2)
    #expect(esp.flows == 64 && esp.windowSize == 64 && !esp.esn && esp.link == .ring)
    let null = try #require(cases.first { $0.system == .null })
    #expect(null.axes == ["flows": "1"] && null.aead == nil && null.windowSize == 0)
    let vpe = try #require(cases.last)
    #expect(vpe.name == "vpe-chacha20poly1305-65B-4t-2h-64f-w1024")
    #expect(vpe.axes == ["flows": "64", "window_size": "1024"])
  }

  /// Results nevertheless have columns for these axes.
  @Test func axesWithOneValueAreNotNamed() throws {
    let cases = try DescriptorFixture.parse(
      DescriptorFixture.text("sweep: { flows: 8, window_size: 128, esn: false }")
    ).cases
    #expect(cases.allSatisfy { $0.flows == 8 && $0.name.hasSuffix("-0h") })
    let window = ["flows": "8", "window_size": "128"]
    #expect(
      cases.map(\.axes)
        == [["flows": "8"], window.merging(["esn": "false"]) { $1 }, window])
  }

  @Test(arguments: [
    ("*", 6), ("vpe-*", 2), ("*-64B-*", 3), ("esp-single-aes128gcm-1420B-2t-0h", 1), ("[ev]*-64B-??-0h", 2),
  ])
  func globsSelectCases(_ glob: String, _ count: Int) throws {
    let descriptor = try DescriptorFixture.parse(DescriptorFixture.text("sweep: { frame_bytes: [64, 1420] }"))
    #expect(try descriptor.cases(matching: glob).count == count)
  }

  @Test func aGlobThatMatchesNothingNamesTheNearestCases() throws {
    let descriptor = try DescriptorFixture.parse(DescriptorFixture.text("sweep: { frame_bytes: [64, 1420] }"))
    let error = try #require(throws: DescriptorError.self) {
      _ = try descriptor.cases(matching: "vpe-aes128gcm-1421B-*")
    }
    #expect(error.problems.map(\.path) == ["--only"])
    #expect(error.problems.first?.reason.contains("the nearest are vpe-aes128gcm-1420B-2t-0h") == true)
  }
}
