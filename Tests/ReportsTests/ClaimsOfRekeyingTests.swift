import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about renewing associations, with figures on both sides of each rule.
@Suite struct ClaimsOfRekeyingTests {
  /// - Parameters:
  ///   - mpps: packet rate of ESP with one association that is never renewed.
  ///   - often: goodput of ESP at the shortest interval; without renewal it is 10.
  ///   - loss: share of frames lost in VPE with many associations at the longest interval.
  private func claim(
    _ id: String, mpps: Double = 2, often: Double = 10, loss: Double = 0, basis: Basis = .measured,
    intervals: [Int] = [0, 100, 1000]
  ) throws -> Claim {
    let records = ["esp-single", "vpe"].flatMap { system in
      intervals.flatMap { interval in
        [1, 1000].flatMap { tunnels in
          (0..<8).map { launch in
            let wobble = 1 + 0.001 * Double((launch * 5 + interval + tunnels) % 11 - 5)
            // Other cases have the opposite result, which must not count.
            let isOne = system == "esp-single" && tunnels == 1
            let goodput = isOne ? (interval == 100 ? often : 10) : interval == 0 ? 30 : 10
            return record(
              system, sample: launch, basis: basis,
              axes: ["rekey_ms": "\(interval)", "tunnels": "\(tunnels)"],
              [
                basis.throughputMetric: goodput * wobble,
                "packet_rate_mpps": (isOne && interval == 0 ? mpps : 2.4 - mpps) * wobble,
                "loss_ratio": system == "vpe" && tunnels == 1000 && interval == 1000 ? loss : 0,
              ])
          }
        }
      }
    }
    let run = try MadeRun(name: "rekey", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "rekey" }
    #expect(found.count == 3)
    return try #require(found.first { $0.id == id })
  }

  /// 2^32 - 1 packets last an hour at 1.193 million packets per second.
  @Test func shortNumbersEndWithinTheHour() throws {
    for (mpps, words) in [(1.25, "reproduced"), (1.15, "not reproduced")] {
      let claim = try claim("rekey-32-bit", mpps: mpps)
      #expect(claim.verdict.words == words && claim.source == .paper, "\(claim.ours)")
    }
    // A capacity is the highest possible rate: if even that is too slow, every rate is.
    #expect(try claim("rekey-32-bit", mpps: 1.25, basis: .capacity).verdict.words == "not resolved")
    #expect(try claim("rekey-32-bit", mpps: 1.15, basis: .capacity).verdict.words == "not reproduced")
  }

  @Test func aLossAnywhereCounts() throws {
    for (loss, words) in [(0.0, "reproduced"), (1e-7, "reproduced"), (1e-5, "not reproduced")] {
      let claim = try claim("rekey-lossless", loss: loss)
      #expect(claim.verdict.words == words && claim.source == .objection, "\(claim.ours)")
    }
    // Counts do not depend on cores.
    #expect(try claim("rekey-lossless", loss: 1e-5, basis: .capacity).verdict.words == "not reproduced")
  }

  @Test func goodputIsOfTheShortestInterval() throws {
    for (often, words) in [(10.0, "reproduced"), (9.95, "reproduced"), (9.5, "not reproduced")] {
      let claim = try claim("rekey-free", often: often)
      #expect(claim.verdict.words == words && claim.ours.hasSuffix("every 100 ms"), "\(claim.ours)")
    }
  }

  @Test func withoutRenewingNothingIsJudged() throws {
    for id in ["rekey-lossless", "rekey-free"] {
      #expect(try claim(id, intervals: [0]).verdict.words == "not run")
    }
    #expect(try claim("rekey-32-bit", intervals: [100]).verdict.words == "not run")
  }
}
