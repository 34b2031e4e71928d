/// The words behind a command: operands and options, checked against what the command knows.
struct Arguments {
  /// An option, with or without a value.
  struct Option: Sendable {
    let name: String
    var takesValue = true
    var mayRepeat = false

    /// What may be said twice and means the same.
    static func flag(_ name: String) -> Option { Option(name: name, takesValue: false, mayRepeat: true) }
    static func value(_ name: String) -> Option { Option(name: name) }
    /// Of which each value counts.
    static func values(_ name: String) -> Option { Option(name: name, mayRepeat: true) }
  }

  /// A word that does not fit.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Words that belong to no option, in order.
  let operands: [String]
  private let values: [String: [String]]

  /// Sorts `words`; `--name value` and `--name=value` are the same, and `--` ends the options.
  init(_ words: [String], _ options: [Option]) throws {
    var operands: [String] = []
    var values: [String: [String]] = [:]
    let known = options + [.flag("--help")]
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = parts[0] == "-h" ? "--help" : parts[0]
      guard let option = known.first(where: { $0.name == name }) else {
        let near = CommandLineTool.suggestion(name, known.map(\.name))
        throw Failure(description: "there is no option \(name)\(near)")
      }
      if !option.takesValue {
        guard parts.count == 1 else { throw Failure(description: "\(name) takes no value") }
        values[name, default: []].append("")
      } else if parts.count == 2 {
        values[name, default: []].append(parts[1])
      } else if let value = rest.popFirst() {
        if known.contains(where: { $0.name == value }) {
          throw Failure(
            description: "\(name) needs a value, and \(value) is an option; \(name)=\(value) would be one")
        }
        values[name, default: []].append(value)
      } else {
        throw Failure(description: "\(name) needs a value")
      }
    }
    // A script's unset variable: as a folder it would be the root, as a file the folder at hand.
    for option in known where option.takesValue && values[option.name]?.contains("") == true {
      throw Failure(description: "\(option.name) needs a value that is not empty")
    }
    // The first or the last would be passed over in silence.
    for option in known where !option.mayRepeat {
      guard let given = values[option.name], given.count > 1 else { continue }
      let all = given.joined(separator: " and ")
      throw Failure(description: "\(option.name) is given \(given.count) times, as \(all); give it once")
    }
    if operands.contains("") { throw Failure(description: "an empty word names no file and no folder") }
    self.operands = operands
    self.values = values
  }

  /// Whether the option was given.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// The option's last value; nil if it was not given.
  func last(_ name: String) -> String? { values[name]?.last }

  /// All values of an option that may be repeated.
  func all(_ name: String) -> [String] { values[name] ?? [] }
}
