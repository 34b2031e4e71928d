import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about padding, with figures on both sides of each rule.
@Suite struct ClaimsOfPaddingTests {
  /// VPE's cost and goodput with all packets padded to one size; ESP's are 1000 and 10.
  private func claim(
    _ id: String, cost: Double, goodput: Double, basis: Basis = .measured, pads: [Int] = [0, 256, 1500]
  ) throws -> Claim {
    let systems = [("esp-single", 1000.0, 10.0), ("vpe", cost, goodput)]
    let records = systems.enumerated().flatMap { salt, system in
      pads.flatMap { pad in
        [64, 1420].flatMap { bytes in
          (0..<8).map { launch in
            let wobble = 1 + 0.001 * Double((launch * 5 + salt * 3 + bytes) % 11 - 5)
            // Less padding, and longer frames, have the opposite result, which must not count.
            let isAsked = pad == pads.last && bytes == 64
            return record(
              system.0, frameBytes: bytes, sample: launch, basis: basis, axes: ["pad_bytes": "\(pad)"],
              [
                "seal_cycles_per_packet": (isAsked ? system.1 : 2000 - system.1) * wobble,
                basis.throughputMetric: (isAsked ? system.2 : 20 - system.2) * wobble,
              ])
          }
        }
      }
    }
    let run = try MadeRun(name: "tfc", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "tfc" }
    #expect(found.count == 2)
    return try #require(found.first { $0.id == id })
  }

  @Test func paddingCostsVPENoMore() throws {
    for (cost, words) in [(1000.0, "reproduced"), (900, "reproduced"), (1040, "not reproduced")] {
      let claim = try claim("tfc-vpe", cost: cost, goodput: 10)
      #expect(claim.verdict.words == words, "\(claim.ours)")
      #expect(claim.ours.hasSuffix("with 64-byte frames padded to 1500") && claim.source == .paper)
    }
    // A capacity confirms nothing.
    #expect(
      try claim("tfc-vpe", cost: 900, goodput: 10, basis: .capacity).verdict.words == "not resolved")
  }

  @Test func aLeadMayVanish() throws {
    for (goodput, words) in [(10.0, "reproduced"), (10.5, "not reproduced"), (9.5, "not reproduced")] {
      let claim = try claim("tfc-lead", cost: 1000, goodput: goodput)
      #expect(claim.verdict.words == words && claim.source == .objection, "\(claim.ours)")
    }
  }

  @Test func withoutPaddingNothingIsJudged() throws {
    for id in ["tfc-vpe", "tfc-lead"] {
      #expect(try claim(id, cost: 1000, goodput: 10, pads: [0]).verdict.words == "not run")
    }
  }
}
