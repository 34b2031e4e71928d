import Foundation

/// Values that a paper states, kept as data to set measurements beside them.
public struct PaperFigure: Sendable, Equatable {
  /// One stated value; a coordinate that the paper does not state is nil.
  public struct Point: Sendable, Equatable {
    /// The system that the value is of.
    public let system: System
    /// Ethernet frame in bytes.
    public let frameBytes: Int?
    /// Threads of a gateway, both directions together.
    public let threads: Int?
    /// In the figure's unit.
    public let value: Double
    /// Whether the paper itself gives the value as approximate.
    public let isApproximate: Bool
    /// What a reader should know beside.
    public let note: String?
  }

  /// The figure's number in the paper.
  public let figure: String
  /// Paper and section.
  public let source: String
  /// Unit of the values, for people.
  public let unit: String
  /// The suite's own name of what the values are, such as `goodput_gbps`.
  public let metric: String
  /// What a reader should know beside.
  public let note: String?
  /// The values, in the order of the file.
  public let points: [Point]

  /// Reads and checks a file of a paper's values.
  ///
  /// - Throws: `DescriptorError` with every problem found.
  public static func load(file: URL) throws(DescriptorError) -> PaperFigure {
    let value: JSONValue
    do { value = try JSON5.parse(JSON5.text(of: file)) } catch { throw DescriptorError(file: file, error) }
    var checker = ShapeChecker(root: shape)
    let checked = checker.check(value, as: shape, at: "")
    guard let checked, checker.problems.isEmpty else {
      throw DescriptorError(file: file.relativePath, problems: checker.problems)
    }
    return PaperFigure(CheckedTree(checked))
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

  private init(_ tree: CheckedTree) {
    figure = tree["figure"].text
    source = tree["source"].text
    unit = tree["unit"].text
    metric = tree["metric"].text
    note = tree.optional("note")?.text
    points = tree["points"].items.map { point in
      Point(
        system: point["system"].choice(), frameBytes: point.optional("frame_bytes")?.int,
        threads: point.optional("threads")?.int, value: point["value"].double,
        isApproximate: point["approximate"].flag, note: point.optional("note")?.text)
    }
  }
}
