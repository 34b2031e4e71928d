import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about many senders, with figures on both sides of each rule.
@Suite struct ClaimsOfGroupsTests {
  /// A system's costs with one sender and with 256, and the share of replays that it accepts.
  struct Costs {
    var one = 100.0
    var many = 100.0
    var bytes = 1000.0
    var accepted = 0.0
  }

  private func records(_ systems: [String: Costs], valid: Bool = true) -> [SampleRecord] {
    systems.sorted { $0.key < $1.key }.enumerated().flatMap { salt, system in
      [(1, system.value.one), (256, system.value.many)].flatMap { senders, cost in
        [64, 1420].flatMap { bytes in
          (0..<8).map { launch in
            let wobble = (launch * 5 + salt * 3 + senders) % 11 - 5
            // Longer frames have the opposite result, which must not count.
            let level = bytes == 64 ? cost : 5000 - cost
            return record(
              system.key, threads: 1, frameBytes: bytes, sample: launch, basis: .measured,
              axes: ["senders": "\(senders)"],
              [
                "open_cycles_per_packet": level * (1 + 0.001 * Double(wobble)),
                "group_bytes": senders == 1 ? 500 : system.value.bytes,
                "replays_accepted_ratio": system.value.accepted,
              ], valid: valid)
          }
        }
      }
    }
  }

  private func claims(_ systems: [String: Costs], valid: Bool = true) throws -> [String: Claim] {
    let run = try MadeRun(name: "multicast", records: records(systems, valid: valid)).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "multicast" }
    #expect(found.count == 5)
    return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
  }

  private func verdict(_ id: String, _ systems: [String: Costs], valid: Bool = true) throws -> String {
    try #require(try claims(systems, valid: valid)[id]).verdict.words
  }

  @Test func manySendersCostHardlyMoreOrTheyDo() throws {
    for (many, words) in [(115.0, "reproduced"), (125, "not reproduced"), (120, "not resolved")] {
      #expect(try verdict("group-cost", ["vpe": Costs(many: many)]) == words, "\(many)")
    }
    let claim = try #require(try claims(["vpe": Costs(many: 115)])["group-cost"])
    #expect(abs(try #require(claim.estimate).value - 1.15) < 0.01)
    #expect(claim.ours.hasSuffix("with 256 senders"))
    #expect(claim.basis == "measured" && claim.source == .paper)
  }

  @Test func oneReplayIsEnoughAgainstIt() throws {
    #expect(try verdict("group-replays", ["vpe": Costs()]) == "reproduced")
    let passed = Costs(accepted: 1.0 / 4096)
    // Samples that are invalid for this very reason count, too.
    for valid in [true, false] {
      #expect(try verdict("group-replays", ["vpe": passed], valid: valid) == "not reproduced")
    }
    #expect(try verdict("group-replays", ["esp-senders": passed]) == "not run")
  }

  @Test(arguments: [
    ("group-esp-windows", "esp-sender-windows", 99.0, 106.0), ("group-esp-off", "esp-senders", 97, 103),
    ("group-esp-sas", "esp-single", 99, 140),
  ])
  func whatSpeaksAgainstVPEIsJudgedToo(_ id: String, _ system: String, _ less: Double, _ more: Double) throws
  {
    let close = ["vpe": Costs(), system: Costs(many: less, bytes: 9000)]
    let claim = try #require(try claims(close)[id])
    #expect(claim.verdict == .reproduced && claim.source == .objection)
    #expect(claim.ours.hasSuffix("with 256 senders, in 9.000 times the memory"), "\(claim.ours)")
    #expect(try verdict(id, ["vpe": Costs(), system: Costs(many: more)]) == "not reproduced")
    #expect(try verdict(id, ["vpe": Costs()]) == "not run")
  }
}
