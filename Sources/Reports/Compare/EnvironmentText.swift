import Foundation
import Results

/// Flattens an environment into properties by name, such as `cpu.microcode`.
enum EnvironmentText {
  /// Every known property. A list of strings is one property.
  static func properties(of environment: Environment?) -> [String: String] {
    guard let environment, let json = try? environment.json(),
      let tree = try? JSONSerialization.jsonObject(with: json)
    else { return [:] }
    var properties: [String: String] = [:]
    collect(tree, at: "", into: &properties)
    return properties
  }

  private static func collect(_ value: Any, at path: String, into properties: inout [String: String]) {
    func below(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    switch value {
    case let object as [String: Any]:
      for (key, value) in object { collect(value, at: below(key), into: &properties) }
    case let words as [String]: properties[path] = words.joined(separator: " ")
    case let list as [Any]:
      for (index, value) in list.enumerated() { collect(value, at: below("\(index)"), into: &properties) }
    case let word as String: properties[path] = word
    case let number as NSNumber:
      // Foundation represents a Boolean as a number, too.
      properties[path] = number.objCType.pointee == 0x63 ? (number.boolValue ? "true" : "false") : "\(number)"
    default: break
    }
  }
}
