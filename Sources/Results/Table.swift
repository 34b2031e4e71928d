/// The type of a column's cells, named as in a Frictionless table schema.
public enum ColumnType: String, Sendable, Equatable {
  case string, integer, number, boolean
}

/// One column of a table.
public struct Column: Sendable, Equatable {
  /// The heading in snake case; it ends in the unit (`goodput_gbps`).
  public let name: String
  /// The type of the cells.
  public let type: ColumnType
  /// The unit of the cells, such as `Gbit/s`; `1` for a ratio, nil if there is none.
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
  /// The value is unknown or not applicable.
  case empty
  case text(String)
  case integer(Int)
  case unsigned(UInt64)
  /// A number; infinity and NaN count as unknown.
  case number(Double)
  case boolean(Bool)

  /// The cell as text: empty if unknown; a number in the shortest form that reads back as the same value.
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

/// A table with described columns, for export.
public struct Table: Sendable, Equatable {
  /// The table's name: one word in lower case, from which the file's name is made (`samples`).
  public let name: String
  /// One line that says what a row stands for.
  public let title: String
  /// The columns, from left to right.
  public let columns: [Column]
  /// The rows; each has as many cells as there are columns.
  public let rows: [[Cell]]

  /// Makes a table. Every row must have a cell for every column.
  public init(name: String, title: String, columns: [Column], rows: [[Cell]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a row of \(name) does not fit its columns")
    self.name = name
    self.title = title
    self.columns = columns
    self.rows = rows
  }
}

/// A type of values for cells, which determines the type of their column. Nil becomes an empty cell.
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

/// A column, and how to make its cell from a `Source`. Together they cannot contradict each other.
package struct Field<Source> {
  let column: Column
  let cell: (Source) -> Cell

  /// - Parameter type: the column's type, if it differs from that of the values.
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
  /// Makes a table with a row for each source and a column for each field.
  package init<Source>(name: String, title: String, fields: [Field<Source>], sources: [Source]) {
    self.init(
      name: name, title: title, columns: fields.map(\.column),
      rows: sources.map { source in fields.map { $0.cell(source) } })
  }
}
