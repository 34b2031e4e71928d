import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about packets that are cut, with figures on both sides of each rule.
@Suite struct ClaimsOfFragmentsTests {
  /// The cost of sealing the longest packets, for each system and way of cutting.
  private func records(_ costs: [String: Double]) -> [SampleRecord] {
    costs.sorted { $0.key < $1.key }.enumerated().flatMap { salt, way in
      let words = way.key.split(separator: " ").map(String.init)
      return [1500, 9000].flatMap { bytes in
        [("ipv6", "ipv4"), ("ipv4", "ipv6"), ("ipv4", "ipv4")].flatMap { inner, outer in
          (0..<8).map { launch in
            let wobble = (launch * 5 + salt * 3 + bytes) % 11 - 5
            // Short packets, and IPv6 inside or outside, have the opposite result, which must not count.
            let level = bytes == 1500 || inner != outer ? 5000 - way.value : way.value
            return record(
              words[0], threads: 1, frameBytes: bytes + 18, sample: launch, basis: .measured,
              axes: [
                "packet_bytes": "\(bytes)", "fragments": words[1], "inner_version": inner,
                "outer_version": outer,
              ],
              [
                "seal_cycles_per_packet": level * (1 + 0.001 * Double(wobble)),
                "open_cycles_per_packet": level * (1 - 0.001 * Double(wobble)),
              ])
          }
        }
      }
    }
  }

  private func claim(_ id: String, _ costs: [String: Double]) throws -> Claim {
    let run = try MadeRun(name: "fragments", records: records(costs)).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "fragments" }
    #expect(found.count == 5)
    return try #require(found.first { $0.id == id })
  }

  @Test(arguments: [
    ("fragments-chained", "vpe chained", "esp-single chained", 0.9, 1.1),
    ("fragments-in-place", "vpe in-place", "esp-single copied", 0.9, 1.1),
    ("fragments-saved", "esp-single in-place", "vpe in-place", 0.99, 1.06),
    ("fragments-copy", "esp-single copied", "vpe in-place", 0.99, 1.06),
    ("fragments-outer", "vpe outer", "vpe copied", 0.9, 1.1),
  ])
  func eachSideOfARule(_ id: String, _ first: String, _ second: String, _ yes: Double, _ no: Double) throws {
    for (ratio, words) in [(yes, "reproduced"), (no, "not reproduced")] {
      let claim = try claim(id, [first: 1000 * ratio, second: 1000])
      #expect(claim.verdict.words == words, "\(claim.ours)")
      #expect(abs(try #require(claim.estimate).value - ratio) < 0.01)
      #expect(claim.ours.hasSuffix("with 9000 bytes") && claim.basis == "measured")
      let isPapers = ["fragments-chained", "fragments-in-place"].contains(id)
      #expect(claim.source == (isPapers ? .paper : .objection))
    }
    let alone = try claim(id, [first: 1000])
    #expect(alone.verdict.words == "not run" && alone.verdict.reason?.contains("at a fitting length") == true)
  }

  /// The throughput of whole gateways in two ways, cutting or not. IPv6 outside has the opposite result,
  /// which must not count.
  private func carried(_ id: String, _ first: String, _ second: String, _ ratio: Double) throws -> Claim {
    let records = [(first, 10 * ratio), (second, 10)].enumerated().flatMap { salt, way in
      let words = way.0.split(separator: " ").map(String.init)
      return ["ipv6", "ipv4"].flatMap { outer in
        (0..<8).map { launch in
          let wobble = 1 + 0.001 * Double((launch * 5 + salt * 3) % 11 - 5)
          let goodput = (outer == "ipv6" ? 20 - way.1 : way.1) * wobble
          return record(
            words[0], threads: 2, frameBytes: 1518, sample: launch, basis: .measured,
            axes: ["fragments": words[1], "outer_version": outer],
            [Basis.measured.throughputMetric: goodput])
        }
      }
    }
    let run = try MadeRun(name: "gateway-fragments", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "gateway-fragments" }
    #expect(found.count == 2)
    return try #require(found.first { $0.id == id })
  }

  @Test(arguments: [
    ("gateway-fragments-vpe", "vpe copied", "esp-single copied"),
    ("gateway-fragments-outer", "vpe outer", "vpe copied"),
  ])
  func eachSideOfARuleOfGateways(_ id: String, _ first: String, _ second: String) throws {
    for (ratio, words) in [(1.1, "reproduced"), (0.9, "not reproduced")] {
      let claim = try carried(id, first, second, ratio)
      #expect(claim.verdict.words == words, "\(claim.ours) \(claim.verdict)")
      #expect(abs(try #require(claim.estimate).value - ratio) < 0.01)
      #expect(claim.ours.hasSuffix("with 1500 bytes"))
    }
    let alone = try carried(id, first, "vpe none", 1)
    #expect(alone.verdict.words == "not run")
  }
}
