import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claim about UDP encapsulation, with curves on both sides of its rule.
@Suite struct ClaimsOfNATTests {
  /// Costs of opening at each headroom, with a dip of `depth` every 16 bytes; with UDP the dips come `shift`
  /// bytes sooner. `shared` is noise that both samples of a headroom have in common in a repetition, since
  /// they are taken next to each other.
  private func records(
    shift: Int, depth: Double, noise: Double = 0.002, shared: Double = 0
  ) -> [SampleRecord] {
    ["esp-single", "vpe"].enumerated().flatMap { salt, system in
      [64, 1406].flatMap { packet in
        ["ip", "udp"].flatMap { carrier in
          stride(from: 0, to: 64, by: 2).flatMap { headroom in
            (0..<8).map { launch in
              let position = headroom + (carrier == "udp" ? shift : 0)
              var both = Noise(seed: 1 + ((salt * 8 + launch) * 64 + headroom) * 1500 + packet)
              let phase = launch * 37 + headroom * 11 + salt * 5 + packet + (carrier == "ip" ? 3 : 0)
              // With UDP every cost is somewhat higher.
              let level = Double(100 + packet) * (carrier == "udp" ? 1.05 : 1)
              let cost =
                level * (position % 16 == 14 ? 1 - depth : 1) * (1 + noise * sin(Double(phase)))
                * exp(shared * both.normal())
              return record(
                system, threads: 1, frameBytes: packet + 18, headroom: headroom, sample: launch,
                basis: .measured, axes: ["packet_bytes": "\(packet)", "encapsulation": carrier],
                ["open_cycles_per_packet": cost])
            }
          }
        }
      }
    }
  }

  private func claim(_ records: [SampleRecord]) throws -> Claim {
    let run = try MadeRun(name: "nat", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "nat" }
    #expect(found.map(\.id) == ["8-nat"])
    return found[0]
  }

  @Test func aShiftIsFoundOrNot() throws {
    let shifted = try claim(records(shift: 8, depth: 0.1))
    #expect(shifted.verdict == .reproduced && shifted.direction == "same" && shifted.basis == "measured")
    #expect(shifted.ours.contains("for VPE of 64 bytes") && shifted.ours.contains("for ESP of 1406 bytes"))
    let unshifted = try claim(records(shift: 0, depth: 0.1))
    #expect(unshifted.verdict.words == "not reproduced" && unshifted.direction == "other")
    #expect(unshifted.verdict.reason?.contains("stand at the same headrooms for VPE of 64 bytes") == true)
  }

  @Test func flatCurvesTellNothing() throws {
    let flat = try claim(records(shift: 8, depth: 0, noise: 0.01))
    #expect(flat.verdict.words == "not resolved" && flat.direction == "open")
  }

  /// A disturbance of both samples of a headroom is not a shape that stays where it is. Until version 3 the
  /// rules compared within repetitions, and judged both of these curves to be "at the same headrooms".
  @Test func whatNeighboursHaveInCommonIsNoShape() throws {
    for (depth, words) in [(0.1, "reproduced"), (0, "not resolved")] {
      let made = records(shift: 8, depth: depth, shared: 0.05)
      let found = try claim(made)
      #expect(found.verdict.words == words, "\(found.ours)")
      #expect(squares(made, apart: 0) < 0.8 * squares(made, apart: 8))
    }
    let unshifted = try claim(records(shift: 0, depth: 0.1, shared: 0.05))
    #expect(unshifted.verdict.words == "not reproduced")
  }

  /// The mean squared logarithm of the ratio between VPE's two curves for short packets, within repetitions,
  /// with the curve over IP shifted by a number of bytes.
  private func squares(_ records: [SampleRecord], apart bytes: Int) -> Double {
    var costs: [String: [Int: [Int: Double]]] = [:]
    for record in records
    where record.coordinates.system == "vpe" && record.coordinates.axes["packet_bytes"] == "64" {
      let carrier = record.coordinates.axes["encapsulation"] ?? ""
      costs[carrier, default: [:]][record.sample, default: [:]][record.coordinates.extraHeadroomBytes] =
        record.metrics["open_cycles_per_packet"].map { log($0) }
    }
    let apart = (costs["udp"] ?? [:]).flatMap { launch, curve in
      curve.compactMap { headroom, cost in
        costs["ip"]?[launch]?[(headroom + bytes) % 64].map { cost - $0 - log(1.05) }
      }
    }
    return apart.reduce(0) { $0 + $1 * $1 } / Double(apart.count)
  }

  /// A shift by another distance than the header's length is not the header's shift.
  @Test func anotherShiftIsNotThis() throws {
    let other = try claim(records(shift: 4, depth: 0.1))
    #expect(other.verdict.words != "reproduced")
  }

  @Test func withoutTheOtherCurveThereIsNoClaim() throws {
    let own = records(shift: 8, depth: 0.1).filter { $0.coordinates.axes["encapsulation"] == "ip" }
    let claim = try claim(own)
    #expect(claim.verdict.words == "not run" && claim.verdict.reason?.contains("in IP and in UDP") == true)
  }
}
