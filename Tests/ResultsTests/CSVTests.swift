import Foundation
import Results
import Testing

@Suite struct CSVTests {
  static let columns = [
    Column("text", .string, "Any text."), Column("whole", .integer, "A count."),
    Column("real", .number, unit: "s", "A number."), Column("flag", .boolean, "Yes or no."),
  ]

  static func table(_ rows: [[Cell]]) -> Table {
    Table(name: "t", title: "A table", columns: columns, rows: rows)
  }

  /// A byte order mark that belongs to the first column's name is kept, if the file has none of its own.
  @Test func byteOrderMarkOfANameIsKept() throws {
    let table = Table(
      name: "t", title: "A table", columns: [Column("\u{FEFF}a", .string, "")], rows: [[.text("\u{FEFF}")]])
    let read = try CSV.parse(CSV.encode(table), source: "t")
    #expect(read.header.map { Array($0.utf8) } == [Array("\u{FEFF}a".utf8)])
    #expect(read.rows.map { $0.map { Array($0.utf8) } } == [[Array("\u{FEFF}".utf8)]])
  }

  @Test func snapshot() {
    let table = Self.table([
      [.text("plain"), .integer(-1), .number(0.1), .boolean(true)],
      [.text("a,b"), .unsigned(.max), .number(1e-5), .boolean(false)],
      [.text("say \"no\"\nor not"), .empty, .number(.nan), .empty],
      [.text("größer → 北"), .integer(0), .number(-.infinity), .empty],
    ])
    #expect(
      String(decoding: CSV.encode(table), as: UTF8.self) == """
        text,whole,real,flag
        plain,-1,0.1,true
        "a,b",18446744073709551615,1e-05,false
        "say ""no""
        or not",,,
        größer → 北,0,,

        """)
  }

  @Test(arguments: [
    "", " ", "a", ",", "\"", "\"\"", "\n", "\r", "\r\n", "a\nb\n", ",\",\n\"", "é", "e\u{301}", "👩‍🔬",
    "\u{FEFF}x",
    "'", ";", "\t", "nan", "\"\u{301}", "a\"\u{65A}]", "\n\u{301}",
  ])
  func roundTrip(cell: String) throws {
    let rows: [[Cell]] = [
      [.text(cell), .empty, .empty, .text(cell)], [.empty, .text(cell), .text(cell), .empty],
    ]
    let parsed = try CSV.parse(CSV.encode(Self.table(rows)), source: "t.csv")
    #expect(parsed.header == ["text", "whole", "real", "flag"])
    #expect(parsed.rows == [[cell, "", "", cell], ["", cell, cell, ""]])
  }

  @Test func aSingleEmptyCellIsARow() throws {
    let table = Table(
      name: "t", title: "A table", columns: [Column("a", .string, "Any.")], rows: [[.empty], [.text("x")]])
    #expect(try CSV.parse(CSV.encode(table), source: "t.csv").rows == [[""], ["x"]])
  }

  @Test(arguments: [
    0.1, 1.0 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, 1e22, 123456789.123,
  ])
  func numbersReadBackAsTheSameValue(value: Double) {
    #expect(Double(Cell.number(value).text)?.bitPattern == value.bitPattern)
  }

  @Test(arguments: ["a,b\r\n1,\"2\"\r\n", "a,b\n1,2", "\u{FEFF}a,b\n1,2\n", "\"a\",b\n\"1\",2\n"])
  func accepts(text: String) throws {
    let parsed = try CSV.parse(Data(text.utf8), source: "t.csv")
    #expect(parsed.header == ["a", "b"])
    #expect(parsed.rows == [["1", "2"]])
  }

  static let malformed: [(String, Int, CSVProblem)] = [
    ("", 1, .emptyFile),
    ("\u{FEFF}", 1, .emptyFile),
    ("a,b\n1\n", 2, .raggedRow(cells: 1, columns: 2)),
    ("a,b\n\"1\n2\",x\n1,2,3\n", 4, .raggedRow(cells: 3, columns: 2)),
    ("a,b\n1,2\n\n", 3, .raggedRow(cells: 1, columns: 2)),
    ("a,b\n1,\"2\n3,4\n", 2, .unterminatedQuote),
    ("a,b\n1,2\"\n", 2, .straySign),
    ("a,b\n1,\"2\"3\n", 2, .straySign),
    ("a,b\n1\r,2\n", 2, .straySign),
    ("a,b,a\n", 1, .duplicateColumn("a")),
  ]

  @Test(arguments: malformed)
  func refuses(text: String, line: Int, problem: CSVProblem) {
    let error = #expect(throws: ResultsError.self) { try CSV.parse(Data(text.utf8), source: "t.csv") }
    #expect(error == .csv(source: "t.csv", line: line, problem: problem))
  }

  @Test func refusesOtherEncodings() {
    let data = Data("a,b\n1,2\n3,".utf8) + Data([0xE9, 0x0A])
    let error = #expect(throws: ResultsError.self) { try CSV.parse(data, source: "t.csv") }
    #expect(error == .csv(source: "t.csv", line: 3, problem: .invalidUTF8))
    #expect(error?.description == "t.csv, line 3: the text is not UTF-8; save the file in UTF-8")
  }
}
