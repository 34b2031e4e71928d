/// Plain-text tables for a terminal.
public enum TextTable {
  /// Renders `rows` under `header` in aligned columns, two spaces apart, with a rule below the header.
  ///
  /// A column of numbers is aligned to the right. Rows may be shorter than the header, but not longer.
  /// - Returns: lines that each end in a line feed, without spaces at their ends.
  public static func render(header: [String], rows: [[String]]) -> String {
    let columns = header.indices.map { column in rows.map { column < $0.count ? $0[column] : "" } }
    let widths = zip(header, columns).map { title, cells in
      cells.reduce(title.count) { max($0, $1.count) }
    }
    let areNumeric = columns.map(isNumeric)
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let cell = cells[column]
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return areNumeric[column] ? space + cell : cell + space
      }
      let text = padded.joined(separator: "  ")
      return text.prefix(upTo: text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex) + "\n"
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([header, rule] + rows).map(line).joined()
  }

  /// Whether all cells that are not empty look like figures, such as `12.5`, `-3`, `1.07 ± 0.02` or `40 %`.
  private static func isNumeric(_ cells: [String]) -> Bool {
    let filled = cells.filter { !$0.isEmpty }
    return !filled.isEmpty
      && filled.allSatisfy { cell in
        cell.contains(where: \.isNumber) && cell.allSatisfy { $0.isNumber || ".,+-±×%eE ".contains($0) }
      }
  }
}
