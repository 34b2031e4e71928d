/// A report as a list of blocks, before it is HTML or Markdown. In plain text, `code` stands in backticks.
struct Document {
  /// The page's title.
  let title: String
  var blocks: [Block] = []

  /// A part of the page, from above.
  enum Block {
    case heading(level: Int, text: String)
    case paragraph(String)
    case list([String])
    /// Commands, to be copied.
    case code(String)
    case table(Grid)
    case figure(Picture)
    /// Blocks that most readers pass over: folded away on a page, in Markdown a file of their own.
    case details(file: String, title: String, [Block])

    /// A table of plain text.
    static func table(
      caption: String = "", header: [String], rows: [[String]], isProse: Bool = false
    ) -> Block {
      .table(caption: caption, header: header, cells: rows.map { $0.map { GridCell($0) } }, isProse: isProse)
    }

    /// A table of cells, some of them marked.
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
    /// Whether its cells are sentences, which may wrap anywhere.
    let isProse: Bool
  }

  /// A cell with its mark.
  struct GridCell {
    enum Mark: String {
      case good, bad, open
    }

    let text: String
    let mark: Mark?

    init(_ text: String, _ mark: Mark? = nil) { (self.text, self.mark) = (text, mark) }

    /// Whether the cell is a figure, which is aligned to the right.
    var isNumeric: Bool {
      text.contains(where: \.isNumber) && text.allSatisfy { $0.isNumber || ".,+-−±×%eE[] ".contains($0) }
    }
  }

  /// A drawing with its caption.
  struct Picture {
    /// One word, unique on the page (`figure-5`).
    let name: String
    let title: String
    let caption: String
    /// The drawing, as SVG.
    let svg: String
  }

  mutating func add(_ block: Block) { blocks.append(block) }
}
