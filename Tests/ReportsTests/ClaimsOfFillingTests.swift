import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claim about packets at a fixed clock, with figures on both sides of its rule.
@Suite struct ClaimsOfFillingTests {
  /// - Parameter missed: the share by which VPE misses the fastest clock; it keeps the others.
  private func claim(_ missed: Double, clocks: [Int] = [0, 50, 200]) throws -> Claim {
    let records = ["esp-single", "vpe"].flatMap { system in
      clocks.flatMap { clock in
        (0..<8).map { launch in
          let isAsked = system == "vpe" && clock == 200
          var metrics = ["capacity_gbps": 1.0]
          if clock > 0 {
            metrics["clock_error_ratio"] = (isAsked ? missed : 1e-4) * (1 + 0.01 * Double(launch))
          }
          return record(
            system, sample: launch, basis: .capacity, axes: ["fill_kpps": "\(clock)"], metrics)
        }
      }
    }
    let run = try MadeRun(name: "fill", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "fill" }
    #expect(found.count == 1)
    return try #require(found.first)
  }

  @Test func aClockThatIsMissedAnywhereCounts() throws {
    for (missed, words) in [(1e-4, "reproduced"), (8e-3, "reproduced"), (0.02, "not reproduced")] {
      let claim = try claim(missed)
      #expect(claim.verdict.words == words && claim.source == .paper, "\(claim.ours)")
    }
  }

  @Test func withoutAClockNothingIsJudged() throws {
    #expect(try claim(0, clocks: [0]).verdict.words == "not run")
  }
}
