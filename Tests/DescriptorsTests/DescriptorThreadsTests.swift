import Cases
import Model
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors with threads: their number, how many of them seal, and how packets are steered to them.
@Suite struct DescriptorThreadsTests {
  static let systems = #"["esp-single", "esp-pipeline", "esp-multi-sa", "vpe"]"#

  static func threads(_ text: String) throws -> [System: [Int]] {
    Dictionary(grouping: try DescriptorFixture.parse(text).cases, by: \.system).mapValues {
      $0.map(\.threads)
    }
  }

  @Test func aSystemMayHaveThreadCountsOfItsOwn() throws {
    let text = DescriptorFixture.text(
      systems: Self.systems,
      "sweep: { threads: [2, 4], threads_of: { 'esp-pipeline': { from: 3, to: 7, step: 2 }, vpe: 6 } }")
    #expect(
      try Self.threads(text) == [
        .espSingle: [2], .espPipeline: [3, 5, 7], .espMultiSA: [2, 4], .vpe: [6],
      ])
  }

  @Test func aPipelineOfTwoThreadsIsRefused() {
    let problems = DescriptorFixture.problems(
      DescriptorFixture.text(systems: Self.systems, "sweep: { threads_of: { 'esp-pipeline': [2, 3] } }"))
    #expect(
      problems == [
        .init(
          path: "sweep.threads_of.esp-pipeline", reason: "2 is not possible; esp-pipeline has 3 to 128")
      ])
  }

  @Test func oddCountsArePossibleWhereADirectionMayHaveMore() throws {
    let text = DescriptorFixture.text(systems: Self.systems, "sweep: { threads: [2, 3] }")
    #expect(
      try Self.threads(text) == [
        .espSingle: [2], .espPipeline: [3], .espMultiSA: [2, 3], .vpe: [2, 3],
      ])
  }

  @Test func sealingThreadsAreAnAxisOfTheSystemsThatLeaveTheChoice() throws {
    let text = DescriptorFixture.text(
      systems: Self.systems, "sweep: { threads: [2, 5], seal_threads: [1, 4] }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "esp-single-aes128gcm-64B-2t-0h", "esp-pipeline-aes128gcm-64B-5t-0h",
        "esp-multi-sa-aes128gcm-64B-2t-0h-s1",
        "esp-multi-sa-aes128gcm-64B-5t-0h-s1", "esp-multi-sa-aes128gcm-64B-5t-0h-s4",
        "vpe-aes128gcm-64B-2t-0h-s1", "vpe-aes128gcm-64B-5t-0h-s1", "vpe-aes128gcm-64B-5t-0h-s4",
      ])
    #expect(cases.last?.sealThreads == 4 && cases.last?.axes["seal_threads"] == "4")
    #expect(cases.first?.sealThreads == nil && cases.first?.axes["seal_threads"] == nil)
  }

  @Test(arguments: [
    ("", Steering.queue), ("link: 'veth'", .software), ("steering: 'software'", .software),
    ("link: 'veth', steering: 'software'", .software),
  ])
  func packetsAreSteeredAsTheLinkAllows(text: String, steering: Steering) throws {
    #expect(try DescriptorFixture.parse(DescriptorFixture.text(text)).steering == steering)
  }

  /// If steering is swept, it applies to the systems that depend on it.
  @Test func steeringMayBeSwept() throws {
    let systems =
      "['esp-single', 'esp-ordered', 'esp-parallel', 'wireguard-ordered', 'wireguard-parallel', 'vpe']"
    let sweep = "threads: [2, 8], steering: ['queue', 'hash', 'software'], flows: 16"
    let text = DescriptorFixture.text(
      systems: systems, "sweep: { aead: 'chacha20-poly1305', \(sweep) }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(cases.count { $0.system == .vpe } == 6 && cases.count { $0.system == .espParallel } == 6)
    #expect(cases.count { $0.system == .espOrdered } == 2 && cases.count { $0.system == .espSingle } == 1)
    #expect(cases.count { $0.system == .wireguardParallel } == 6)
    #expect(cases.count { $0.system == .wireguardOrdered } == 2)
    #expect(cases.contains { $0.name.hasSuffix("-8t-0h-hash") && $0.axes["steering"] == "hash" })
    #expect(try DescriptorFixture.parse(DescriptorFixture.text("")).cases.allSatisfy { $0.steering == nil })
  }

  @Test(arguments: [
    ("link: 'veth', sweep: { threads: 4, steering: ['software', 'hash'] }", "sweep.steering[1]"),
    ("link: 'veth', sweep: { threads: 4 }, steering: 'hash'", "steering"),
  ])
  func steeringThatALinkCannotDoIsRefused(text: String, path: String) {
    #expect(DescriptorFixture.problems(DescriptorFixture.text(text)).map(\.path) == [path])
  }

  @Test func whatStagesCostMayBeStated() throws {
    let stages = StageKind.ofPipelines
    let members = stages.enumerated().map { "'\($0.element.rawValue)': \($0.offset + 1)" }
    let text = DescriptorFixture.text(
      "stage_cycles: { \(members.joined(separator: ", ")) }, model: { black_link_gbps: 100 }")
    let descriptor = try DescriptorFixture.parse(text)
    #expect(descriptor.stageCycles?[.receive] == 1 && descriptor.stageCycles?.count == 8)
    #expect(descriptor.model?.blackLinkGbps == 100 && descriptor.model?.threadsOf.isEmpty == true)
    #expect(try DescriptorFixture.parse(DescriptorFixture.text("")).model == nil)
  }
}
