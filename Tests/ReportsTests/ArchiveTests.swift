import Foundation
import Reports
import Results
import TestRuns
import TestSupport
import Testing

@Suite struct ArchiveTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Two runs on disk, built from a commit or not.
  private func runs(isDirty: Bool = false) throws -> [RunReading] {
    try [PlotTests.run(.five), PlotTests.run(.seven)].map { made in
      var made = made
      made.environment.software.gitDirty = isDirty
      let run = try made.write(to: folder("results-\(isDirty)"))
      try run.write(Data("{}\n".utf8), to: .journal)
      return try RunReading(path: run.path)
    }
  }

  private func pack(_ runs: [RunReading], _ name: String = "a.tar.gz", allowsDirty: Bool = false) throws
    -> String
  {
    let path = folder(name)
    _ = try ArchiveWriter(runs, suite: try suiteFolder(), version: "1.2.3", allowsDirty: allowsDirty)
      .write(to: path)
    return path
  }

  /// Unpacks, changes, and packs again.
  private func changed(_ path: String, _ change: (String) throws -> Void) throws -> String {
    let place = folder("changed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try tar(["--extract", "--gzip", "--file", path], in: place)
    try change(place + "/vpebench-archive")
    try tar(["--create", "--gzip", "--file", place + "/b.tar.gz", "vpebench-archive"], in: place)
    return place + "/b.tar.gz"
  }

  private func tar(_ words: [String], in place: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar"] + words
    process.currentDirectoryURL = URL(fileURLWithPath: place)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  @Test func theReportIsRebuiltByteForByte() throws {
    let archive = try Archive(path: try pack(try runs()))
    #expect(archive.runs.map(\.name) == ["figure-5", "figure-7"] && archive.version == "1.2.3")
    let suite = try suiteFolder()
    let (_, paths, difference) = try archive.rebuild(to: folder("again"), suite: suite, version: "1.2.3")
    #expect(difference == nil)
    #expect(paths.count == archive.report.count && paths.count > 5)
    for path in paths {
      let name = URL(fileURLWithPath: path).lastPathComponent
      #expect(FileManager.default.contents(atPath: path) == archive.report[name], "\(name)")
    }
    // Another program's report says so.
    let other = try archive.rebuild(to: folder("other"), suite: suite, version: "1.2.4")
    #expect(other.difference?.hasPrefix("2 files of the report (report.html, report.md) differ") == true)
  }

  @Test func theSameRunsMakeTheSameBytes() throws {
    let runs = try runs()
    let data = try [pack(runs, "a.tar.gz"), pack(runs, "b.tar.gz")].map {
      try Data(contentsOf: URL(fileURLWithPath: $0))
    }
    #expect(data[0] == data[1])
  }

  @Test func whatWasChangedIsTold() throws {
    let path = try pack(try runs())
    func said(_ change: (String) throws -> Void) throws -> String {
      let other = try changed(path, change)
      return sentence { try Archive(path: other) }
    }
    let samples = try #require(try Archive(path: path).runs.first).runID
    let file = "results/figure-5/\(samples)/samples.csv"
    let altered = try said { base in
      let text = try String(contentsOfFile: "\(base)/\(file)", encoding: .utf8)
      try text.replacing("10.", with: "11.", maxReplacements: 1)
        .write(toFile: "\(base)/\(file)", atomically: false, encoding: .utf8)
    }
    #expect(altered.contains(": \(file) in it was changed after it was packed: its SHA-256 is "))
    #expect(
      try said { try FileManager.default.removeItem(atPath: "\($0)/claims.csv") }.contains(
        "claims.csv, which"))
    #expect(
      try said { try "x".write(toFile: "\($0)/x.txt", atomically: false, encoding: .utf8) }
        .contains("x.txt in it is not listed"))
    let foreign = folder("foreign.tar.gz")
    try Data("no archive".utf8).write(to: URL(fileURLWithPath: foreign))
    #expect(sentence { try Archive(path: foreign) }.contains("this is no archive of vpebench"))
  }

  @Test func whatNoCommitHoldsIsRefused() throws {
    let dirty = try runs(isDirty: true)
    let said = sentence { try pack(dirty) }
    #expect(
      said.contains("was built from source that differs from commit 0123456789ab")
        && said.contains("--allow-dirty"))
    #expect(!FileManager.default.fileExists(atPath: folder("a.tar.gz")))
    let place = try unpacked(try pack(dirty, allowsDirty: true))
    #expect(try text(of: place + "/datapackage.json").contains("\"uncommitted\" : ["))
    let unknown = RunReading(name: "figure-5", samples: dirty[0].samples)
    #expect(sentence { try pack([unknown]) }.contains("any commit"))
  }

  private func unpacked(_ path: String) throws -> String {
    let place = folder("unpacked-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try tar(["--extract", "--gzip", "--file", path], in: place)
    return place + "/vpebench-archive"
  }

  @Test func frictionlessAcceptsTheArchive() throws {
    let base = try unpacked(try pack(try runs()))
    let (status, output) = try Oracle.frictionless(validate: base + "/datapackage.json")
    #expect(status == 0, "\(output)")
    let package = try text(of: base + "/datapackage.json")
    for word in [
      "\"title\" : \"The vpebench authors\"", "\"name\" : \"BSD-3-Clause\"", "\"path\" : \"LICENSE\"",
      "\"created\" : \"2026-11-20T13:18:24Z\"", "\"primaryKey\"", "\"foreignKeys\"",
    ] { #expect(package.contains(word), "\(word)") }
    // A file of every kind is in it, the journals among them.
    for name in ["claims.csv", "README.md", "LICENSE", "CITATION.cff", "report/report.md"] {
      #expect(package.contains("\"path\" : \"\(name)\""), "\(name)")
    }
    #expect(package.contains("/journal.jsonl\""))

    // Both checks can fail.
    let run = try #require(
      FileManager.default.contentsOfDirectory(atPath: base + "/results/figure-5").first)
    let samples = "\(base)/results/figure-5/\(run)/samples.csv"
    let lines = try text(of: samples).split(separator: "\n")
    try (lines + [lines[1]]).map { $0 + "\n" }.joined()
      .write(toFile: samples, atomically: false, encoding: .utf8)
    let (failed, complaint) = try Oracle.frictionless(validate: base + "/datapackage.json")
    #expect(failed == 1 && complaint.contains("primary-key") && complaint.contains("hash-count"))
  }

  @Test func claimsHaveFigureCommandAndValue() throws {
    let base = try unpacked(try pack(try runs()))
    let (header, rows) = try CSV.parse(
      Data(contentsOf: URL(fileURLWithPath: base + "/claims.csv")), source: "")
    let table = rows.map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    let claim = try #require(table.first { $0["claim"] == "5-vpe-esp-single-64" })
    #expect(claim["drawing"] == "figure-5.svg" && claim["run"]?.hasPrefix("results/figure-5/") == true)
    #expect(claim["command"] == "vpebench run experiments/figure-5.json5" && claim["basis"] == "capacity")
    let without = try #require(table.first { $0["claim"] == "6-peaks" })
    #expect(
      without["command"] == "vpebench run experiments/figure-6.json5" && without["verdict"] == "not run")
  }
}
