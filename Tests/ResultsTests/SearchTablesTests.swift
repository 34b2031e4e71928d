import Foundation
import Results
import TestRuns
import Testing

/// Rate searches in journal and tables.
@Suite struct SearchTablesTests {
  private static func trial(_ use: SearchRecord.Use, received: UInt64 = 90) -> SearchRecord.Trial {
    SearchRecord.Trial(
      loadMpps: 2, seconds: 0.5, durationSeconds: 0.75, sent: 100, unsent: 3, received: received,
      lost: 100 - received, duplicated: 1, reordered: 2, awaySeconds: 0.01, isDisturbed: use == .repeated,
      use: use)
  }

  private static var searched: SampleRecord {
    var record = sample(metrics: ["ndr_mpps": 2, "ndr_upper_mpps": 2.5])
    record.search = SearchRecord(
      goals: [
        .init(name: "ndr", lossRatio: 0, lowerMpps: 2, upperMpps: 2.5, throughputMpps: 1.9, end: "found"),
        .init(
          name: "pdr", lossRatio: 0.005, lowerMpps: 3, upperMpps: nil, throughputMpps: 3, end: "max-load"),
      ], trials: [trial(.warmUp), trial(.repeated), trial(.counted, received: 100)], seconds: 12)
    return record
  }

  /// `--resume` continues from the journal.
  @Test func theJournalKeepsEveryTrial() throws {
    let folder = try TemporaryFolder()
    let journal = try Journal(path: folder("journal.jsonl"))
    try journal.append(Self.searched)
    try journal.append(sample(sample: 1))
    let lines = try text(of: folder("journal.jsonl")).split(separator: "\n")
    #expect(!lines[1].contains("search"))
    #expect(try Journal.read(folder("journal.jsonl")).records == [Self.searched, sample(sample: 1)])
  }

  @Test func aRowEachGoalAndEachTrial() throws {
    let folder = try TemporaryFolder()
    let run = RunDirectory(existing: folder.path)
    try run.writeTables(from: [Self.searched, sample("esp-single")], title: "Which rate?")
    func rows(_ file: RunDirectory.File) throws -> [[String: String]] {
      let lines = try CSV.parse(Data(contentsOf: URL(fileURLWithPath: run.path(of: file))), source: "table")
      return lines.rows.map { Dictionary(uniqueKeysWithValues: zip(lines.header, $0)) }
    }
    let searches = try rows(.searches)
    #expect(searches.map { $0["goal"] } == ["ndr", "pdr"])
    #expect(searches[0]["lower_mpps"] == "2.0" && searches[0]["upper_mpps"] == "2.5")
    #expect(searches[0]["throughput_mpps"] == "1.9" && searches[0]["state"] == "found")
    #expect(searches[1]["upper_mpps"] == "" && searches[1]["state"] == "max-load")
    #expect(searches[1]["trials"] == "3" && searches[1]["trials_repeated"] == "1")
    #expect(searches[1]["duration_seconds"] == "12.0" && searches[1]["loss_ratio"] == "0.005")
    let trials = try rows(.trials)
    #expect(trials.map { $0["use"] } == ["warm-up", "repeated", "counted"])
    #expect(trials.map { $0["trial"] } == ["0", "1", "2"] && trials.map { $0["lost"] } == ["10", "10", "0"])
    #expect(trials[0]["load_mpps"] == "2.0" && trials[0]["unsent"] == "3" && trials[0]["duplicated"] == "1")
    #expect(trials[1]["disturbed"] == "true" && trials[1]["reordered"] == "2")
    #expect(try text(of: run.path(of: .dataPackage)).contains("trials.csv"))
  }

  /// Without probes there are no columns for them.
  @Test func probesHaveColumns() throws {
    let folder = try TemporaryFolder()
    let run = RunDirectory(existing: folder.path)
    var record = Self.searched
    try run.writeTables(from: [record], title: "Which rate?")
    #expect(try !text(of: run.path(of: .trials)).contains("probes"))
    record.search?.trials[2].probes = .init(sent: 7, received: 5)
    try run.writeTables(from: [record], title: "Which rate?")
    let lines = try CSV.parse(Data(contentsOf: URL(fileURLWithPath: run.path(of: .trials))), source: "table")
    for (column, values) in [("probes_sent", ["", "", "7"]), ("probes_received", ["", "", "5"])] {
      let index = try #require(lines.header.firstIndex(of: column))
      #expect(lines.rows.map { $0[index] } == values)
    }
    let journal = try Journal(path: folder("journal.jsonl"))
    try journal.append(record)
    #expect(try Journal.read(folder("journal.jsonl")).records == [record])
  }

  @Test func aRunWithoutSearchesHasNoSuchTables() throws {
    let folder = try TemporaryFolder()
    try RunDirectory(existing: folder.path).writeTables(from: [sample()], title: "Which rate?")
    let names = try folder.names
    #expect(names.contains("samples.csv"))
    #expect(names.filter { $0.hasPrefix("searches") || $0.hasPrefix("trials") } == [])
  }
}
