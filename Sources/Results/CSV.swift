import Foundation

/// Comma-separated values as in RFC 4180, in UTF-8. Written lines end in a line feed; lines that end in a
/// carriage return and a line feed are read as well.
public enum CSV {
  /// The table as CSV: the header, then a line for each row. An unknown value is an empty cell, never `nan`,
  /// `inf` or 0.
  public static func encode(_ table: Table) -> Data {
    var text = line(table.columns.map(\.name))
    for row in table.rows { text += line(row.map(\.text)) }
    return Data(text.utf8)
  }

  /// Reads CSV strictly: every row must have a cell for every column of the header.
  /// - Parameters:
  ///   - data: the file's bytes; a leading byte order mark is skipped.
  ///   - source: the file's name, for error messages.
  /// - Returns: the header and the rows below it, as text.
  /// - Throws: `ResultsError.csv`, which names the source and the line.
  public static func parse(
    _ data: Data, source: String
  ) throws(ResultsError) -> (header: [String], rows: [[String]]) {
    let table = try parseLines(data, source: source)
    return (table.header, table.rows.map(\.cells))
  }

  /// Like `parse(_:source:)`, but each row has the number (from 1) of the line in which it starts.
  static func parseLines(
    _ data: Data, source: String
  ) throws(ResultsError) -> (header: [String], rows: [(cells: [String], line: Int)]) {
    var bytes = [UInt8](data)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    // A multi-byte UTF-8 sequence contains no line feed, so each line can be validated by itself.
    for (index, line) in bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).enumerated()
    where String(validating: line, as: UTF8.self) == nil {
      throw .csv(source: source, line: index + 1, problem: .invalidUTF8)
    }
    var parser = CSVParser(bytes: bytes, source: source)
    guard let (header, _) = try parser.nextRow() else {
      throw .csv(source: source, line: 1, problem: .emptyFile)
    }
    if let duplicate = header.indices.first(where: { header[..<$0].contains(header[$0]) }) {
      throw .csv(source: source, line: 1, problem: .duplicateColumn(header[duplicate]))
    }
    var rows: [(cells: [String], line: Int)] = []
    while let (row, line) = try parser.nextRow() {
      guard row.count == header.count else {
        throw .csv(
          source: source, line: line, problem: .raggedRow(cells: row.count, columns: header.count))
      }
      rows.append((row, line))
    }
    return (header, rows)
  }

  private static func line(_ cells: [String]) -> String {
    // A row of one empty cell would otherwise be an empty line, which is no row.
    if cells == [""] { return "\"\"\n" }
    return cells.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ cell: String) -> String {
    let special: [UInt8] = [.comma, .quote, .lineFeed, .carriageReturn]
    // A reader would skip a byte order mark at the start of a file, so a cell that begins with it is quoted.
    let isPlain = !cell.utf8.contains(where: special.contains) && cell.unicodeScalars.first != "\u{FEFF}"
    if isPlain { return cell }
    return "\"" + cell.replacing("\"" as Unicode.Scalar, with: "\"\"") + "\""
  }
}

/// Parses rows from valid UTF-8, byte by byte, because Swift treats `\r\n` as one character.
private struct CSVParser {
  let bytes: [UInt8]
  let source: String
  var position = 0
  /// The number of the line at `position`, from 1.
  var line = 1

  /// The next row and the number of its first line; nil at the end.
  mutating func nextRow() throws(ResultsError) -> (cells: [String], line: Int)? {
    guard position < bytes.count else { return nil }
    let start = line
    var cells: [String] = []
    while true {
      cells.append(bytes[safe: position] == .quote ? try quotedCell() : try plainCell())
      guard bytes[safe: position] == .comma else { break }
      position += 1
    }
    if bytes[safe: position] == .carriageReturn { position += 1 }
    if bytes[safe: position] == .lineFeed { position += 1 }
    line += 1
    return (cells, start)
  }

  /// Reads up to a comma or the end of the line.
  private mutating func plainCell() throws(ResultsError) -> String {
    let start = position
    while let byte = bytes[safe: position], byte != .comma, !isLineEnd {
      if byte == .quote || byte == .carriageReturn { throw failure(.straySign, line) }
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Reads from an opening quote to behind the closing one. A doubled quote is one quote.
  private mutating func quotedCell() throws(ResultsError) -> String {
    let opening = line
    var content: [UInt8] = []
    position += 1
    while let byte = bytes[safe: position] {
      position += 1
      if byte == .lineFeed { line += 1 }
      if byte != .quote {
        content.append(byte)
      } else if bytes[safe: position] == .quote {
        content.append(.quote)
        position += 1
      } else {
        guard position == bytes.count || bytes[position] == .comma || isLineEnd else {
          throw failure(.straySign, line)
        }
        return String(decoding: content, as: UTF8.self)
      }
    }
    throw failure(.unterminatedQuote, opening)
  }

  /// Whether a line end follows: a line feed, or a carriage return and a line feed.
  private var isLineEnd: Bool {
    bytes[safe: position] == .lineFeed
      || (bytes[safe: position] == .carriageReturn && bytes[safe: position + 1] == .lineFeed)
  }

  private func failure(_ problem: CSVProblem, _ line: Int) -> ResultsError {
    .csv(source: source, line: line, problem: problem)
  }
}

extension UInt8 {
  fileprivate static let comma = UInt8(ascii: ",")
  fileprivate static let quote = UInt8(ascii: "\"")
  fileprivate static let lineFeed = UInt8(ascii: "\n")
  fileprivate static let carriageReturn = UInt8(ascii: "\r")
}

extension [UInt8] {
  /// The byte at `index`, or nil past the end.
  fileprivate subscript(safe index: Int) -> UInt8? { index < count ? self[index] : nil }
}
