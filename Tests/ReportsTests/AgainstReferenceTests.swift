import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// Verdicts are compared with those of another report.
@Suite struct AgainstReferenceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A run of Figure 5 in which VPE carries this many times what ESP does.
  private func run(
    _ name: String, _ ratio: Double, basis: Basis = .measured, _ change: (inout MadeRun) -> Void = { _ in }
  ) throws -> RunReading {
    var made = MadeRun()
    made.environment.cpu.name = "CPU of \(name)"
    made.records = (0..<12).flatMap { launch in
      [("vpe", 10 * ratio), ("esp-single", 10.0)].map { system, value in
        var made = record(
          system, sample: launch, basis: basis,
          [
            basis.throughputMetric: value * (1 + 0.001 * Double((launch + (system == "vpe" ? 1 : 0)) % 3)),
            "core_ghz": 3,
          ])
        made.launch = launch
        made.machineState = "A"
        return made
      }
    }
    change(&made)
    return try RunReading(path: made.write(to: folder(name)).path)
  }

  /// The claims of a report on `run`, as a file. Paths of runs are relative to the test's folder.
  private func claims(of run: RunReading, _ change: (String) -> String = { $0 }) throws -> ReferenceClaims {
    let suite = try suiteFolder()
    let paths = try Report([run], suite: suite, version: "1").write(to: folder("report"))
    let path = try #require(paths.first { $0.hasSuffix("/claims.csv") })
    // The table has no path of a made-up run, so the test adds it.
    let all = try text(of: path).replacing("results/\(run.name)/\(run.runID)", with: run.path)
    try change(all).write(toFile: path, atomically: false, encoding: .utf8)
    return try ReferenceClaims(path: path, suite: SuiteFolder(path: "/"))
  }

  private func report(_ run: RunReading, _ reference: ReferenceClaims) throws -> Report {
    try Report([run], suite: suiteFolder(), version: "1", reference: reference)
  }

  @Test func whatDiffersIsListedWithBothValuesAndWhatMayBeWhy() throws {
    let reference = try claims(
      of: try run("there", 1.2) {
        $0.environment.cpu.flags = ["aes", "vaes"]
        $0.environment.software.intelIpsecMb = "1.3.0"
        $0.environment.commandLine.append("--quick")
      })
    let here = try run("here", 0.8) {
      $0.environment.cpu.flags = ["aes", "sha"]
      $0.environment.software.intelIpsecMb = "2.0.0"
      for index in $0.records.indices { $0.records[index].metrics["core_ghz"] = 2 }
    }
    let report = try report(here, reference)
    let lines = report.againstReference.joined(separator: "\n")
    for words in [
      "that both have judged by a run, 1 has another verdict than in the reference, which is of CPU of there",
      "figure-5: With one thread a direction, VPE carries more than ESP (64-byte frames).",
      "reference: reproduced: 1.2", "here: not reproduced: 0.8", " (measured)",
      "cpu.name: reference CPU of there, here CPU of here (figure-5)",
      "cpu.flags: only in the reference vaes, only here sha", "profile: reference quick, here full",
      "software.intel_ipsec_mb: reference 1.3.0, here 2.0.0",
      "most frequent state of the machine: reference 3.000 GHz, here 2.000 GHz",
    ] { #expect(lines.contains(words), "\(words): \(lines)") }
    let page = report.markdown()
    #expect(page.contains("\n## Against the reference\n") && page.contains("| reproduced: 1.2"))
    #expect(page.contains("- software.intel_ipsec_mb: reference 1.3.0, here 2.0.0 (figure-5)"))
  }

  @Test func aBasisThatDiffersIsTold() throws {
    let reference = try claims(of: try run("there", 1.2))
    let lines = try report(try run("here", 1.2, basis: .capacity), reference).againstReference
    #expect(lines.contains { $0.contains("basis: reference measured, here capacity") })
    #expect(lines.contains { $0.contains("here: not resolved: 1.2") })
  }

  @Test func sameVerdictsAreSaidInASentence() throws {
    let reference = try claims(of: try run("there", 1.2)) { $0.replacing("\(Rules.version)\n", with: "1\n") }
    let lines = try report(try run("here", 1.3), reference).againstReference
    #expect(lines.count == 1 && lines[0].contains("that both have judged by a run, none has another verdict"))
    #expect(lines[0].contains("judged by rules of version 1, this by those of \(Rules.version)."))
  }

  /// A reference whose runs are missing still has verdicts.
  @Test func withoutItsRunsVerdictsAreCompared() throws {
    let reference = try claims(of: try run("there", 1.2)) {
      $0.replacing(/[^,]*\/figure-5\/[^,]*/, with: "gone")
    }
    let lines = try report(try run("here", 0.8), reference).againstReference
    #expect(lines.contains { $0.contains("the reference's run is not at hand") })
  }

  /// The reference's own report is not compared with anything; nor is a report without a reference.
  @Test func theSameRunIsNotComparedWithItself() throws {
    let run = try run("there", 1.2)
    let report = try report(run, try claims(of: run))
    #expect(report.againstReference.isEmpty && !report.markdown().contains("Against the reference"))
    #expect(try Report([run], suite: suiteFolder(), version: "1").againstReference.isEmpty)
    // A report on other experiments is not compared either.
    let other = try PlotTests.run(.seven).reading()
    let lines = try self.report(other, try claims(of: run)).againstReference
    #expect(lines.count == 1 && lines[0].hasPrefix("Of 0 claims that both have judged"))
  }

  @Test func anotherTableIsRefused() throws {
    let path = folder("claims.csv")
    try "claim,verdict\na,b\n".write(toFile: path, atomically: false, encoding: .utf8)
    #expect(
      sentence { try ReferenceClaims(path: path, suite: suiteFolder()) }.contains(
        "there is no column \"machine\""))
    #expect(sentence { try ReferenceClaims(path: folder("none.csv"), suite: suiteFolder()) } != "")
    #expect(try ReferenceClaims.ofTheRepository(SuiteFolder(path: folder.path)) == nil)
  }
}
