import Foundation
import Results
import Testing

@Suite struct ReadingTests {
  static let records =
    goodputs("vpe", [2, 4, 6]) + goodputs("esp-single", [1, 2, 3])
    + [
      record(
        "null", sample: 0, axes: ["flows": "64"], ["goodput_gbps": 9], valid: false, gaps: ["It is slow."])
    ]

  /// What comes of a run one of whose files was changed.
  private func told(
    _ file: RunDirectory.File = .summary, _ change: (String) -> String
  ) throws -> String {
    let folder = try TemporaryFolder()
    let run = try MadeRun(records: Self.records).write(to: folder.path)
    try run.write(Data(change(try text(of: run.path(of: file))).utf8), to: file)
    let message = sentence { try RunReading(path: run.path) }
    // Whatever is wrong, it is one sentence that names the place.
    if !message.isEmpty { #expect(message.hasPrefix(run.path) && !message.contains("\n")) }
    return message
  }

  @Test func aRunReadsBack() throws {
    let run = try MadeRun(records: Self.records).reading()
    #expect(run.name == "figure-5")
    #expect(run.question == "Why?")
    #expect(run.axes == ["flows"])
    #expect(run.samples == Self.records)
    #expect(run.environment == MadeRun().environment)
    #expect(
      run.cases.map(\.coordinates.name) == [
        "vpe-64B-2t-0h", "esp-single-64B-2t-0h", "null-64B-2t-0h-flows64",
      ])
    let vpe = try #require(run.figures.first)
    #expect(vpe.mean == 4 && vpe.median == 4 && vpe.minimum == 2 && vpe.maximum == 6 && vpe.samples == 3)
    #expect(vpe.percentiles == [5: 2.2, 25: 3, 75: 5, 95: 5.8])
    #expect(vpe.coordinates == Self.records[0].coordinates && vpe.basis == .capacity && vpe.isValid)
    let null = try #require(run.figures.last)
    #expect(null.mean == nil && null.margin == nil && null.samples == 0 && !null.isValid)
    #expect(run.values(of: "goodput_gbps", vpe.coordinates, .capacity) == [0: 2, 1: 4, 2: 6])
    #expect(run.values(of: "goodput_gbps", vpe.coordinates, .measured).isEmpty)
  }

  @Test func aSummaryWithoutPercentilesReads() throws {
    let folder = try TemporaryFolder()
    let run = try MadeRun(records: Self.records).write(to: folder.path)
    let (header, rows) = try CSV.parse(
      Data(contentsOf: URL(fileURLWithPath: run.path(of: .summary))), source: "")
    let lines = ([header] + rows).map { $0.dropLast(5).joined(separator: ",") + "\n" }
    try run.write(Data(lines.joined().utf8), to: .summary)
    let read = try RunReading(path: run.path)
    #expect(read.axes == ["flows"] && read.figures.first?.percentiles == [:])
  }

  /// What the machine cannot show is named where its figures would be, and warned of.
  @Test func aGapReadsBack() throws {
    let gapped = (0..<2).map { record("vpe", sample: $0, ["goodput_gbps": 9], gaps: ["It is too fast."]) }
    let run = try MadeRun(records: gapped + goodputs("esp-single", [1, 2])).reading()
    #expect(run.samples.map(\.gaps) == [["It is too fast."], ["It is too fast."], [], []])
    #expect(run.gaps.map(\.coordinates.name) == ["vpe-64B-2t-0h"])
    let vpe = try #require(run.figures.first)
    #expect(vpe.isValid && vpe.mean == nil && vpe.samples == 0 && vpe.gap == "It is too fast.")
    #expect(run.values(of: "goodput_gbps", vpe.coordinates, .capacity).isEmpty)
    let warnings = WarningSearch.warnings(of: run)
    #expect(warnings.filter { $0.kind == "gaps" } == [.gap(case: "vpe-64B-2t-0h", reason: "It is too fast.")])
    #expect(!warnings.contains { $0.description.contains("vpe") && $0.kind == "few samples" })
  }

  /// A case of which one sample has a gap is shown by the others.
  @Test func aGapOfOneSampleHidesNoCase() throws {
    let gapped = record("vpe", sample: 2, ["goodput_gbps": 9], gaps: ["The state changed."])
    let run = try MadeRun(records: goodputs("vpe", [2, 4]) + [gapped]).reading()
    #expect(run.gaps.isEmpty && run.figures.first?.gap == "The state changed.")
    #expect(WarningSearch.warnings(of: run).allSatisfy { $0.kind != "gaps" })
  }

  @Test func theSameCaseRunAndModelledIsTwoFigures() throws {
    let run = try MadeRun(records: goodputs("vpe", [2, 4]) + goodputs("vpe", basis: .model, [3, 5])).reading()
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
    #expect(after.figures == before.figures && after.samples == before.samples && after.axes == before.axes)
  }

  @Test func aMovedHeaderIsNoticed() throws {
    let message = try told {
      $0.replacingOccurrences(of: "mean,ci95_low,ci95_high", with: "ci95_high,mean,ci95_low")
    }
    #expect(
      message.hasSuffix(
        "summary.csv, line 2: the mean of goodput_gbps of vpe-64B-2t-0h lies outside of "
          + "its interval, which cannot be; restore the file as the run wrote it"))
    #expect(
      try told { $0.replacingOccurrences(of: "p5,p25", with: "p25,p5") }.contains(
        "the percentiles of goodput_gbps of vpe-64B-2t-0h are not in order"))
    #expect(
      try told { $0.replacingOccurrences(of: "metric,mean", with: "mean,metric") }
        .contains("\"goodput_gbps\" in the column \"mean\" is not a number"))
  }

  /// Whatever two columns of figures change their headings: nothing is drawn of it.
  @Test func noTwoHeadingsCanBeSwapped() throws {
    let names = ["mean", "ci95_low", "ci95_high", "median", "min", "max", "p5", "p25", "p75", "p95"]
    for (place, first) in names.enumerated() {
      for second in names.dropFirst(place + 1) {
        let message = try told { text in
          let end = text.firstIndex(of: "\n") ?? text.endIndex
          let header = text[..<end].split(separator: ",").map {
            $0 == first ? second : $0 == second ? first : String($0)
          }
          return header.joined(separator: ",") + text[end...]
        }
        // With three samples 2, 4, 6 mean and median are one.
        #expect(
          message.contains("summary.csv") == (first != "mean" || second != "median"), "\(first), \(second)")
      }
    }
  }

  @Test func anEmptyFileIsTold() throws {
    #expect(
      try told { _ in "" }.hasSuffix("line 1: the file is empty; write it again, at least with a header"))
    #expect(try told { String($0.prefix { $0 != "\n" }) + "\n" }.contains("a header but no row"))
  }

  @Test func aFileCutOffIsTold() throws {
    // Within a row, within its last cell, and between two rows.
    #expect(try told { String($0.dropLast(40)) }.contains("cells where the header has"))
    #expect(try told(.samples) { String($0.dropLast(2)) }.contains("the file was cut off"))
    #expect(try told { String($0.dropLast(1)) }.contains("the file was cut off"))
    let dropLine = { (text: String) in
      text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
    }
    #expect(
      try told(.samples) { dropLine(dropLine($0)) }.contains(
        "goodput_gbps of esp-single-64B-2t-0h rests on 3 samples here, not on 2, unlike samples.csv")
    )
    #expect(
      try told { dropLine(dropLine($0)) }.contains("there is no row of goodput_gbps of esp-single-64B-2t-0h"))
  }

  @Test func aForeignFileIsTold() throws {
    #expect(try told { _ in "time,value\n1,2\n" }.contains("so this is no summary of a vpebench run"))
    #expect(try told(.samples) { _ in "case,system\nx,y\n" }.contains("so this is no samples table"))
  }

  @Test(arguments: [
    ("capacity", "guess", "\"guess\" in the column \"basis\" is not one of measured, capacity, model"),
    (",64,", ",many,", "\"many\" in the column \"frame_bytes\" is not a whole number"),
    (",4.0,", ",nan,", "\"nan\" in the column \"mean\" is not a number"),
    (",true", ",perhaps", "\"perhaps\" in the column \"valid\" is not true or false"),
    ("esp-single", "vpe", "there is a second row of goodput_gbps of vpe-64B-2t-0h, basis capacity"),
  ])
  func aWrongCellIsTold(old: String, new: String, message: String) throws {
    #expect(try told { $0.replacingOccurrences(of: old, with: new) }.contains(message))
  }

  @Test func whatIsNoRunIsTold() throws {
    let folder = try TemporaryFolder()
    #expect(
      sentence { try RunReading(path: folder("none")) }.hasSuffix(
        "there is no such folder; name the folder of a run, such as results/figure-5/latest"))
    #expect(sentence { try RunReading(path: folder.path) }.contains("there is no summary.csv in this folder"))
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
