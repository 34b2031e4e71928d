import Cases
import Foundation

/// A CSV file as rows, whose cells are found by the name of their column.
///
/// The order of the columns does not matter, so a table whose columns were reordered, for example by a
/// spreadsheet, reads as the same table. The reader checks that all needed columns exist, that every cell has
/// its column's type, and that the last line is complete.
struct ReadTable {
  /// The file's name, for error messages.
  let source: String
  /// The names of the columns, from left to right.
  let header: [String]
  private let cells: [(cells: [String], line: Int)]
  private let indices: [String: Int]

  /// Reads a table.
  /// - Parameters:
  ///   - kind: the kind of table, such as `summary`, for error messages.
  ///   - columns: the required columns; others are allowed.
  /// - Throws: `ResultsError.csv`, `ResultsError.table`.
  init(_ data: Data, source: String, kind: String, columns: [String]) throws(ResultsError) {
    let parsed = try CSV.parseLines(data, source: source)
    let missing = columns.filter { !parsed.header.contains($0) }
    // A file that is another table is reported as such, even if it has further problems.
    guard missing.isEmpty else {
      throw .table(source: source, line: 1, problem: .missingColumns(missing, table: kind))
    }
    guard let last = data.last, last == UInt8(ascii: "\n") else {
      let lines = data.count { $0 == UInt8(ascii: "\n") } + 1
      throw .table(source: source, line: lines, problem: .cutOff)
    }
    self.source = source
    header = parsed.header
    cells = parsed.rows
    indices = Dictionary(uniqueKeysWithValues: parsed.header.enumerated().map { ($1, $0) })
  }

  /// Reads the file at `path`; see `init(_:source:kind:columns:)`.
  /// - Throws: `ResultsError.file` in addition.
  init(path: String, kind: String, columns: [String]) throws(ResultsError) {
    try self.init(try FileSystem.read(path), source: path, kind: kind, columns: columns)
  }

  /// The rows, from top to bottom.
  var rows: [Row] { cells.map { Row(source: source, line: $0.line, cells: $0.cells, indices: indices) } }

  /// A row. Every error about it names its line.
  struct Row {
    fileprivate let source: String
    /// The line in which the row starts, from 1.
    let line: Int
    fileprivate let cells: [String]
    fileprivate let indices: [String: Int]

    /// The cell as text; empty if there is no such column.
    func text(_ column: String) -> String { indices[column].map { cells[$0] } ?? "" }

    /// The text of a cell that must not be empty.
    func word(_ column: String) throws(ResultsError) -> String {
      let value = text(column)
      guard !value.isEmpty else { throw bad(column, expected: "a name") }
      return value
    }

    /// A whole number that is not negative.
    func count(_ column: String) throws(ResultsError) -> Int {
      guard let value = try unsigned(column).flatMap({ Int(exactly: $0) }) else {
        throw bad(column, expected: "a whole number")
      }
      return value
    }

    /// A whole number of any size that is not negative; nil for an empty cell.
    func unsigned(_ column: String) throws(ResultsError) -> UInt64? {
      let text = text(column)
      if text.isEmpty { return nil }
      // pandas writes a whole number as 64.0 if another cell of the column is empty.
      guard let value = UInt64(text) ?? Double(text).flatMap({ UInt64(exactly: $0) }) else {
        throw bad(column, expected: "a whole number")
      }
      return value
    }

    /// A finite number; nil for an empty cell.
    func number(_ column: String) throws(ResultsError) -> Double? {
      if text(column).isEmpty { return nil }
      guard let value = Double(text(column)), value.isFinite else { throw bad(column, expected: "a number") }
      return value
    }

    /// `true` or `false`. After pandas or a spreadsheet has rewritten the table, these may be `True` or
    /// `TRUE`.
    func flag(_ column: String) throws(ResultsError) -> Bool {
      guard let value = Bool(text(column).lowercased()) else { throw bad(column, expected: "true or false") }
      return value
    }

    /// One of a closed list of words.
    func choice<Word>(_ column: String) throws(ResultsError) -> Word
    where Word: RawRepresentable & CaseIterable, Word.RawValue == String {
      guard let value = Word(rawValue: text(column)) else {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        throw bad(column, expected: "one of \(words)")
      }
      return value
    }

    /// The error about an invalid cell.
    func bad(_ column: String, expected: String) -> ResultsError {
      failure(.badCell(column: column, value: text(column), expected: expected))
    }

    /// An error about this row.
    func failure(_ problem: TableProblem) -> ResultsError {
      .table(source: source, line: line, problem: problem)
    }
  }
}

extension ReadTable.Row {
  /// The columns, in every table, that identify a row's case.
  static let caseColumns = [
    "case", "system", "aead", "threads", "frame_bytes", "extra_headroom_bytes", "link",
  ]

  /// The coordinates of the row's case; `axes` are the further columns that belong to them.
  func coordinates(axes: [String]) throws(ResultsError) -> CaseCoordinates {
    var known: [String: String] = [:]
    for axis in axes where !text(axis).isEmpty { known[axis] = Self.unwritten(text(axis)) }
    // The floor's former name was `null`, which pandas read as an empty cell.
    let isFloor = text("system").isEmpty && text("case").hasPrefix("null-")
    return CaseCoordinates(
      name: CaseCoordinates.name(try word("case")),
      system: CaseCoordinates.system(isFloor ? "null" : try word("system")), aead: try word("aead"),
      threads: try count("threads"), frameBytes: try count("frame_bytes"),
      extraHeadroomBytes: try count("extra_headroom_bytes"), link: try word("link"), axes: known)
  }

  /// An axis's value as vpebench writes it, even if another program has rewritten the table.
  private static func unwritten(_ value: String) -> String {
    if let flag = Bool(value.lowercased()) { return "\(flag)" }
    return value.hasSuffix(".0") ? String(value.dropLast(2)) : value
  }
}
