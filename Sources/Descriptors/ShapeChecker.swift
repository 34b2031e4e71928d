import Cases
import Foundation
import Results

/// Compares a value with a shape, and collects every problem.
///
/// `check` returns the value in its normal form: members in the order of the shape, defaults for missing
/// ones, and every axis of a sweep as a list.
package struct ShapeChecker {
  package typealias Problem = DescriptorError.Problem

  package private(set) var problems: [Problem] = []
  /// The paths of the whole format, to tell where a misplaced key belongs.
  private let paths: [String]
  /// Compiled regular expressions, because compiling takes longer than matching.
  private var patterns: [String: Regex<AnyRegexOutput>] = [:]

  package init(root: Shape) { paths = root.paths }

  /// The normal form of `value`; it is valid only as long as `problems` is empty.
  package mutating func check(_ value: JSONValue, as shape: Shape, at path: String) -> JSONValue? {
    switch (shape, value) {
    case (.text(let pattern), .string(let text)), (.integerOrText(_, let pattern), .string(let text)):
      return matches(text, pattern.expression) ? value : refuse(value, shape, path)
    case (.boolean, .boolean):
      return value
    case (.integer(let range), .number(let number)), (.integerOrText(let range, _), .number(let number)):
      return check(number, in: range, shape, at: path)
    case (.number(let range, let isAboveOnly), .number(let number)):
      let isTooSmall = number < range.lowerBound || (isAboveOnly && number == range.lowerBound)
      if !number.isFinite { return refuse(value, shape, path, "is not finite") }
      if isTooSmall { return refuse(value, shape, path, "is too small") }
      return number > range.upperBound ? refuse(value, shape, path, "is too large") : value
    case (.choice(let words), .string(let text)):
      if words.contains(text) { return value }
      // The word is a system's former name, which is replaced.
      if words.contains(CaseCoordinates.system(text)) { return .string(CaseCoordinates.system(text)) }
      let guess = isMany ? "" : Suggestion.question(for: text, among: words)
      return refuse(value, shape, path, "is not known here\(guess)")
    case (.word(let word, _), .string(let text)):
      if text == word { return value }
      return refuse(value, shape, path, "is not known here\(Suggestion.question(for: text, among: [word]))")
    case (.word(_, let other), .number):
      return check(value, as: other, at: path)
    case (.words, .array(let items)):
      let areWords = items.allSatisfy { if case .string(let word) = $0 { !word.isEmpty } else { false } }
      return areWords ? value : refuse(value, shape, path)
    case (.list(let element), .array(let items)), (.axis(let element), .array(let items)):
      return check(items, each: element, shape, at: path)
    case (.axis(.integer(let range)), .object(let object)),
      (.axis(.integerOrText(let range, _)), .object(let object)):
      return check(object, rangeOf: range, at: path)
    case (.axis(let element), .object):
      return refuseType(value, .axis(element), path)
    case (.axis(let element), _):
      return check(value, as: element, at: path).map { .array([$0]) }
    case (.object(let fields), .object(let object)):
      return check(object, fields, fillsIn: true, at: path)
    case (.overlay(let fields), .object(let object)):
      return check(object, fields, fillsIn: false, at: path)
    default:
      return refuseType(value, shape, path)
    }
  }

  /// Whether there are so many problems that slow guesses at the intended names would not help.
  private var isMany: Bool { problems.count > DescriptorError.most }

  /// Whether the regular expression matches the whole text.
  private mutating func matches(_ text: String, _ expression: String) -> Bool {
    let pattern = patterns[expression] ?? (try? Regex(expression))
    patterns[expression] = pattern
    return pattern.map { (try? $0.wholeMatch(in: text)) != nil } ?? false
  }

  private mutating func refuse(
    _ value: JSONValue, _ shape: Shape, _ path: String, _ complaint: String = "is not possible here"
  ) -> JSONValue? {
    let reason = "\(value.described) \(complaint); allowed is \(shape.allowed)"
    problems.append(Problem(path: path, reason: reason))
    return nil
  }

  private mutating func refuseType(_ value: JSONValue, _ shape: Shape, _ path: String) -> JSONValue? {
    let reason = "\(value.describedWithType) has the wrong type; allowed is \(shape.allowed)"
    problems.append(Problem(path: path, reason: reason))
    return nil
  }

  private mutating func check(
    _ number: Double, in range: ClosedRange<Int>, _ shape: Shape, at path: String
  ) -> JSONValue? {
    let value = JSONValue.number(number)
    if !number.isFinite { return refuse(value, shape, path, "is not finite") }
    if number < Double(range.lowerBound) { return refuse(value, shape, path, "is too small") }
    if number > Double(range.upperBound) { return refuse(value, shape, path, "is too large") }
    return Int(exactly: number) == nil ? refuse(value, shape, path, "is not a whole number") : value
  }

  private mutating func check(
    _ items: [JSONValue], each element: Shape, _ shape: Shape, at path: String
  ) -> JSONValue? {
    if items.isEmpty { return refuse(.array(items), shape, path) }
    var checked: [JSONValue] = []
    var seen: Set<JSONValue> = []
    for (index, item) in items.enumerated() {
      guard let value = check(item, as: element, at: "\(path)[\(index)]") else { continue }
      if !seen.insert(value).inserted {
        problems.append(
          Problem(path: "\(path)[\(index)]", reason: "\(value.described) is listed twice"))
      }
      checked.append(value)
    }
    return .array(checked)
  }

  /// Expands `{from, to, step}` to the values from, from + step and so on, up to `to`.
  private mutating func check(
    _ object: JSONObject, rangeOf range: ClosedRange<Int>, at path: String
  ) -> JSONValue? {
    let before = problems.count
    let fields = Shape.range(range)
    let tree = CheckedTree(check(object, fields, fillsIn: true, at: path))
    if problems.count > before { return nil }
    let (first, last, step) = (tree["from"].int, tree["to"].int, tree["step"].int)
    if first > last {
      problems.append(Problem(path: "\(path).to", reason: "\(last) is below from, which is \(first)"))
      return nil
    }
    return .array(stride(from: first, through: last, by: step).map { .number(Double($0)) })
  }

  private mutating func check(
    _ object: JSONObject, _ fields: [Shape.Field], fillsIn: Bool, at path: String
  ) -> JSONValue {
    var checked = JSONObject()
    for field in fields {
      let fieldPath = Self.path(path, field.key)
      switch (object[field.key], field.presence) {
      case (_?, .excluded(let reason)):
        problems.append(Problem(path: fieldPath, reason: reason))
      case (let value?, _):
        checked[field.key] = check(value, as: field.shape, at: fieldPath)
      case (nil, .standard(let value)) where fillsIn:
        checked[field.key] = check(value, as: field.shape, at: fieldPath)
      case (nil, .required) where fillsIn:
        problems.append(Problem(path: fieldPath, reason: "is missing; needed is \(field.shape.allowed)"))
      default:
        break
      }
    }
    let known = fields.map(\.key)
    for key in object.keys where !known.contains(key) {
      problems.append(Problem(path: Self.path(path, key), reason: unknown(key, among: known)))
    }
    return .object(checked)
  }

  private func unknown(_ key: String, among known: [String]) -> String {
    let elsewhere = isMany ? [] : paths.filter { $0.hasSuffix(".\(key)") }
    let guess =
      isMany
      ? nil
      : Suggestion.nearest(to: key, among: known) ?? elsewhere.first
        ?? Suggestion.kin(of: key, among: known)
    return "is not a known key" + (guess.map { " (did you mean \"\($0)\"?)" } ?? "")
      + "; known are \(known.joined(separator: ", "))"
  }

  private static func path(_ path: String, _ key: String) -> String {
    let isPlain = key.utf8.allSatisfy { byte in
      byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || "0123456789_$-".utf8.contains(byte))
    }
    let step = isPlain && !key.isEmpty ? key.told : "[\(key.told(quoted: true))]"
    return path.isEmpty || step.hasPrefix("[") ? path + step : "\(path).\(step)"
  }
}

extension Shape {
  /// The text of a file.
  static func text(of file: URL) throws(DescriptorError) -> String {
    do { return try JSON5.text(of: file) } catch { throw DescriptorError(file: file, error) }
  }

  /// The value in a file's text, as given and in its normal form.
  /// - Throws: `DescriptorError` with every problem found.
  func check(
    _ text: String, of file: URL
  ) throws(DescriptorError) -> (given: JSONValue, normal: CheckedTree) {
    let given: JSONValue
    do { given = try JSON5.parse(text) } catch { throw DescriptorError(file: file, error) }
    var checker = ShapeChecker(root: self)
    guard let normal = checker.check(given, as: self, at: ""), checker.problems.isEmpty else {
      throw DescriptorError(file: file.relativePath, problems: checker.problems)
    }
    return (given, CheckedTree(normal))
  }

  /// The members of a range on an axis of integers.
  package static func range(_ range: ClosedRange<Int>) -> [Field] {
    let stepMax = max(1, range.upperBound - range.lowerBound)
    return [
      .init("from", .integer(range), .required, "First value."),
      .init("to", .integer(range), .required, "Upper limit; the last value if a step ends on it."),
      .init("step", .integer(1...stepMax), .standard(1), "Distance between values."),
    ]
  }
}
