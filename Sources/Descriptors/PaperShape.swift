import Cases
import Foundation
import Results

/// The format of a file with a paper's values. If a descriptor names such a file, misspelt members are
/// refused before the run. `Results` reads the values themselves.
enum PaperShape {
  /// Checks a file and reads it.
  /// - Throws: `DescriptorError` with every problem found.
  static func load(file: URL) throws(DescriptorError) -> PaperValues {
    let text = try Shape.text(of: file)
    _ = try shape.check(text, of: file)
    do {
      return try PaperValues(Data(text.utf8), path: file.relativePath)
    } catch {
      throw DescriptorError(
        file: file.relativePath, problems: [.init(path: "", reason: error.description)])
    }
  }

  private static let shape = Shape.object([
    .init("figure", .text(.anything), .required, "Number of the figure in the paper."),
    .init("source", .text(.anything), .required, "Paper and section."),
    .init("unit", .text(.anything), .required, "Unit of the values."),
    .init(
      "metric", .text(.init(expression: "[a-z0-9_]+", allowed: "a name of the characters a-z, 0-9 and _")),
      .required, "The suite's own name of what the values are."),
    .init("note", .text(.anything), .optional, "What a reader must know to use the values."),
    .init("points", .list(.object(point)), .required, "The values."),
  ])

  private static let point: [Shape.Field] = [
    .init("system", .choice(System.allCases.map(\.rawValue)), .required, "The system."),
    .init("frame_bytes", .integer(64...1518), .optional, "Ethernet frame in bytes."),
    .init("threads", .integer(1...1024), .optional, "Threads of a gateway, both directions together."),
    .init("value", .number(0...1e12), .required, "The value in the unit of the figure."),
    .init("approximate", .boolean, .standard(false), "Whether the paper gives the value as approximate."),
    .init("note", .text(.anything), .optional, "What a reader must know to use the value."),
  ]
}
