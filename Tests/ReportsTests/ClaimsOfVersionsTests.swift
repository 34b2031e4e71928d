import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claim about versions of IP, with costs on both sides of its rule.
@Suite struct ClaimsOfVersionsTests {
  /// - Parameters:
  ///   - mixed: the factors by which opening IPv6 in IPv4, and IPv4 in IPv6, costs VPE more than ESP.
  ///   - inners: the versions of inner packets that were run.
  private func claim(_ mixed: (Double, Double), inners: [String] = ["ipv4", "ipv6"]) throws -> Claim {
    let systems = [("esp-single", (1.0, 1.0)), ("vpe", mixed)]
    let records = systems.enumerated().flatMap { salt, system in
      inners.flatMap { inner in
        ["ipv4", "ipv6"].flatMap { outer in
          [("ip", 50), ("udp", 50), ("ip", 1406)].flatMap { carrier, bytes in
            (0..<8).map { launch in
              let wobble = 1 + 0.001 * Double((launch * 5 + salt * 3 + bytes) % 11 - 5)
              var beyond = inner == outer ? 1 : inner == "ipv6" ? system.1.0 : system.1.1
              // Longer packets, and UDP, have the opposite result, which must not count.
              if carrier == "udp" || bytes != 50 { beyond = 1 / beyond }
              let cost = 100 * (inner == "ipv6" ? 1.1 : 1) * (outer == "ipv6" ? 1.2 : 1) * beyond * wobble
              return record(
                system.0, frameBytes: bytes + 18, sample: launch, basis: .measured,
                axes: [
                  "packet_bytes": "\(bytes)", "inner_version": inner, "outer_version": outer,
                  "encapsulation": carrier,
                ], ["open_stage_cycles_per_packet": cost])
            }
          }
        }
      }
    }
    let run = try MadeRun(name: "versions", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "versions" }
    #expect(found.map(\.id) == ["versions-nibble"])
    return found[0]
  }

  @Test func theDearerMixtureCounts() throws {
    for (mixed, words) in [
      ((1.0, 1.0), "reproduced"), ((0.9, 1.0), "reproduced"), ((1.0, 1.05), "not reproduced"),
      ((1.05, 0.9), "not reproduced"),
    ] {
      let claim = try claim(mixed)
      #expect(claim.verdict.words == words, "\(mixed): \(claim.ours)")
      #expect(claim.ours.hasSuffix("with 50-byte packets") && claim.basis == "measured")
    }
  }

  @Test func withoutAMixtureNothingIsJudged() throws {
    #expect(try claim((1, 1), inners: ["ipv4"]).verdict.words == "not run")
  }
}
