import Foundation
import Reports
import Results
import TestRuns
import Testing

@Suite struct ReadingTests {
  static let records =
    throughputs("vpe", [2, 4, 6]) + throughputs("esp-single", [1, 2, 3])
    + [
      record(
        "baseline", sample: 0, axes: ["flows": "64"], ["capacity_gbps": 9], valid: false,
        gaps: ["It is slow."])
    ]

  /// The result of reading a run after one of its files was changed.
  private func told(
    _ file: RunDirectory.File = .samples, _ change: (String) -> String
  ) throws -> String {
    let folder = try TemporaryFolder()
    let run = try MadeRun(records: Self.records).write(to: folder.path)
    try run.write(Data(change(try text(of: run.path(of: file))).utf8), to: file)
    let message = sentence { try RunReading(path: run.path) }
    // Every error is one sentence that names the file.
    if !message.isEmpty { #expect(message.hasPrefix(run.path) && !message.contains("\n")) }
    return message
  }

  @Test func aRunReadsBack() throws {
    let run = try MadeRun(records: Self.records).reading()
    #expect(run.name == "figure-5")
    #expect(run.question == "Why?")
    #expect(run.samples == Self.records)
    #expect(run.environment == MadeRun().environment)
    #expect(
      run.cases.map(\.coordinates.name) == [
        "vpe-64B-2t-0h", "esp-single-64B-2t-0h", "baseline-64B-2t-0h-flows64",
      ])
    let vpe = try #require(run.figures.first)
    #expect(vpe.mean == 4 && vpe.median == 4 && vpe.minimum == 2 && vpe.maximum == 6 && vpe.samples == 3)
    #expect(vpe.percentiles == [5: 2.2, 25: 3, 75: 5, 95: 5.8])
    #expect(vpe.coordinates == Self.records[0].coordinates && vpe.basis == .capacity && vpe.isValid)
    let null = try #require(run.figures.last)
    #expect(null.mean == nil && null.margin == nil && null.samples == 0 && !null.isValid)
    #expect(run.samples(of: vpe.caseKey).map { $0.metrics["capacity_gbps"] } == [2, 4, 6])
    #expect(run.samples(of: CaseKey(coordinates: vpe.coordinates, basis: .measured)).isEmpty)
  }

  /// A gap is named instead of the case's figures, and there is a warning.
  @Test func aGapReadsBack() throws {
    let gapped = (0..<2).map { record("vpe", sample: $0, ["capacity_gbps": 9], gaps: ["It is too fast."]) }
    let run = try MadeRun(records: gapped + throughputs("esp-single", [1, 2])).reading()
    #expect(run.samples.map(\.gaps) == [["It is too fast."], ["It is too fast."], [], []])
    #expect(run.gaps.map(\.coordinates.name) == ["vpe-64B-2t-0h"])
    let vpe = try #require(run.figures.first)
    #expect(vpe.isValid && vpe.mean == nil && vpe.samples == 0 && vpe.gap == "It is too fast.")
    #expect(run.samples(of: vpe.caseKey).isEmpty)
    let warnings = WarningSearch.warnings(of: run)
    #expect(warnings.filter { $0.kind == "gaps" } == [.gap(case: "vpe-64B-2t-0h", reason: "It is too fast.")])
    #expect(!warnings.contains { $0.description.contains("vpe") && $0.kind == "few samples" })
  }

  /// If one sample of a case has a gap, the other samples show the case.
  @Test func aGapOfOneSampleHidesNoCase() throws {
    let gapped = record("vpe", sample: 2, ["capacity_gbps": 9], gaps: ["The state changed."])
    let run = try MadeRun(records: throughputs("vpe", [2, 4]) + [gapped]).reading()
    #expect(run.gaps.isEmpty && run.figures.first?.gap == "The state changed.")
    #expect(WarningSearch.warnings(of: run).allSatisfy { $0.kind != "gaps" })
  }

  /// The summary is only for others: a changed summary does not affect how a run is read.
  @Test func noSummaryIsRead() throws {
    let folder = try TemporaryFolder()
    let run = try MadeRun(records: Self.records).write(to: folder.path)
    let before = try RunReading(path: run.path)
    for file in [RunDirectory.File.summary, .ratios, .stages] {
      try FileManager.default.removeItem(atPath: run.path(of: file))
    }
    #expect(try RunReading(path: run.path).figures == before.figures)
  }

  @Test func theSameCaseRunAndModelledIsTwoFigures() throws {
    let run = try MadeRun(records: throughputs("vpe", [2, 4]) + throughputs("vpe", basis: .model, [3, 5]))
      .reading()
    #expect(run.figures.map(\.basis) == [.capacity, .model])
    #expect(run.figures.map(\.mean) == [3, 4])
  }

  @Test func reorderedColumnsReadAsTheSameTable() throws {
    let folder = try TemporaryFolder()
    let run = try MadeRun(records: Self.records).write(to: folder.path)
    let before = try RunReading(path: run.path)
    for file in [RunDirectory.File.summary, .samples] {
      let (header, rows) = try CSV.parse(
        Data(contentsOf: URL(fileURLWithPath: run.path(of: file))), source: "")
      let lines = ([header] + rows).map { $0.reversed().joined(separator: ",") + "\n" }
      try run.write(Data(lines.joined().utf8), to: file)
    }
    let after = try RunReading(path: run.path)
    #expect(after.figures == before.figures && after.samples == before.samples)
  }

  /// Old tables and journals, in which capacity was also called goodput.
  @Test func formerNamesOfCapacityRead() throws {
    let folder = try TemporaryFolder()
    var records = Self.records
    for index in records.indices { records[index].metrics["mean_capacity_gbps"] = 1.5 }
    let run = try MadeRun(records: records).write(to: folder.path)
    for file in [RunDirectory.File.summary, .samples] {
      let former = try text(of: run.path(of: file)).replacing("capacity_gbps", with: "goodput_gbps")
      try run.write(Data(former.utf8), to: file)
    }
    let (read, plain) = try (RunReading(path: run.path), MadeRun(records: records).reading())
    #expect(read.samples == records && read.figures == plain.figures)
    #expect(Set(read.figures.map(\.metric)) == ["capacity_gbps", "mean_capacity_gbps"])
    var former = records[0]
    former.metrics = ["goodput_gbps": 2, "mean_goodput_gbps": 1.5]
    let journal = try Journal(path: folder("journal.jsonl"))
    try journal.append(former)
    #expect(try Journal.read(journal.path).records == [records[0]])
  }

  /// The committed runs: no capacity is read as goodput, whatever the tables call it.
  @Test func theReferenceRunsRead() throws {
    let reference = try suiteFolder().path + "/results/reference"
    let names = try FileManager.default.contentsOfDirectory(atPath: reference).filter {
      FileManager.default.fileExists(atPath: "\(reference)/\($0)/latest")
    }
    #expect(names.count > 8)
    for name in names {
      let run = try RunReading(path: "\(reference)/\(name)/latest")
      #expect(run.figures.allSatisfy { $0.basis == .measured || !$0.metric.contains("goodput") }, "\(name)")
    }
  }

  @Test func anEmptyFileIsTold() throws {
    #expect(
      try told { _ in "" }.hasSuffix("line 1: the file is empty; write it again, at least with a header"))
    #expect(try told { String($0.prefix { $0 != "\n" }) + "\n" }.contains("a header but no row"))
  }

  @Test func aFileCutOffIsTold() throws {
    // Within a row, within its last cell, and between two rows.
    #expect(try told { String($0.dropLast(20)) }.contains("cells where the header has"))
    #expect(try told { String($0.dropLast(2)) }.contains("the file was cut off"))
    #expect(try told { String($0.dropLast(1)) }.contains("the file was cut off"))
  }

  @Test func aForeignFileIsTold() throws {
    #expect(try told { _ in "time,value\n1,2\n" }.contains("so this is no samples table of a vpebench run"))
    #expect(try told { _ in "case,system\nx,y\n" }.contains("so this is no samples table"))
  }

  @Test(arguments: [
    ("capacity", "guess", "\"guess\" in the column \"basis\" is not one of measured, capacity, model"),
    (",64,", ",many,", "\"many\" in the column \"frame_bytes\" is not a whole number"),
    (",4.0,", ",-4.0,", "\"-4.0\" in the column \"capacity_gbps\" is not a figure of a run, from 0 to"),
    (",4.0,", ",1e308,", "\"1e308\" in the column \"capacity_gbps\" is not a figure of a run, from 0 to"),
    (",4.0,", ",nan,", "\"nan\" in the column \"capacity_gbps\" is not a number"),
    (",true", ",perhaps", "\"perhaps\" in the column \"valid\" is not true or false"),
    ("esp-single", "vpe", "there is a second row of sample 0 of vpe-64B-2t-0h"),
  ])
  func aWrongCellIsTold(old: String, new: String, message: String) throws {
    #expect(try told { $0.replacingOccurrences(of: old, with: new) }.contains(message))
  }

  /// Files of a newer vpebench, files of two runs, and files that are not of a run.
  @Test func whatBelongsToNoRunIsTold() throws {
    let folder = try TemporaryFolder()
    var made = MadeRun(records: Self.records)
    made.environment.environmentVersion += 1
    let newer = try made.write(to: folder("newer"))
    // Whatever else the file contains.
    try newer.write(Data("a,b\n1,2\n".utf8), to: .samples)
    let version = Environment.currentVersion
    #expect(
      sentence { try RunReading(path: newer.path) }.contains(
        "environment.json has version \(version + 1), and this vpebench knows none beyond \(version)"))
    try newer.write(Data("{\"environment_version\": 99}".utf8), to: .environment)
    #expect(sentence { try RunReading(path: newer.path) }.contains("has version 99"))

    let own = try MadeRun(records: Self.records).write(to: folder("own"))
    let other = try MadeRun(name: "figure-6", records: Self.records).write(to: folder("other"))
    try own.write(Data(contentsOf: URL(fileURLWithPath: other.path(of: .descriptor))), to: .descriptor)
    #expect(
      sentence { try RunReading(path: own.path) }.contains(
        "descriptor.json5 is of figure-6 and datapackage.json of figure-5, so that files of two runs are"))

    #expect(sentence { try RunReading(path: other.path(of: .samples)) }.contains("this is a file; name"))
    // A sparse file of 8 TiB.
    truncate(other.path(of: .samples), 1 << 43)
    #expect(sentence { try RunReading(path: other.path) }.contains("File too large"))
  }

  /// A table that was cut off at a line's end, and a run that ended early, have fewer samples than demanded.
  @Test func samplesThatAreMissingAreCounted() throws {
    let folder = try TemporaryFolder()
    let made = MadeRun(
      records: throughputs("vpe", [2, 4, 6]) + throughputs("esp-single", [1, 2, 3])
        + throughputs("esp-single", basis: .model, [1]), descriptor: "measure: {windows: 3, repetitions: 9}")
    let run = try made.write(to: folder.path)
    #expect(try RunReading(path: run.path).fileWarnings.isEmpty)
    let lines = try text(of: run.path(of: .samples)).split(separator: "\n", omittingEmptySubsequences: false)
    try (lines.prefix(5).joined(separator: "\n") + "\n").write(
      toFile: run.path(of: .samples), atomically: false, encoding: .utf8)
    let cut = try RunReading(path: run.path)
    #expect(cut.fileWarnings == [.incomplete(missing: 2, of: 6)])
    let said = "2 of 6 samples are missing that the descriptor asks for: the run ended before its time, or"
    #expect(WarningSearch.warnings(of: cut).contains { "\($0)".hasPrefix(said) && $0.kind == "incomplete" })
    let whole = try made.write(to: folder("whole"))
    let warnings = try RunComparison(RunReading(path: whole.path), cut).stateWarnings
    #expect(warnings.first?.hasPrefix("the second run: \(said)") == true, "\(warnings)")
  }

  /// The recorded hashes show which files were changed, or came from another run.
  @Test func filesThatAreNotTheRunsAreTold() throws {
    let folder = try TemporaryFolder()
    let made = MadeRun(records: Self.records)
    let run = try made.write(to: folder.path)
    try run.write(Data("{}".utf8), to: .calibration)
    try run.writeTables(from: made.records, title: "Why?")
    try run.noteHashes()
    #expect(try RunReading(path: run.path).fileWarnings.isEmpty)

    var other = made
    other.environment.seed = 2
    try run.write(try other.environment.json(), to: .environment)
    try run.write(Data("[]".utf8), to: .calibration)
    try run.write(Data("# of another run\n".utf8), to: .placements)
    let reading = try RunReading(path: run.path)
    let altered = ["placements.csv", "calibration.json", "environment.json"]
    #expect(reading.fileWarnings == [.altered(files: altered)])
    let said = "placements.csv, calibration.json, environment.json are not as the run left them"
    #expect(WarningSearch.warnings(of: reading).contains { "\($0)".hasPrefix(said) })

    // An old run recorded no hashes, so nothing is reported.
    let before = try made.write(to: folder("before"))
    try before.write(try other.environment.json(), to: .environment)
    #expect(try RunReading(path: before.path).fileWarnings.isEmpty)
  }

  /// A pipe, as of `--reference <(zcat claims.csv.gz)`: reading must wait for all data.
  @Test func aPipeIsReadToItsEnd() throws {
    let folder = try TemporaryFolder()
    let path = folder("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    let written = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    // A thread of its own, because one of the test's pool must not wait for another.
    Thread.detachNewThread {
      guard let file = FileHandle(forWritingAtPath: path) else { return }
      for start in stride(from: 0, to: written.count, by: 70_000) {
        try? file.write(contentsOf: written[start..<min(start + 70_000, written.count)])
        usleep(1000)
      }
      try? file.close()
    }
    #expect(try FileSystem.read(path) == written)
  }

  @Test func whatIsNoRunIsTold() throws {
    let folder = try TemporaryFolder()
    #expect(
      sentence { try RunReading(path: folder("none")) }.hasSuffix(
        "there is no such folder; name the folder of a run, such as results/figure-5/latest"))
    #expect(sentence { try RunReading(path: folder.path) }.contains("there is no samples.csv in this folder"))
    let run = try MadeRun(records: Self.records).write(to: folder.path)
    try run.publishAsLatest()
    #expect(sentence { try RunReading(path: folder("figure-5")) }.contains("holds runs and is none itself"))
    #expect(try RunReading(path: folder("figure-5/latest")).runID == run.runID)
    try run.write(Data("{".utf8), to: .environment)
    #expect(sentence { try RunReading(path: run.path) }.contains("environment.json cannot be understood"))
    try run.write(Data("{}".utf8), to: .environment)
    #expect(sentence { try RunReading(path: run.path) }.contains("(there is no "))
  }
}
