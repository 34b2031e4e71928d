/// A report as a list of blocks, before it is rendered as HTML or Markdown. In its plain text, backticks mark
/// code.
struct Document {
  /// The page's title.
  let title: String
  var blocks: [Block] = []

  /// A part of the page; the blocks follow each other from top to bottom.
  enum Block {
    case heading(level: Int, text: String)
    case paragraph(String)
    case list([String])
    /// Commands for readers to copy.
    case code(String)
    case table(Grid)
    case figure(Picture)
    /// Blocks that most readers skip: folded on an HTML page, a separate file in Markdown.
    case details(file: String, title: String, [Block])

    /// A table of plain text without marks.
    static func table(
      caption: String = "", header: [String], rows: [[String]], isProse: Bool = false
    ) -> Block {
      .table(caption: caption, header: header, cells: rows.map { $0.map { GridCell($0) } }, isProse: isProse)
    }

    /// A table of cells, some of which have marks.
    static func table(
      caption: String = "", header: [String], cells: [[GridCell]], isProse: Bool = false
    ) -> Block {
      .table(Grid(caption: caption, header: header, rows: cells, isProse: isProse))
    }
  }

  /// A table for readers.
  struct Grid {
    let caption: String
    let header: [String]
    let rows: [[GridCell]]
    /// Whether the cells are sentences, which may wrap.
    let isProse: Bool
  }

  /// A cell of a table, with an optional mark.
  struct GridCell {
    enum Mark: String {
      case good, bad, open
    }

    let text: String
    let mark: Mark?

    init(_ text: String, _ mark: Mark? = nil) { (self.text, self.mark) = (text, mark) }

    /// Whether the cell is a number, which is aligned to the right.
    var isNumeric: Bool {
      text.contains(where: \.isNumber) && text.allSatisfy { $0.isNumber || ".,+-−±×%eE[] ".contains($0) }
    }
  }

  /// A drawing with its caption.
  struct Picture {
    /// One word, such as `figure-5`, that is unique on the page.
    let name: String
    let title: String
    let caption: String
    /// The drawing, as SVG.
    let svg: String
  }

  mutating func add(_ block: Block) { blocks.append(block) }
}
