import Foundation
import Testing

extension CommandTests {
  /// The quick profile of Figure 5 with shorter windows, run once for all tests of the suite.
  @Suite(.serialized, .figureFive) struct FigureFiveTests {
    private static let systems = ["baseline-none", "esp-single-aes128gcm", "vpe-aes128gcm"]
    private static let cases = systems.flatMap { ["\($0)-64B-2t-0h", "\($0)-1420B-2t-0h"] }
    private static let windows = 3

    let run: FigureFiveRun

    init() throws {
      guard let run = FigureFiveRun.current else { throw Unmet("Figure 5 has not been run") }
      self.run = run
    }

    @Test func itSucceedsAndTellsEveryCase() {
      #expect(run.ending.status == 0, "\(run.ending.errors)")
      #expect(!run.ending.errors.contains("vpebench:"), "\(run.ending.errors)")
      #expect(run.ending.output.contains("figure-5 (quick)"))
      for name in Self.cases {
        let line = run.ending.output.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        #expect(line?.hasSuffix(" \(Self.windows)/\(Self.windows)") == true, "\(name): \(line ?? "missing")")
      }
      #expect(run.ending.output.contains(/\nVPE \/ ESP +vpe-aes128gcm-64B-2t-0h +\d/))
      #expect(run.ending.output.contains("figure-5: all is well, \(Self.cases.count * Self.windows) samples"))
      #expect(run.ending.output.contains(run.folder.path))
    }

    @Test func itWritesEveryFileAndNoMore() throws {
      let files: Set = [
        "samples.csv", "summary.csv", "stages.csv", "environment.json", "descriptor.json5",
        "datapackage.json", "journal.jsonl", "logs", "logs/roles.log", "ratios.csv",
      ]
      #expect(run.folder.names == files)
      let latest = URL(fileURLWithPath: run.folder.path).deletingLastPathComponent().path + "/latest"
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: latest) == run.folder.name)
    }

    @Test func theSummaryHasTheColumnsInOrder() throws {
      let columns =
        "case,system,aead,threads,frame_bytes,extra_headroom_bytes,link,basis,metric,mean,ci95_low,ci95_high,"
        + "median,min,max,samples,valid,p5,p25,p75,p95,gaps,estimate,estimate_low,estimate_high,launches"
      #expect(try run.folder.header("summary.csv").joined(separator: ",") == columns)
    }

    @Test(arguments: cases) func theSummaryHasTheMetricsOf(name: String) throws {
      let rows = try run.folder.rows("summary.csv").filter { $0["case"] == name }
      let throughput = rows.first?["basis"] == "measured" ? "goodput_gbps" : "capacity_gbps"
      let metrics = rows.compactMap { $0["metric"] }
      let required = [
        throughput, "packet_rate_mpps", "loss_ratio", "seal_cycles_per_packet", "open_cycles_per_packet",
      ]
      #expect(Set(metrics).isSuperset(of: required), "\(metrics)")
      #expect(Set(metrics).count == metrics.count, "a metric occurs twice: \(metrics)")
      // Metrics of the machine's state may be missing in a sample.
      for row in rows where required.contains(row["metric"] ?? "") {
        // A sample may be left out because the machine's state changed meanwhile.
        let isWhole = row["samples"] == "\(Self.windows)"
        #expect(row["valid"] == "true" && isWhole == (row["gaps"] == ""), "\(row)")
        // A single sample has no interval.
        let samples = try #require(Int(row["samples"] ?? ""))
        if samples < 2 { continue }
        let figures = try ["min", "median", "max", "ci95_low", "mean", "ci95_high"].map {
          try #require(Double(row[$0] ?? ""), "\($0) in \(row)")
        }
        #expect(figures[0] <= figures[1] && figures[1] <= figures[2], "\(row)")
        #expect(figures[3] <= figures[4] && figures[4] <= figures[5], "\(row)")
        #expect(row["metric"] == "loss_ratio" || figures[0] >= 0, "\(row)")
      }
      func mean(_ metric: String) throws -> Double {
        try #require(Double(rows.first { $0["metric"] == metric }?["mean"] ?? ""), "\(metric)")
      }
      let bits = try #require(Double(rows.first?["frame_bytes"] ?? "")) * 8
      let gbps = try mean("packet_rate_mpps") * bits / 1e3
      #expect(gbps > 0)
      #expect(abs(try mean(throughput) - gbps) < gbps * 1e-9)
      #expect(metrics.contains("goodput_gbps") != metrics.contains("capacity_gbps"))
      for metric in ["seal_cycles_per_packet", "open_cycles_per_packet"] { #expect(try mean(metric) > 0) }
      #expect((0...1).contains(try mean("loss_ratio")))
    }

    @Test func theBasisFollowsFromTheCores() throws {
      let environment = try JSONDecoder().decode(
        Cores.self, from: Data(run.folder.text("environment.json").utf8))
      // Generator, reflector, and a sealing and an opening thread in each gateway.
      let basis = environment.cpu.usable_cores >= 6 ? "measured" : "capacity"
      for file in ["summary.csv", "samples.csv", "stages.csv"] {
        #expect(Set(try run.folder.rows(file).map { $0["basis"] }) == [basis], "\(file)")
      }
    }

    private struct Cores: Decodable {
      struct CPU: Decodable { let usable_cores: Int }
      let cpu: CPU
    }

    @Test func samplesAreInterleaved() throws {
      let samples = try run.folder.journal()
      try #require(samples.count == Self.windows * Self.cases.count)
      for round in 0..<Self.windows {
        let block = samples.dropFirst(round * Self.cases.count).prefix(Self.cases.count)
        #expect(Set(block.map(\.sample)) == [round])
        #expect(Set(block.map(\.name)) == Set(Self.cases), "round \(round)")
      }
      let rows = try run.folder.rows("samples.csv")
      #expect(rows.map { $0["case"] } == samples.map(\.name))
      #expect(rows.map { $0["sample"] } == samples.map { "\($0.sample)" })
    }

    @Test func accountsCloseInEveryRow() throws {
      let stages = try run.folder.rows("stages.csv")
      #expect(stages.count == Self.cases.count * 7)
      for row in stages {
        let received = try #require(Int(row["received"] ?? ""))
        let transmitted = try #require(Int(row["transmitted"] ?? ""))
        let dropped = try #require(Int(row["dropped"] ?? ""))
        #expect(received == transmitted + dropped && transmitted > 0, "\(row)")
        let reasons = row.filter { $0.key.hasPrefix("dropped_") }.compactMap { Int($0.value) }
        #expect(reasons.reduce(0, +) == dropped, "\(row)")
      }
    }

    @Test func theSummaryIsWhatAnotherProgramMakesOfTheSamples() async throws {
      let verdict = try await Program.run([
        try Oracles.python, "Tests/oracles/summary.py", run.folder.path,
      ])
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
      #expect(verdict.output.contains("figures agree"))
    }

    @Test func frictionlessAcceptsThePackage() async throws {
      let verdict = try await Oracles.frictionless([run.folder.path])
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
    }

    /// The hashes that frictionless checks if it is installed. Readers warn if they differ.
    @Test func thePackageHasTheHashOfEachFile() async throws {
      struct Package: Decodable {
        struct Resource: Decodable {
          let path: String
          let hash: String
        }
        let resources: [Resource]
      }
      let json = Data(try run.folder.text("datapackage.json").utf8)
      let resources = try JSONDecoder().decode(Package.self, from: json).resources
      #expect(resources.count == 6)
      let list = resources.map { "\($0.hash.dropFirst("sha256:".count))  \(run.folder.path)/\($0.path)" }
      let scratch = try Scratch()
      let file = try scratch.write(list.joined(separator: "\n") + "\n", to: "hashes")
      let verdict = try await Program.run(["sha256sum", "--check", "--quiet", file])
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
    }

    @Test func frictionlessRefusesAPackageWithAWrongCell() async throws {
      let scratch = try Scratch()
      let copy = scratch.path("copy")
      try FileManager.default.copyItem(atPath: run.folder.path, toPath: copy)
      let text = try run.folder.text("summary.csv").replacing(
        ",true,", with: ",perhaps,", maxReplacements: 1)
      try text.write(toFile: copy + "/summary.csv", atomically: false, encoding: .utf8)
      let verdict = try await Oracles.frictionless([copy])
      #expect(verdict.status == 1 && verdict.output.contains("perhaps"), "\(verdict.output)\(verdict.errors)")
    }
  }
}

/// Figure 5, run for a suite.
struct FigureFiveRun: Sendable {
  let ending: Ending
  let folder: RunFolder

  @TaskLocal static var current: FigureFiveRun?
}

/// Runs Figure 5 once, before the first test of a suite.
struct FigureFiveTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let scratch = try Scratch()
    let ending = try await Vpebench.run(
      ["run", "experiments/figure-5.json5", "--quick", "--output", scratch.path]
        + ["--set", #"systems=["null","esp-single","vpe"]"#] + Vpebench.short(windows: 3, launches: 3))
    let run = FigureFiveRun(ending: ending, folder: try .only(of: "figure-5", in: scratch.path))
    try await FigureFiveRun.$current.withValue(run, operation: function)
    withExtendedLifetime(scratch) {}
  }
}

extension Trait where Self == FigureFiveTrait {
  /// Runs Figure 5 for the suite.
  static var figureFive: Self { Self() }
}
