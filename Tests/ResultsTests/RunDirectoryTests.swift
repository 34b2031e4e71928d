import Foundation
import Results
import TestRuns
import Testing

@Suite struct RunDirectoryTests {
  /// 2026-11-20T13:18:24Z
  static let date = Date(timeIntervalSince1970: 1_795_180_704)

  @Test func runsOfOneSecondAreNumbered() throws {
    let folder = try TemporaryFolder()
    let runs = try (1...3).map { _ in
      try RunDirectory.create(in: folder("deep/results"), name: "figure-5", date: Self.date)
    }
    #expect(runs.map(\.runID) == ["20261120T131824Z", "20261120T131824Z-2", "20261120T131824Z-3"])
    #expect(runs.map(\.name) == ["figure-5", "figure-5", "figure-5"])
    #expect(runs[0].path == folder("deep/results/figure-5/20261120T131824Z"))
    #expect(runs[0].path(of: .samples) == runs[0].path + "/samples.csv")
  }

  @Test func latestFollowsTheRunThatWasPublished() throws {
    let folder = try TemporaryFolder()
    #expect(RunDirectory.latest(in: folder.path, name: "smoke") == nil)
    for _ in 0..<2 {
      let run = try RunDirectory.create(in: folder.path, name: "smoke", date: Self.date)
      try run.publishAsLatest()
      #expect(RunDirectory.latest(in: folder.path, name: "smoke") == run)
      // The link is relative, so that the results can be moved.
      let link = try FileManager.default.destinationOfSymbolicLink(atPath: folder("smoke/latest"))
      #expect(link == run.runID)
    }
  }

  @Test func theNewestRunIsTheLastOneMade() throws {
    let folder = try TemporaryFolder()
    #expect(RunDirectory.newest(in: folder.path, name: "smoke") == nil)
    for second in [0, 0, 0, 1] {
      let run = try RunDirectory.create(in: folder.path, name: "smoke", date: Self.date + Double(second))
      if second == 0 { try run.publishAsLatest() }
      #expect(RunDirectory.newest(in: folder.path, name: "smoke") == run)
    }
    try FileManager.default.createDirectory(atPath: folder("smoke/zoo"), withIntermediateDirectories: false)
    #expect(RunDirectory.newest(in: folder.path, name: "smoke")?.runID == "20261120T131825Z")
  }

  @Test func whatAWriterLeftBehindIsRemoved() throws {
    let folder = try TemporaryFolder()
    let run = try RunDirectory.create(in: folder.path, name: "smoke", date: Self.date)
    try run.write(Data("kept".utf8), to: .journal)
    for path in [run.path + "/.summary.csv.8F3A.tmp", folder("smoke/.latest.8F3A.tmp")] {
      try Data("half".utf8).write(to: URL(fileURLWithPath: path))
    }
    run.removeTemporaries()
    #expect(try FileManager.default.contentsOfDirectory(atPath: run.path) == ["journal.jsonl"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder("smoke")) == [run.runID])
  }

  @Test func aFileInPlaceOfTheOutputFolder() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Data(), to: folder("results"))
    let error = #expect(throws: ResultsError.self) {
      try RunDirectory.create(in: folder("results"), name: "smoke", date: Self.date)
    }
    #expect(error == .file(.create, path: folder("results/smoke"), code: ENOTDIR))
    #expect(
      error?.description == "cannot create \(folder("results/smoke")): Not a directory; "
        + "move away what has that name or choose another folder with --output")
  }

  @Test func tablesAreWrittenWhole() throws {
    let folder = try TemporaryFolder()
    let run = try RunDirectory.create(in: folder.path, name: "smoke", date: Self.date)
    let records = [sample(metrics: ["goodput_gbps": 1], stages: [stage()])]
    try run.writeTables(from: records, title: "Does it run?")
    let names = try FileManager.default.contentsOfDirectory(atPath: run.path).sorted()
    #expect(names == ["datapackage.json", "samples.csv", "stages.csv", "summary.csv"])
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: run.path(of: .summary)))
        == CSV.encode(Schemas.summary(records)))
  }
}
