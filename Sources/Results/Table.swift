/// What the cells of a column hold, in the words of a Frictionless table schema.
public enum ColumnType: String, Sendable, Equatable {
  case string, integer, number, boolean
}

/// One column of a table.
public struct Column: Sendable, Equatable {
  /// The heading, in snake case, its unit last (`goodput_gbps`).
  public let name: String
  /// What the cells hold.
  public let type: ColumnType
  /// The unit of the cells, such as `Gbit/s`; `1` for a plain ratio, nil where there is none.
  public let unit: String?
  /// One sentence that says what the column means.
  public let description: String

  /// Makes a column from its parts.
  public init(_ name: String, _ type: ColumnType, unit: String? = nil, _ description: String) {
    self.name = name
    self.type = type
    self.unit = unit
    self.description = description
  }
}

/// One value of a table.
public enum Cell: Sendable, Equatable {
  /// Unknown, or not applicable.
  case empty
  case text(String)
  case integer(Int)
  case unsigned(UInt64)
  /// A number; one that is not finite counts as unknown.
  case number(Double)
  case boolean(Bool)

  /// The cell as text: empty for unknown, numbers in the shortest form that reads back as the same value.
  public var text: String {
    switch self {
    case .empty: ""
    case .text(let value): value
    case .integer(let value): String(value)
    case .unsigned(let value): String(value)
    case .number(let value): value.isFinite ? value.description : ""
    case .boolean(let value): value ? "true" : "false"
    }
  }
}

/// Rows under described columns: what an exporter writes.
public struct Table: Sendable, Equatable {
  /// One word in lower case, also the stem of the file name (`samples`).
  public let name: String
  /// One line that says what a row is.
  public let title: String
  /// The columns, from left to right.
  public let columns: [Column]
  /// The rows, each with as many cells as there are columns.
  public let rows: [[Cell]]

  /// Makes a table from its parts. Every row must have a cell for every column.
  public init(name: String, title: String, columns: [Column], rows: [[Cell]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a row of \(name) does not fit its columns")
    self.name = name
    self.title = title
    self.columns = columns
    self.rows = rows
  }
}

/// What a cell can be made of; the type of its column follows from it. Nil is an empty cell.
package protocol CellValue {
  static var columnType: ColumnType { get }
  var cell: Cell { get }
}

extension String: CellValue {
  package static var columnType: ColumnType { .string }
  package var cell: Cell { .text(self) }
}

extension Int: CellValue {
  package static var columnType: ColumnType { .integer }
  package var cell: Cell { .integer(self) }
}

extension UInt64: CellValue {
  package static var columnType: ColumnType { .integer }
  package var cell: Cell { .unsigned(self) }
}

extension Double: CellValue {
  package static var columnType: ColumnType { .number }
  package var cell: Cell { .number(self) }
}

extension Bool: CellValue {
  package static var columnType: ColumnType { .boolean }
  package var cell: Cell { .boolean(self) }
}

extension Optional: CellValue where Wrapped: CellValue {
  package static var columnType: ColumnType { Wrapped.columnType }
  package var cell: Cell { self?.cell ?? .empty }
}

/// A column together with how its cell comes from a `Source`, so that headings and cells cannot drift apart.
package struct Field<Source> {
  let column: Column
  let cell: (Source) -> Cell

  /// - Parameter type: of the column, where the values are not of its own.
  package init<Value: CellValue>(
    _ name: String, as type: ColumnType = Value.columnType, unit: String? = nil, _ description: String,
    _ value: @escaping (Source) -> Value
  ) {
    column = Column(name, type, unit: unit, description)
    cell = { value($0).cell }
  }

  /// The column of a metric, count or axis, as ``MetricCatalog`` describes it.
  init<Value: CellValue>(
    of name: String, as type: ColumnType = Value.columnType, _ value: @escaping (Source) -> Value
  ) {
    let entry = MetricCatalog.entry(for: name)
    self.init(name, as: type, unit: entry.unit, entry.description, value)
  }
}

extension Table {
  /// A row per source, a column per field.
  package init<Source>(name: String, title: String, fields: [Field<Source>], sources: [Source]) {
    self.init(
      name: name, title: title, columns: fields.map(\.column),
      rows: sources.map { source in fields.map { $0.cell(source) } })
  }
}
