import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// Descriptors of long packets: which systems support them, in which buffers, and what is refused.
@Suite struct DescriptorBuffersTests {
  private static func text(
    _ sweep: String, systems: String = "['vpe']", measure: String = "packets_in_flight: 512"
  ) -> String {
    DescriptorFixture.text(
      systems: systems, "measure: { what: 'packet-cost', \(measure) }, sweep: { \(sweep) }")
  }

  @Test func casesHaveBuffers() throws {
    let text = Self.text(
      "packet_bytes: [1500, 9000], buffers: ['chained', 'merged']", systems: "['raw', 'esp-single']")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "raw-aes128gcm-1500P-1t-0h-chained", "raw-aes128gcm-1500P-1t-0h-merged",
        "raw-aes128gcm-9000P-1t-0h-chained", "raw-aes128gcm-9000P-1t-0h-merged",
        "esp-single-aes128gcm-1500P-1t-0h-chained", "esp-single-aes128gcm-1500P-1t-0h-merged",
        "esp-single-aes128gcm-9000P-1t-0h-chained", "esp-single-aes128gcm-9000P-1t-0h-merged",
      ])
    #expect(cases.prefix(2).map(\.buffers) == [.chained, .merged])
    let other = try DescriptorFixture.parse(Self.text("packet_bytes: 1500", systems: "['eesp-subsa']")).cases
    #expect(other.map(\.buffers) == [.single] && other[0].axes["buffers"] == nil)
  }

  @Test(arguments: [
    ("packet_bytes: 1501", "sweep.packet_bytes", "do not fit into a buffer"),
    ("packet_bytes: [28, 9000], buffers: ['chained', 'single']", "sweep.packet_bytes[1]", "9000 do not fit"),
    ("packet_bytes: 9001, buffers: 'chained'", "sweep.packet_bytes", "from 28 to 9000"),
    ("buffers: 'linked'", "sweep.buffers", #""chained""#),
    ("buffers: 'chained', tunnels: [1, 9]", "sweep.tunnels", "9 are not possible"),
    ("buffers: 'merged', cores: 'all'", "sweep.cores", #"allowed is "one""#),
    ("buffers: 'merged', encapsulation: 'udp'", "sweep.encapsulation", "lie directly in IP"),
    ("buffers: 'merged', outer_version: ['ipv4', 'ipv6']", "sweep.outer_version", #"must be "ipv4" with"#),
  ])
  func refusals(_ sweep: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.text(sweep), at: path, reason)
  }

  @Test func whatStandsBesideBuffers() {
    let chained = "packet_bytes: 9000, buffers: 'chained'"
    DescriptorFixture.expectProblem(
      Self.text(chained, systems: "['vpe', 'wireguard']"), at: "systems[1]", #"allowed are "raw""#)
    DescriptorFixture.expectProblem(
      Self.text(chained, measure: "packets_in_flight: 512, operations: ['seal', 'open-stage']"),
      at: "measure.operations", #"allowed are "seal" and "open""#)
    DescriptorFixture.expectProblem(
      Self.text(chained, measure: "packets_in_flight: 8193"), at: "measure.packets_in_flight", "up to 8192")
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: "['vpe']", "sweep: { buffers: 'chained' }"), at: "sweep.buffers",
      "each frame lies in one buffer")
  }

  @Test func theShippedDescriptorCoversTheRange() throws {
    let file = DescriptorFixture.experiments.appending(path: "jumbo.json5")
    for quick in [false, true] {
      let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
      let lengths = descriptor.sweep.integers(.packetBytes)
      // One of the lengths splits ESP's ICV over two buffers.
      #expect(lengths.first == 1500 && lengths.last == 9000 && lengths.contains(4034))
      for point in descriptor.cases {
        let plan = CostPlan(point, sample: 0, of: descriptor, run: RunID(value: 1))
        #expect(plan.buffers == point.buffers && plan.buffers != .single)
        #expect(plan.packetBytes == point.packetBytes)
      }
    }
  }
}
