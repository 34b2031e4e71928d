import Foundation
import Results
import TestRuns
import Testing

@Suite struct JournalTests {
  static let records = [
    sample(
      axes: ["flows": "64"], metrics: ["goodput_gbps": 0.1], counts: ["frames_sent": .max], valid: false,
      faults: ["A \"fault\"\nin two lines → 北."], stages: [stage(drops: ["replayed": 1])]),
    sample("esp-single", sample: 1, basis: .capacity, gaps: ["It is too fast."]), full,
  ]

  /// A record with the members that older records lack.
  private static let full = {
    var record = sample("vpe", sample: 2, metrics: ["goodput_gbps": 0.2])
    (record.launch, record.machineState, record.runID) = (3, "B", "0123456789abcdef")
    record.awaitsHost = true
    (record.bottleneck, record.quantiles) = ("seal", ["seal_cycles_per_packet": [10: 80.5]])
    return record
  }()

  @Test func aRecordOfBeforeThereWereGapsHasNone() throws {
    let folder = try TemporaryFolder()
    let path = folder("journal.jsonl")
    try Journal(path: path).append(sample())
    let older = try text(of: path).replacing("\"gaps\":[],", with: "")
    #expect(!older.contains("gaps"))
    try older.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try Journal.read(path).records == [sample()])
  }

  @Test func readsWhatWasAppended() throws {
    let folder = try TemporaryFolder()
    let path = folder("journal.jsonl")
    for record in Self.records {
      // The journal is opened anew each time, as by a run that is resumed.
      try Journal(path: path).append(record)
    }
    let contents = try Journal.read(path)
    #expect(contents.records == Self.records)
    #expect(!contents.isTorn)
  }

  /// A sample that is invalid for another reason stays, even if there are further records of the sample.
  @Test func onlyASampleThatWasLostWithAHostIsReplaced() throws {
    var lost = sample(sample: 1, valid: false, faults: ["It is away."])
    lost.awaitsHost = true
    let invalid = sample(sample: 2, valid: false, faults: ["It loses frames."])
    let other = sample("esp-single", sample: 1)
    let records = [sample(), lost, invalid, other, lost, sample(sample: 1), sample(sample: 2)]
    #expect(
      records.withoutRetaken == [sample(), invalid, other, sample(sample: 1), sample(sample: 2)])
    #expect(Array(records.prefix(5)).withoutRetaken == [sample(), invalid, other, lost])
  }

  /// Wherever the program ended, the complete lines before that byte are read, and appending continues after
  /// them.
  @Test func everyTruncationOfTwoLines() throws {
    let folder = try TemporaryFolder()
    let path = folder("journal.jsonl")
    let records = Self.records.prefix(2)
    for record in records { try Journal(path: path).append(record) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let firstLine = try #require(whole.firstIndex(of: UInt8(ascii: "\n"))) + 1
    for length in 0...whole.count {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      let complete = length == whole.count ? 2 : length >= firstLine ? 1 : 0
      let contents = try Journal.read(path)
      #expect(contents.records == Array(records.prefix(complete)), "\(length) bytes")
      #expect(contents.isTorn == ![0, firstLine, whole.count].contains(length), "\(length) bytes")

      try Journal(path: path).append(records[0])
      let resumed = try Journal.read(path)
      #expect(resumed.records == records.prefix(complete) + [records[0]], "\(length) bytes")
      #expect(!resumed.isTorn, "\(length) bytes")
    }
  }

  @Test func figuresThatAreNotFiniteDoNotCostTheRecord() throws {
    let folder = try TemporaryFolder()
    let path = folder("journal.jsonl")
    let metrics = ["goodput_gbps": -Double.infinity, "loss_ratio": .infinity]
    try Journal(path: path).append(sample(metrics: metrics))
    #expect(try Journal.read(path).records.first?.metrics == metrics)
  }

  @Test(arguments: [
    ("{\"sample\": 1}", "No value associated with key"), ("{", "not valid JSON"), ("", "not valid JSON"),
  ])
  func aCorruptLineIsNamed(line: String, reason: String) throws {
    let folder = try TemporaryFolder()
    let path = folder("journal.jsonl")
    try Journal(path: path).append(Self.records[0])
    let good = try text(of: path)
    try (good + line + "\n" + good).write(toFile: path, atomically: false, encoding: .utf8)
    let error = #expect(throws: ResultsError.self) { try Journal.read(path) }
    let description = try #require(error?.description)
    #expect(description.hasPrefix("\(path), line 2, is not a sample record ("))
    #expect(description.contains(reason))
    #expect(description.hasSuffix("remove that line to keep the others"))
  }

  @Test func aSecondWriterIsTurnedAway() throws {
    let folder = try TemporaryFolder()
    let path = folder("journal.jsonl")
    let first = try Journal(path: path)
    let error = #expect(throws: ResultsError.self) { try Journal(path: path) }
    #expect(error == .journalInUse(path: path))
    #expect(
      error?.description
        == "another vpebench is writing \(path); wait until it ends, or run without --resume")
    try first.append(Self.records[0])
    #expect(try Journal.read(path).records == [Self.records[0]])
  }

  @Test func aFullDiskIsNamed() throws {
    let journal = try Journal(path: "/dev/full")
    let error = #expect(throws: ResultsError.self) { try journal.append(Self.records[0]) }
    #expect(error == .file(.write, path: "/dev/full", code: ENOSPC))
    #expect(
      error?.description == "cannot write /dev/full: No space left on device; "
        + "free space or choose another folder with --output")
  }

  @Test func anAbsentJournalIsNamed() {
    let error = #expect(throws: ResultsError.self) { try Journal.read("/nonexistent/journal.jsonl") }
    #expect(
      error?.description
        == "cannot read /nonexistent/journal.jsonl: No such file or directory; check the path")
  }
}
