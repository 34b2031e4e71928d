import Foundation

extension JSONValue {
  /// The value as plain JSON (without comments), indented by two spaces per level, with a list of scalars on
  /// one line if it fits, and a newline at the end. Equal values give equal bytes.
  ///
  /// JSON has no form for infinity and NaN; they become `null`. A checked descriptor contains neither.
  public var rendered: String { render(indent: 0) + "\n" }

  /// The value for a message: a scalar as it is, long text shortened, containers by kind only.
  var described: String {
    switch self {
    case .array(let items): items.isEmpty ? "an empty list" : "a list"
    case .object: "an object"
    case .number(let number) where !number.isFinite: "\(number)"
    case .string(let text): text.told(quoted: true)
    default: render(indent: 0)
    }
  }

  /// The value with its type, for a message that refuses the type.
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

  /// `text` as a JSON string in quotes.
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
  /// The text for a message: shortened if it is long, with control characters escaped.
  package var told: String { told(quoted: false) }

  /// The text for a message, as `told`; in quotes if `quoted`.
  package func told(quoted: Bool) -> String {
    let text = JSONValue.quoted(count > 40 ? prefix(40) + "…" : self)
    return quoted ? text : String(text.dropFirst().dropLast())
  }
}
