import Foundation
import Testing

extension CommandTests {
  /// Figure 6 with few cases and short windows: how figures of threads that were not run are marked.
  @Suite(.serialized) struct FigureSixTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var words: [String] {
      [
        "run", "experiments/figure-6.json5", "--output", scratch.path, "--only", "*-64B-*",
        "--set", "sweep.threads_of={'esp-pipeline-paper':[3,7],vpe:[2,6]}",
        "--set", "model.threads_of={'esp-pipeline-paper':37,vpe:38}",
      ] + Vpebench.short(windows: 2, seconds: 0.5)
    }

    /// A run that is interrupted continues with its assignments, and states the basis of every row.
    @Test func everyRowSaysHowItCameAbout() async throws {
      let ending = try await endedAndGoneOnWith()
      for text in [
        "esp-pipeline-paper-aes128gcm-64B-7t-0h", "model error over 2 points", "VPE, 64 B, 38 threads",
      ] {
        #expect(ending.output.contains(text), "\(text) is missing in \(ending.output)")
      }
      let folder = try RunFolder.only(of: "figure-6", in: scratch.path)
      let rows = try folder.rows("summary.csv").filter {
        $0["metric"] == ($0["basis"] == "measured" ? "goodput_gbps" : "capacity_gbps")
      }
      let kinds = rows.map { "\($0["system"] ?? "") \($0["threads"] ?? "") \($0["basis"] ?? "")" }
      let run = ["esp-pipeline-paper 3", "esp-pipeline-paper 7", "vpe 2", "vpe 6"]
      let predicted = run + ["esp-pipeline-paper 37", "vpe 38"]
      // On a machine with enough cores for some cases, those cases are measured.
      let bases = Set(kinds).subtracting(predicted.map { "\($0) model" })
      #expect(kinds.count == run.count + predicted.count)
      #expect(Set(bases.map { $0.split(separator: " ").dropLast().joined(separator: " ") }) == Set(run))
      #expect(bases.allSatisfy { $0.hasSuffix("capacity") || $0.hasSuffix("measured") }, "\(bases)")
      for row in rows { #expect(Double(row["mean"] ?? "") ?? 0 > 0, "\(row)") }

      try expectPlacements(folder)
      let samples = try folder.rows("samples.csv")
      #expect(samples.allSatisfy { $0["bottleneck"]?.isEmpty == false })
      #expect(samples.count { $0["basis"] == "model" } == 2 * predicted.count)
    }

    /// For each case of a pipeline: every thread occurs once, shares add up, and one stage numbers packets
    /// and one steers them.
    private func expectPlacements(_ folder: RunFolder) throws {
      let rows = try folder.rows("placements.csv")
      #expect(rows.count == 3 + 7)
      for threads in [3, 7] {
        let mine = rows.filter { $0["threads"] == "\(threads)" }
        #expect(mine.count == threads)
        for (direction, single) in [("seal", "number"), ("open", "steer")] {
          let part = mine.filter { $0["direction"] == direction }
          #expect(part.reduce(0) { $0 + (Int($1["share"] ?? "") ?? 0) } == 128, "\(part)")
          #expect(part.count { $0["stages"]?.contains(single) == true } == 1, "\(part)")
        }
        #expect(mine.compactMap { Double($0["load_ratio"] ?? "") }.max() == 1)
      }
    }

    private func endedAndGoneOnWith() async throws -> Ending {
      let run = try Vpebench.start(words)
      try await RunFolder.wait(for: run, of: "figure-6", in: scratch.path) { $0.journalled > 0 }
      run.send(SIGKILL)
      _ = try await run.ending()
      let folder = try RunFolder.only(of: "figure-6", in: scratch.path)
      let before = try folder.text("calibration.json")
      let resumed = try await Vpebench.run(words + ["--resume"])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(!resumed.output.contains("measuring the stages"))
      #expect(try folder.text("calibration.json") == before)
      let names = try folder.journal().map { "\($0.name) \($0.sample)" }
      #expect(names.count == 8 && Set(names).count == 8)
      return resumed
    }

    @Test func placementsAreListedWithWhatTheyRestOn() async throws {
      let ending = try await Vpebench.run([
        "list", "experiments/figure-6.json5", "--placements", "--set", "sweep.frame_bytes=64",
        "--set", "sweep.threads_of={'esp-pipeline-paper':[3,9],vpe:2}",
      ])
      #expect(ending.status == 0, "\(ending.errors)")
      for stage in ["receive-number", "encrypt", "steer", "decrypt-transmit", "hand-over"] {
        #expect(ending.output.contains(stage))
      }
      let lines = ending.output.split(separator: "\n").filter { $0.hasPrefix("esp-pipeline-") }
      #expect(lines.count == 2, "\(ending.output)")
      let none = try await Vpebench.run(["list", "experiments/figure-5.json5", "--placements"])
      #expect(none.status == 0 && none.output.contains("no case of a pipeline"), "\(none.output)")
    }
  }
}
