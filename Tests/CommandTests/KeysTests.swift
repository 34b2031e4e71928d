import Foundation
import Testing

extension CommandTests {
  /// No key is used in two runs unless a run ID is given, and the results state which IDs were used.
  @Suite struct KeysTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Runs a case of a descriptor over rings once.
    /// - Returns: the keys that the run has written, and the content of its folder.
    private func run(_ name: String, _ more: [String] = []) async throws -> (keys: String, folder: RunFolder)
    {
      let keys = scratch.path("\(name).json5")
      let ending = try await Vpebench.run(
        [
          "run", "experiments/figure-5.json5", "--only", "vpe-*-64B-2t-0h", "--output", scratch.path(name),
          "--keys-out", keys,
        ] + more + Vpebench.short(seconds: 0.1))
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("note: keys follow from run ID") == more.contains("--run-id"))
      return (
        try String(contentsOfFile: keys, encoding: .utf8),
        try RunFolder.only(of: "figure-5", in: scratch.path(name))
      )
    }

    /// The run's `environment.json`.
    private struct Told: Decodable, Equatable {
      let seed: UInt64
      let run_ids: [String]
      let run_id_is_given: Bool
    }

    private func told(_ folder: RunFolder) throws -> Told {
      try JSONDecoder().decode(Told.self, from: Data(folder.text("environment.json").utf8))
    }

    @Test func twoRunsHaveOtherKeys() async throws {
      let (one, other) = (try await run("one"), try await run("other"))
      #expect(one.keys != other.keys)
      let ids = [try told(one.folder), try told(other.folder)]
      #expect(ids.allSatisfy { $0.seed == 1 && $0.run_ids.count == 1 && !$0.run_id_is_given })
      #expect(ids[0].run_ids != ids[1].run_ids)
    }

    @Test func aGivenRunIDRepeatsThem() async throws {
      let more = ["--run-id", "c0ffee"]
      let (one, other) = (try await run("one", more), try await run("other", more))
      #expect(one.keys == other.keys && one.keys.contains("format: \"vpe\""))
      for run in [one, other] {
        #expect(
          try told(run.folder)
            == Told(seed: 1, run_ids: ["0000000000c0ffee"], run_id_is_given: true))
      }
      let resumed = try await Vpebench.run(
        [
          "run", "experiments/figure-5.json5", "--only", "vpe-*-64B-2t-0h", "--output", scratch.path("one"),
          "--resume",
        ] + more + Vpebench.short(seconds: 0.1))
      #expect(resumed.status == 1 && resumed.errors.contains("--resume: with --run-id keys and nonces"))
    }

    @Test func aRunThatGoesOnHasOtherKeys() async throws {
      let first = try await run("one", ["--only", "vpe-*-64B-2t-0h"])
      let ids = try told(first.folder).run_ids
      // The other frame size was not measured yet.
      let second = try await run("one", ["--only", "vpe-*B-2t-0h", "--resume"])
      #expect(second.keys != first.keys && second.folder.path == first.folder.path)
      let after = try told(second.folder).run_ids
      #expect(after.count == 2 && after.first == ids.first && after[0] != after[1])
      let lines = try second.folder.text("journal.jsonl").split(separator: "\n")
      #expect(lines.count == 2)
      for (line, id) in zip(lines, after) { #expect(line.contains("\"runID\":\"\(id)\""), "\(line)") }
    }

    @Test func packetsInMemoryHaveNoKeysForOthers() async throws {
      let ending = try await Vpebench.run(
        [
          "run", "experiments/hot-path.json5", "--quick", "--keys-out", scratch.path("keys"), "--output",
          scratch.path("results"),
        ])
      #expect(ending.status == 1 && ending.errors.contains("--keys-out: packets of hot-path stay in memory"))
    }

    /// Each role is a process of its own, over devices of the kernel, and over those that a descriptor names.
    /// The packets on the black link open with the keys that were written, and not with another run's.
    @Test(arguments: ["smoke", "ports-memif"])
    func theKeysOpenWhatIsOnTheBlackLink(experiment: String) async throws {
      if experiment == "smoke" { try Host.requireRoot() }
      func run(_ name: String) async throws -> (keys: String, packets: String) {
        let (keys, capture) = (scratch.path("\(name).json5"), scratch.path("\(name)-capture"))
        let ending = try await Vpebench.run(
          [
            "run", "experiments/\(experiment).json5", "--only", "vpe-*-64B-2t-*", "--output",
            scratch.path(name),
            "--keys-out", keys, "--capture", capture, "--set", "traffic.rate_mpps=0.002",
          ] + Vpebench.short(seconds: 0.2))
        #expect(ending.status == 0, "\(ending.errors)")
        return (keys, capture + "/black.pcapng")
      }
      let (one, other) = (try await run("one"), try await run("other"))
      let decoded = try await Vpebench.run(["decode", one.packets, "--keys", one.keys])
      #expect(decoded.status == 0 && decoded.errors == "", "\(decoded.errors)")
      #expect(decoded.output.contains(/\n([1-9]\d*) packets: \1 new\n$/), "\(decoded.output.suffix(300))")
      let wrong = try await Vpebench.run(["decode", one.packets, "--keys", other.keys])
      #expect(!wrong.output.contains(/packets: \d+ new\n$/), "\(wrong.output.suffix(300))")
    }

    /// A DUT over rings gets its keys in another way than a circuit.
    @Test func theKeysOfADUTAreWritten() async throws {
      let words = ["--only", "vpe-*-64B-*", "--set", "measure.windows=1", "--set", "measure.launches=1"]
      let ending = try await Vpebench.run(
        ["run", "experiments/ring-solo.json5", "--quick", "--keys-out", scratch.path("dut.json5")] + words
          + ["--output", scratch.path("out")])
      #expect(ending.status == 0, "\(ending.errors)")
      let text = try String(contentsOfFile: scratch.path("dut.json5"), encoding: .utf8)
      #expect(text.contains("format: \"vpe\""))
    }
  }
}
