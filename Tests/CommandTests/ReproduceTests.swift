import Foundation
import Testing

extension CommandTests {
  /// A reproduction of small experiments: its output on a terminal, and its files.
  @Suite struct ReproduceTests {
    private let scratch: Scratch

    init() throws {
      scratch = try Scratch()
      try Tiny.suite(in: scratch)
    }

    /// One experiment of each kind of measurement, in order; the others are like one of them.
    private static let experiments = [
      "figure-5", "baseline", "figure-6", "figure-7", "rates", "latency", "jumbo", "fragments", "fill",
      "multipath",
    ].flatMap { name in Tiny.experiments.filter { $0.0 == name } }

    @Test func allExperimentsAreForetoldInTheirOrder() async throws {
      let ending = try await Vpebench.start(["reproduce", "--dry-run"], folder: scratch.path).ending()
      #expect(ending.status == 0, "\(ending.errors)")
      let rows = ending.output.matches(of: /(?m)^(\S+) +\d+ +(\d+)\s/).map { "\($0.1) \($0.2)" }
      #expect(rows == Tiny.experiments.map { "\($0.0) \($0.1)" })
    }

    @Test func oneDisplayTellsHowFarAllIs() async throws {
      // The command has a terminal of its own, whatever the tests run on.
      let script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
      let words = [
        try Oracles.python, "-c", script, try Vpebench.binary, "reproduce", "--output", "out", "--only",
        Self.experiments.map(\.0).joined(separator: ","),
      ]
      let ending = try await Program(words, folder: scratch.path).ending()
      try KillTests.expectEnd(
        ending, of: Self.experiments.map { try .only(of: $0.0, in: scratch.path("out")) })

      let state = /\[(\d+)\/\d+\] (\d+)\/(\d+)  \S+  (\d+) % of all, about .+? left/
      let shown = ending.output.matches(of: state)
      #expect(shown.count == Self.experiments.reduce(0) { $0 + $1.1 }, "one state for each sample")
      #expect(
        shown.compactMap { Int($0.1) }
          == Self.experiments.enumerated().flatMap { index, experiment in
            Array(repeating: index + 1, count: experiment.1)
          })
      let shares = shown.compactMap { Int($0.4) }
      #expect(shares == shares.sorted() && shares.last == 100, "\(shares)")
      // Each state replaces the previous one; the line is cleared before anything else is printed.
      #expect(ending.output.matches(of: /\r\u{1B}\[K\[/).count == shown.count)
      for (index, experiment) in Self.experiments.enumerated() {
        let prefix = "[\(index + 1)/\(Self.experiments.count)]"
        #expect(ending.output.contains("\(prefix) \(experiment.0): Is \(experiment.0) small?"))
      }
      let last = ending.output.split(whereSeparator: \.isNewline).last
      #expect(last?.contains("report: out/report/report.html") == true, "\(last ?? "")")
      try await expectComplete()
    }

    /// Expects of each run a valid data package, and that its figure can be drawn from its tables alone.
    private func expectComplete() async throws {
      let runs = try Self.experiments.map { try RunFolder.only(of: $0.0, in: scratch.path("out")) }
      let verdict = try await Oracles.frictionless(runs.map(\.path))
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
      let drawn = try FileManager.default.contentsOfDirectory(atPath: scratch.path("out/report"))
      // Every experiment with a value is drawn; the machine may have shown none of a single gateway.
      let alone = ["baseline", "rates", "latency"]
      let figures = Self.experiments.map(\.0).filter { !alone.contains($0) }
      #expect(
        Set(drawn).subtracting(alone.map { $0 + ".svg" })
          == Set(
            figures.map { $0 + ".svg" } + Self.experiments.map { $0.0 + ".md" }
              + ["report.html", "report.md", "rules.md", "environment.md", "claims.csv"]))

      for (run, experiment) in zip(runs, Self.experiments) where figures.contains(experiment.0) {
        for name in try FileManager.default.contentsOfDirectory(atPath: run.path)
        where !name.hasSuffix(".csv") && name != "datapackage.json" {
          try FileManager.default.removeItem(atPath: "\(run.path)/\(name)")
        }
      }
      // Drawing measures nothing, so all figures are drawn concurrently.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (run, experiment) in zip(runs, Self.experiments) where figures.contains(experiment.0) {
          group.addTask { try await expectSameFigure(of: experiment.0, from: run.path) }
        }
        try await group.waitForAll()
      }
    }

    private func expectSameFigure(of experiment: String, from run: String) async throws {
      let again = try await Vpebench.run(["plot", run, "--output", scratch.path("again")])
      #expect(again.status == 0, "\(experiment): \(again.errors)")
      let file = "\(experiment).svg"
      #expect(
        FileManager.default.contentsEqual(
          atPath: scratch.path("again/\(file)"), andPath: scratch.path("out/report/\(file)")), "\(file)")
    }
  }
}
