/// Renders a document as Markdown, with drawings and details in separate files.
struct MarkdownPage {
  private let document: Document

  init(_ document: Document) { self.document = document }

  /// The page.
  func text() -> String { text(document.title, document.blocks) }

  /// The files of details, by name.
  func details() -> [(name: String, text: String)] {
    document.blocks.compactMap { block in
      guard case .details(let file, let title, let blocks) = block else { return nil }
      return ("\(file).md", text(title, blocks))
    }
  }

  private func text(_ title: String, _ blocks: [Document.Block]) -> String {
    (["# \(title)"] + blocks.map(markdown)).joined(separator: "\n\n") + "\n"
  }

  private func markdown(_ block: Document.Block) -> String {
    switch block {
    case .heading(let level, let text): return "\(String(repeating: "#", count: level)) \(text)"
    case .paragraph(let text): return text
    case .list(let items): return items.map { "- \($0)" }.joined(separator: "\n")
    case .code(let text): return "```sh\n\(text)\n```"
    case .table(let grid):
      let caption = grid.caption.isEmpty ? "" : "\(grid.caption)\n\n"
      let rule = grid.header.map { _ in "---" }
      let rows = grid.rows.map { $0.map(\.text) }
      return caption + ([grid.header, rule] + rows).map(line).joined(separator: "\n")
    case .figure(let picture):
      let caption = picture.caption.isEmpty ? "" : "\n\n\(picture.caption)"
      return "![\(picture.title)](\(picture.name).svg)\(caption)"
    case .details(let file, let title, _): return "[\(title)](\(file).md)"
    }
  }

  private func line(_ cells: [String]) -> String {
    let safe = cells.map { cell in
      cell.replacing("|" as Unicode.Scalar, with: "\\|").replacing("\n" as Unicode.Scalar, with: " ")
    }
    return "| \(safe.joined(separator: " | ")) |"
  }
}
