import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about long packets, with figures on both sides of each rule.
@Suite struct ClaimsOfSegmentsTests {
  /// The costs of opening, for each system and buffers, at the longest packets and at 4034 bytes, where ESP's
  /// trailer is in two buffers.
  private func records(_ costs: [String: Double]) -> [SampleRecord] {
    costs.sorted { $0.key < $1.key }.enumerated().flatMap { salt, way in
      let words = way.key.split(separator: " ").map(String.init)
      return [1500, 4034, 9000].flatMap { bytes in
        (0..<8).map { launch in
          let wobble = (launch * 5 + salt * 3 + bytes) % 11 - 5
          // Short packets have the opposite result, which must not count.
          let level = bytes == 1500 ? 5000 - way.value : way.value
          return record(
            words[0], threads: 1, frameBytes: bytes + 18, sample: launch, basis: .measured,
            axes: ["packet_bytes": "\(bytes)", "buffers": words[1]],
            ["open_cycles_per_packet": level * (1 + 0.001 * Double(wobble))])
        }
      }
    }
  }

  private func claim(_ id: String, _ costs: [String: Double]) throws -> Claim {
    let run = try MadeRun(name: "jumbo", records: records(costs)).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "jumbo" }
    #expect(found.count == 4)
    return try #require(found.first { $0.id == id })
  }

  @Test(arguments: [
    ("jumbo-merge", "esp-single merged", "esp-single chained", 1.1, 0.9),
    ("jumbo-icv", "vpe chained", "esp-single chained", 0.9, 1.1),
    ("jumbo-copy", "esp-single merged", "vpe chained", 0.99, 1.06),
    ("jumbo-large", "esp-single contiguous", "vpe chained", 0.96, 1.04),
  ])
  func eachSideOfARule(_ id: String, _ first: String, _ second: String, _ yes: Double, _ no: Double) throws {
    let bytes = id == "jumbo-icv" ? 4034 : 9000
    for (ratio, words) in [(yes, "reproduced"), (no, "not reproduced")] {
      let claim = try claim(id, [first: 1000 * ratio, second: 1000])
      #expect(claim.verdict.words == words, "\(claim.ours)")
      #expect(abs(try #require(claim.estimate).value - ratio) < 0.01)
      #expect(claim.ours.hasSuffix("with \(bytes) bytes") && claim.basis == "measured")
      #expect(claim.source == (["jumbo-copy", "jumbo-large"].contains(id) ? .objection : .paper))
    }
    let alone = try claim(id, [first: 1000])
    #expect(alone.verdict.words == "not run" && alone.verdict.reason?.contains("at a fitting length") == true)
  }
}
