import Foundation
import Results

/// Renders a document as one self-contained HTML file: no network, no script, drawings embedded.
struct HTMLPage {
  private let document: Document

  init(_ document: Document) { self.document = document }

  /// The file's text.
  func text() -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(Self.escaped(document.title))</title>
    <style>
    \(HTMLStyle.sheet)
    </style>
    </head>
    <body>
    <main>
    <h1>\(Self.inline(document.title))</h1>
    \(document.blocks.map(html).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private func html(_ block: Document.Block) -> String {
    switch block {
    case .heading(let level, let text):
      "<h\(level) id=\"\(Self.identifier(text))\">\(Self.inline(text))</h\(level)>"
    case .paragraph(let text): "<p>\(Self.inline(text))</p>"
    case .list(let items):
      "<ul>\n\(items.map { "<li>\(Self.inline($0))</li>" }.joined(separator: "\n"))\n</ul>"
    case .code(let text): "<pre><code>\(Self.escaped(text))</code></pre>"
    case .table(let grid): html(grid)
    case .figure(let picture): html(picture)
    case .details(_, let title, let blocks):
      "<details>\n<summary>\(Self.inline(title))</summary>\n"
        + blocks.map(html).joined(separator: "\n") + "\n</details>"
    }
  }

  private func html(_ grid: Document.Grid) -> String {
    let caption = grid.caption.isEmpty ? "" : "<caption>\(Self.inline(grid.caption))</caption>\n"
    let header = grid.header.map { "<th scope=\"col\">\(Self.inline($0))</th>" }.joined()
    let rows = grid.rows.map { row in
      let cells = zip(grid.header, row).map { title, cell -> String in
        let classes = [cell.mark?.rawValue, cell.isNumeric ? "number" : nil].compactMap { $0 }
        let kind = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
        // A narrow page shows each row as a card; the label then shows the column's heading beside the cell.
        let label = title.isEmpty ? "" : " data-label=\"\(Self.escaped(title))\""
        return "<td\(kind)\(label)>\(Self.inline(cell.text))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    // A table wider than the page scrolls by itself, by keys as well.
    return """
      <div class="table\(grid.isProse ? " prose" : "")" tabindex="0" role="region" \
      aria-label="\(Self.escaped(grid.caption.isEmpty ? "Table" : grid.caption))">
      <table>
      \(caption)<thead><tr>\(header)</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      """
  }

  private func html(_ picture: Document.Picture) -> String {
    """
    <figure id="\(picture.name)">
    \(Self.inlined(picture))
    <figcaption>\(Self.inline(picture.caption))</figcaption>
    </figure>
    """
  }

  /// The drawing, prepared for the page: without the XML header and title, with identifiers that are unique
  /// on the page, without a fixed size, and with a label for screen readers.
  private static func inlined(_ picture: Document.Picture) -> String {
    var svg = picture.svg
    if let start = svg.range(of: "<svg") { svg.removeSubrange(..<start.lowerBound) }
    svg = svg.replacing(/<title>[^<]*<\/title>\s*(<desc>[^<]*<\/desc>)?/, with: "")
    svg = svg.replacing(/(\sid=)(["'])/) { "\($0.1)\($0.2)\(picture.name)-" }
    svg = svg.replacing(/(href=)(["'])#/) { "\($0.1)\($0.2)#\(picture.name)-" }
    svg = svg.replacing("url(#", with: "url(#\(picture.name)-")
    svg = svg.replacing(/\swidth="\d+" height="\d+"\s/, with: " ", maxReplacements: 1)
    let label = "role=\"img\" aria-label=\"\(escaped(picture.title))\""
    return svg.replacing("<svg", with: "<svg \(label)", maxReplacements: 1)
  }

  /// Turns plain text into HTML; backticks become code elements.
  private static func inline(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
      index % 2 == 1 ? "<code>\(escaped(String(part)))</code>" : escaped(String(part))
    }.joined()
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }

  private static func identifier(_ text: String) -> String {
    let words = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return "s-" + words.joined(separator: "-")
  }
}
