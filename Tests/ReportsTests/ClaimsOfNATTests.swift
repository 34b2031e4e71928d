import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claim on UDP encapsulation, with curves on either side of its rule.
@Suite struct ClaimsOfNATTests {
  /// Opening costs at each headroom: a dip of `depth` every 16 bytes, in UDP `shift` bytes sooner.
  private func records(shift: Int, depth: Double, noise: Double = 0.002) -> [SampleRecord] {
    ["esp-single", "vpe"].enumerated().flatMap { salt, system in
      [64, 1406].flatMap { packet in
        ["ip", "udp"].flatMap { carrier in
          stride(from: 0, to: 64, by: 2).flatMap { headroom in
            (0..<8).map { launch in
              let place = headroom + (carrier == "udp" ? shift : 0)
              let phase = launch * 37 + headroom * 11 + salt * 5 + packet + (carrier == "ip" ? 3 : 0)
              // In UDP all costs a little more.
              let level = Double(100 + packet) * (carrier == "udp" ? 1.05 : 1)
              let cost = level * (place % 16 == 14 ? 1 - depth : 1) * (1 + noise * sin(Double(phase)))
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
    let inPlace = try claim(records(shift: 0, depth: 0.1))
    #expect(inPlace.verdict.words == "not reproduced" && inPlace.direction == "other")
    #expect(inPlace.verdict.reason?.contains("stand at the same headrooms for VPE of 64 bytes") == true)
  }

  @Test func flatCurvesTellNothing() throws {
    let flat = try claim(records(shift: 8, depth: 0, noise: 0.01))
    #expect(flat.verdict.words == "not resolved" && flat.direction == "open")
  }

  /// Another shift than that of the header is none of the header's.
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
