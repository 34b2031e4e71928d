/// The words after a command: operands and options, checked against the command's options.
struct Arguments {
  /// An option, with or without a value.
  struct Option: Sendable {
    let name: String
    var takesValue = true
    var mayRepeat = false

    /// An option without a value; it may be repeated without effect.
    static func flag(_ name: String) -> Option { Option(name: name, takesValue: false, mayRepeat: true) }
    static func value(_ name: String) -> Option { Option(name: name) }
    /// An option with a value that may be repeated; every value counts.
    static func values(_ name: String) -> Option { Option(name: name, mayRepeat: true) }
  }

  /// A wrong word on the command line.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Words that do not belong to an option, in order.
  let operands: [String]
  private let values: [String: [String]]

  /// Parses `words`. `--name value` and `--name=value` mean the same, and `--` ends the options.
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
    // An empty value is probably a script's unset variable. As a folder it would mean the root, as a file the
    // working folder.
    for option in known where option.takesValue && values[option.name]?.contains("") == true {
      throw Failure(description: "\(option.name) needs a value that is not empty")
    }
    // One of several values would silently be ignored.
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
