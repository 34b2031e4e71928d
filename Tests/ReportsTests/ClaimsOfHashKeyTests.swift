import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about changing the hash key, with figures on both sides of each rule.
@Suite struct ClaimsOfHashKeyTests {
  /// - Parameters:
  ///   - loss: share of frames lost in VPE at the longest interval.
  ///   - disorder: share of frames out of order in VPE at the shortest interval.
  private func claim(
    _ id: String, loss: Double = 0, disorder: Double = 0, intervals: [Int] = [0, 10, 1000]
  ) throws -> Claim {
    let records = ["esp-multi-sa", "vpe"].flatMap { system in
      intervals.flatMap { interval in
        (0..<8).map { launch in
          // Other systems have the opposite result, which must not count.
          let isLossy = system == "vpe" ? interval == 1000 ? loss : 0 : 1e-3
          let isMixed = system == "vpe" && interval == 10 ? disorder : 1e-2 - disorder
          return record(
            system, threads: 8, sample: launch, basis: .capacity, axes: ["hash_key_ms": "\(interval)"],
            [
              "capacity_gbps": 10, "loss_ratio": isLossy,
              "reordered_ratio": isMixed * (1 + 0.001 * Double(launch)),
            ])
        }
      }
    }
    let run = try MadeRun(name: "hash-key", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "hash-key" }
    #expect(found.count == 2)
    return try #require(found.first { $0.id == id })
  }

  @Test func aLossAnywhereCounts() throws {
    for (loss, words) in [(0.0, "reproduced"), (1e-7, "reproduced"), (1e-5, "not reproduced")] {
      let claim = try claim("hash-key-lossless", loss: loss)
      #expect(claim.verdict.words == words && claim.source == .paper, "\(claim.ours)")
    }
  }

  @Test func disorderIsOfTheShortestInterval() throws {
    for (disorder, words) in [(2e-4, "reproduced"), (5e-5, "not reproduced"), (0.0, "not reproduced")] {
      let claim = try claim("hash-key-order", disorder: disorder)
      #expect(claim.verdict.words == words && claim.source == .objection, "\(claim.ours)")
    }
  }

  @Test func withoutChangesNothingIsJudged() throws {
    for id in ["hash-key-lossless", "hash-key-order"] {
      #expect(try claim(id, intervals: [0]).verdict.words == "not run")
    }
  }
}
