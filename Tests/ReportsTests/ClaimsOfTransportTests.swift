import Cases
import Reports
import Results
import TestRuns
import Testing

/// The claims about transport mode, with costs on both sides of their rule.
@Suite struct ClaimsOfTransportTests {
  private func verdicts(_ costs: [String: Double]) throws -> [String: String] {
    let records = costs.sorted { $0.key < $1.key }.enumerated().flatMap { salt, system in
      [64, 1420].flatMap { bytes in
        (0..<8).map { launch in
          let wobble = 1 + 0.001 * Double((launch * 5 + salt * 3 + bytes) % 11 - 5)
          return record(
            system.key, threads: 1, frameBytes: bytes, sample: launch, basis: .measured,
            [
              "seal_stage_cycles_per_packet": system.value * wobble,
              "open_stage_cycles_per_packet": (system.value + 50) * wobble,
            ])
        }
      }
    }
    let run = try MadeRun(name: "transport", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "transport" }
    #expect(found.map(\.id) == ["transport-free", "transport-encrypted", "transport-esp"])
    return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0.verdict.words) })
  }

  @Test func asExpected() throws {
    let found = try verdicts(
      ["vpe": 200, "vpe-transport-a": 190, "vpe-transport-b": 191, "esp-transport": 230])
    #expect(
      found == [
        "transport-free": "reproduced", "transport-encrypted": "reproduced",
        "transport-esp": "not reproduced",
      ])
  }

  @Test func theOtherWay() throws {
    let found = try verdicts(
      ["vpe": 200, "vpe-transport-a": 210, "vpe-transport-b": 230, "esp-transport": 205])
    #expect(
      found == [
        "transport-free": "not reproduced", "transport-encrypted": "not reproduced",
        "transport-esp": "reproduced",
      ])
    #expect(try verdicts(["vpe": 200]).values.allSatisfy { $0 == "not run" })
  }
}
