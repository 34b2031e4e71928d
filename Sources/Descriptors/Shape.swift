import Cases
import Foundation

/// The allowed values of a member of a file. A tree of shapes describes a format. The checker, `--set` and
/// the published JSON Schema all use it, so they cannot disagree.
package indirect enum Shape: Sendable {
  /// Text that the pattern matches completely.
  case text(Pattern)
  case boolean
  case integer(ClosedRange<Int>)
  /// A whole number, or text that matches the pattern.
  case integerOrText(ClosedRange<Int>, Pattern)
  /// A finite number in the range; with `isAboveOnly` the lower bound itself is not allowed.
  case number(ClosedRange<Double>, isAboveOnly: Bool = false)
  case choice([String])
  /// This word, or a value of another shape.
  case word(String, or: Shape)
  /// The words of a command, in order; possibly none.
  case words
  /// A list of at least one value, without duplicates.
  case list(Shape)
  /// An axis of a sweep: a value, a list of distinct values or, for integers, `{from, to, step}`.
  case axis(Shape)
  case object([Field])
  /// Any subset of an object's members, to be applied to another object.
  case overlay([Field])

  /// A regular expression, with its description for messages.
  package struct Pattern: Sendable {
    let expression: String
    /// Completes "allowed is …".
    let allowed: String

    package init(expression: String, allowed: String) {
      (self.expression, self.allowed) = (expression, allowed)
    }

    package static let anything = Pattern(expression: #"[\s\S]*\S[\s\S]*"#, allowed: "text that is not blank")
  }

  /// A member of an object.
  package struct Field: Sendable {
    package let key: String
    let shape: Shape
    /// The member's meaning and unit, for the JSON Schema.
    package let note: String
    let presence: Presence
    /// The measured quantities to which the member belongs; nil if it belongs to all.
    let condition: Axis.Condition?

    package init(
      _ key: String, _ shape: Shape, _ presence: Presence, _ note: String, _ condition: Axis.Condition? = nil
    ) {
      (self.key, self.shape, self.presence, self.note) = (key, shape, presence, note)
      self.condition = condition
    }
  }

  /// What happens if a member is missing.
  package enum Presence: Sendable {
    case required
    case optional
    /// The member has this default.
    case standard(JSONValue)
    /// The member must be missing, for this reason.
    case excluded(because: String)
  }

  /// The members of an object; empty for other shapes.
  package var fields: [Field] {
    switch self {
    case .object(let fields), .overlay(let fields): fields
    default: []
    }
  }

  /// Completes the sentence "allowed is …".
  var allowed: String {
    switch self {
    case .text(let pattern): pattern.allowed
    case .boolean: "true or false"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .integerOrText(let range, let pattern): "\(Shape.integer(range).allowed), or \(pattern.allowed)"
    case .number(let range, isAboveOnly: true):
      "a number above \(JSONValue.number(range.lowerBound).described) "
        + "and up to \(JSONValue.number(range.upperBound).described)"
    case .number(let range, isAboveOnly: false):
      "a number from \(JSONValue.number(range.lowerBound).described) "
        + "to \(JSONValue.number(range.upperBound).described)"
    case .choice(let words):
      (words.count == 1 ? "" : "one of ") + words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .word(let word, let other): "\"\(word)\" or \(other.allowed)"
    case .words: "a list of words, each a string"
    case .list(let element): "a list with at least one value, each \(element.allowed)"
    case .axis(let element): "\(element.allowed), or a list of such values"
    case .object(let fields), .overlay(let fields):
      "an object with " + fields.map(\.key).joined(separator: ", ")
    }
  }

  /// The shape at `path` below this one; nil if there is none.
  func shape(at path: ArraySlice<String>) -> Shape? {
    guard let key = path.first else { return self }
    return fields.first { $0.key == key }?.shape.shape(at: path.dropFirst())
  }

  /// This shape, with those members excluded for which `reason` returns a reason. Overlays are unchanged.
  func excluding(at path: String = "", _ reason: (_ path: String, Field) -> String?) -> Shape {
    guard case .object(let fields) = self else { return self }
    return .object(
      fields.map { field in
        let fieldPath = path.isEmpty ? field.key : "\(path).\(field.key)"
        let presence = reason(fieldPath, field).map { Presence.excluded(because: $0) } ?? field.presence
        return Field(
          field.key, field.shape.excluding(at: fieldPath, reason), presence, field.note, field.condition)
      })
  }

  /// The paths of all members below, outermost first, such as `measure.windows`; without those of overlays.
  var paths: [String] {
    guard case .object(let fields) = self else { return [] }
    return fields.flatMap { field in [field.key] + field.shape.paths.map { "\(field.key).\($0)" } }
  }
}
