import Foundation
import Results
import TestRuns
import Testing

/// Tables that pandas or a spreadsheet has read and written.
@Suite struct RewrittenTablesTests {
  private static let records =
    throughputs("vpe", [2, 4, 6])
    + [0, 1].map { record("baseline", sample: $0, axes: ["window_size": "1024"], ["capacity_gbps": 9]) }
    + [record("esp-single", axes: ["esn": "true"], ["capacity_gbps": 3], valid: false)]

  /// A run whose tables were changed cell by cell.
  private func reading(_ change: (_ column: String, _ cell: String) -> String) throws -> RunReading {
    let folder = try TemporaryFolder()
    let run = try MadeRun(records: Self.records).write(to: folder.path)
    for file in [RunDirectory.File.summary, .samples] {
      let data = try Data(contentsOf: URL(fileURLWithPath: run.path(of: file)))
      let (header, rows) = try CSV.parse(data, source: "")
      let changed = rows.map { zip(header, $0).map { change($0, $1) } }
      let lines = ([header] + changed).map { $0.joined(separator: ",") + "\n" }
      try run.write(Data(lines.joined().utf8), to: file)
    }
    return try RunReading(path: run.path)
  }

  private static let flags = ["true": "True", "false": "False"]

  @Test func pandasIsReadAgain() throws {
    let plain = try MadeRun(records: Self.records).reading()
    // Python's spelling of flags; and 1024.0 for whole numbers of columns with empty cells.
    let rewritten = try reading { column, cell in
      switch column {
      case "window_size", "frames_sent": cell.isEmpty ? "" : cell + ".0"
      default: Self.flags[cell] ?? cell
      }
    }
    #expect(rewritten.figures == plain.figures)
    #expect(rewritten.samples == plain.samples)
  }

  /// The floor's former name, as written then, and as pandas rewrote it (an empty cell).
  @Test(arguments: ["null", ""]) func theFormerNameOfTheFloorReads(system: String) throws {
    let plain = try MadeRun(records: Self.records).reading()
    let former = try reading { column, cell in
      switch column {
      case "system" where cell == "baseline": system
      case "case": cell.replacing("baseline-", with: "null-")
      default: cell
      }
    }
    #expect(former.figures == plain.figures && former.samples == plain.samples)
    #expect(former.figures.contains { $0.coordinates.system == "baseline" })
  }

  @Test func aSpreadsheetIsReadAgain() throws {
    let plain = try MadeRun(records: Self.records).reading()
    let rewritten = try reading { _, cell in Self.flags[cell] == nil ? cell : cell.uppercased() }
    #expect(rewritten.figures == plain.figures && rewritten.samples == plain.samples)
  }

  @Test(arguments: [
    ("valid", "yes"), ("valid", "1"), ("sample", "2.5"), ("sample", "-1"), ("sample", "x"),
  ])
  func whatIsNoValueIsStillRefused(column: String, cell: String) throws {
    #expect(throws: ResultsError.self) { try reading { $0 == column ? cell : $1 } }
  }
}
