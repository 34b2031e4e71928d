import Foundation

extension JSONValue {
  /// Plain JSON (no comments, no JSON5), two spaces a level, a list of scalars on one line while it fits,
  /// ending in a newline. Equal values give equal bytes.
  ///
  /// A number that is not finite has no JSON form and is written as `null`; a checked descriptor holds none.
  public var rendered: String { render(indent: 0) + "\n" }

  /// The value in a sentence: scalars as they are, long text cut, containers by kind only.
  var described: String {
    switch self {
    case .array(let items): items.isEmpty ? "an empty list" : "a list"
    case .object: "an object"
    case .number(let number) where !number.isFinite: "\(number)"
    case .string(let text): text.told(quoted: true)
    default: render(indent: 0)
    }
  }

  /// The value with its type, for a sentence that refuses the type.
  var describedWithType: String {
    switch self {
    case .string: "the string \(described)"
    case .number: "the number \(described)"
    case .boolean, .null, .array, .object: described
    }
  }

  private func render(indent: Int) -> String {
    switch self {
    case .null: "null"
    case .boolean(let flag): flag ? "true" : "false"
    case .number(let number): Self.render(number)
    case .string(let text): Self.quoted(text)
    case .array(let items): Self.render(items, indent: indent)
    case .object(let object):
      Self.block(
        object.keys.map { "\(Self.quoted($0)): \(object[$0]?.render(indent: indent + 2) ?? "null")" },
        open: "{", close: "}", indent: indent)
    }
  }

  private static func render(_ number: Double) -> String {
    guard number.isFinite else { return "null" }
    return Int(exactly: number).map(String.init) ?? "\(number)"
  }

  private static func render(_ items: [JSONValue], indent: Int) -> String {
    let parts = items.map { $0.render(indent: indent + 2) }
    let line = "[" + parts.joined(separator: ", ") + "]"
    let isShort = line.count + indent <= 100 && !items.contains(where: \.isContainer)
    return isShort ? line : block(parts, open: "[", close: "]", indent: indent)
  }

  private static func block(_ parts: [String], open: String, close: String, indent: Int) -> String {
    if parts.isEmpty { return open + close }
    let margin = String(repeating: " ", count: indent)
    return open + "\n" + parts.map { "\(margin)  \($0)" }.joined(separator: ",\n") + "\n\(margin)\(close)"
  }

  private var isContainer: Bool {
    switch self {
    case .array, .object: true
    case .null, .boolean, .number, .string: false
    }
  }

  /// `text` as a JSON string with its quotes.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension String {
  /// The text in a sentence: cut where it is long, without signs that would do more than be seen.
  package var told: String { told(quoted: false) }

  /// The text shortened for messages, in quotes if wanted.
  package func told(quoted: Bool) -> String {
    let text = JSONValue.quoted(count > 40 ? prefix(40) + "…" : self)
    return quoted ? text : String(text.dropFirst().dropLast())
  }
}
