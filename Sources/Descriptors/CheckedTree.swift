import Foundation

/// Reads a value that `ShapeChecker` has accepted and normalised.
///
/// The checker has refused every other value before, so a mismatch here is a defect of this program and
/// traps.
package struct CheckedTree {
  package let value: JSONValue

  package init(_ value: JSONValue) { self.value = value }

  /// A member that is required or has a default.
  package subscript(key: String) -> CheckedTree {
    guard let member = optional(key) else { preconditionFailure("unchecked member \(key)") }
    return member
  }

  /// A member that may be missing.
  package func optional(_ key: String) -> CheckedTree? {
    guard case .object(let object) = value else { preconditionFailure("unchecked object") }
    return object[key].map(CheckedTree.init)
  }

  package var text: String {
    guard case .string(let text) = value else { preconditionFailure("unchecked text") }
    return text
  }

  var double: Double {
    guard case .number(let number) = value else { preconditionFailure("unchecked number") }
    return number
  }

  package var int: Int {
    guard let integer = Int(exactly: double) else { preconditionFailure("unchecked integer") }
    return integer
  }

  package var flag: Bool {
    guard case .boolean(let flag) = value else { preconditionFailure("unchecked boolean") }
    return flag
  }

  package var items: [CheckedTree] {
    guard case .array(let items) = value else { preconditionFailure("unchecked list") }
    return items.map(CheckedTree.init)
  }

  /// A word of an enumeration; the shape allows exactly the enumeration's words.
  package func choice<Choice: RawRepresentable<String>>(_ type: Choice.Type = Choice.self) -> Choice {
    guard let choice = Choice(rawValue: text) else { preconditionFailure("unchecked choice") }
    return choice
  }
}
