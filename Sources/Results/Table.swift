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

  /// A number, or an empty cell for nil.
  public static func number(orEmpty value: Double?) -> Cell { value.map { .number($0) } ?? .empty }

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

/// A column together with how its cell comes from a `Source`, so that headings and cells cannot drift apart.
package struct Field<Source> {
  let column: Column
  let cell: (Source) -> Cell

  init(_ column: Column, _ cell: @escaping (Source) -> Cell) {
    self.column = column
    self.cell = cell
  }

  package init(
    _ name: String, _ type: ColumnType, unit: String? = nil, _ description: String,
    _ cell: @escaping (Source) -> Cell
  ) {
    self.init(Column(name, type, unit: unit, description), cell)
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
