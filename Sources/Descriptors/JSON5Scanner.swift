import Foundation

/// Walks through JSON5 text, token by token, to find the position of errors.
///
/// It keeps no values. Its result counts only if Foundation has refused the text, except for duplicate keys:
/// Foundation silently keeps only one of them.
struct JSON5Scanner {
  /// A problem with its line and column, both counted from 1.
  struct Finding: CustomStringConvertible {
    let line: Int
    let column: Int
    let reason: String
    var description: String { "line \(line), column \(column): \(reason)" }
  }

  /// The first syntax error, and the first duplicate key before it.
  static func findings(in text: String) -> (fault: Finding?, duplicate: Finding?) {
    var scanner = JSON5Scanner(text)
    let fault = scanner.scan()
    return (fault, scanner.duplicate)
  }

  /// The most levels of nesting. Foundation's own limit is somewhat higher.
  private static let depthMax = 500

  private enum Token {
    case mark(Character)
    case string(String)
    case word(String)
    case broken(String)
    case end
  }

  private enum Expected: String {
    case value = "a value"
    case valueOrEnd = "a value or ]"
    case keyOrEnd = "a key or }"
    case colon = "a colon"
    case commaOrEnd = "a comma or the end of the list or object"
    case nothing = "the end of the text"
  }

  private enum Container {
    case list
    /// An object, with the line of each key so far.
    case object([String: Int])

    var lines: [String: Int]? {
      guard case .object(let lines) = self else { return nil }
      return lines
    }
  }

  private let characters: [Character]
  private var position = 0
  private var line = 1
  private var lineStart = 0
  private var expected = Expected.value
  private var open: [Container] = []
  private var duplicate: Finding?

  private init(_ text: String) { characters = Array(text) }

  private mutating func scan() -> Finding? {
    while true {
      let gap = skipGap()
      let location = (line: line, column: position - lineStart + 1)
      func finding(_ reason: String) -> Finding {
        Finding(line: location.line, column: location.column, reason: reason)
      }
      if let gap { return finding(gap) }
      let token = next()
      if case .broken(let reason) = token { return finding(reason) }
      if case .end = token {
        return expected == .nothing ? nil : finding("the text ends where \(expected.rawValue) is expected")
      }
      if expected == .keyOrEnd, let key = Self.key(token), let earlier = open.last?.lines?[key],
        duplicate == nil
      {
        let name = key.told(quoted: true)
        duplicate = finding("the key \(name) stands twice in one object, first on line \(earlier)")
      }
      if let reason = accept(token, line: location.line) { return finding(reason) }
    }
  }

  /// Processes one token; returns an error message if the token does not fit.
  private mutating func accept(_ token: Token, line: Int) -> String? {
    if open.count > Self.depthMax { return "more than \(Self.depthMax) lists and objects lie in one another" }
    switch (expected, token) {
    case (.value, .mark("{")), (.valueOrEnd, .mark("{")):
      open.append(.object([:]))
      expected = .keyOrEnd
    case (.value, .mark("[")), (.valueOrEnd, .mark("[")):
      open.append(.list)
      expected = .valueOrEnd
    case (.value, .string), (.valueOrEnd, .string):
      closeValue()
    case (.value, .word(let word)), (.valueOrEnd, .word(let word)):
      if !Self.isLiteral(word) {
        return "\(word.told) is neither a number nor true, false or null; text needs quotes"
      }
      closeValue()
    case (.keyOrEnd, .string), (.keyOrEnd, .word):
      guard let key = Self.key(token), var lines = open.popLast()?.lines else {
        return "this key needs quotes"
      }
      lines[key] = line
      open.append(.object(lines))
      expected = .colon
    case (.colon, .mark(":")):
      expected = .value
    case (.commaOrEnd, .mark(",")):
      expected = isInObject ? .keyOrEnd : .valueOrEnd
    case (.keyOrEnd, .mark("}")), (.commaOrEnd, .mark("}")):
      if !isInObject { return "} does not close the list that is open here" }
      open.removeLast()
      closeValue()
    case (.valueOrEnd, .mark("]")), (.commaOrEnd, .mark("]")):
      if isInObject { return "] does not close the object that is open here" }
      open.removeLast()
      closeValue()
    default:
      return "\(expected.rawValue) is expected here"
    }
    return nil
  }

  private var isInObject: Bool { open.last?.lines != nil }

  private mutating func closeValue() { expected = open.isEmpty ? .nothing : .commaOrEnd }

  private static func key(_ token: Token) -> String? {
    switch token {
    case .string(let text): unescaped(text)
    case .word(let word): isName(word) ? unescaped(word) : nil
    case .mark, .broken, .end: nil
    }
  }

  /// The text with its escapes resolved. Invalid escapes are left to Foundation, which refuses them.
  private static func unescaped(_ text: String) -> String {
    guard text.contains("\\") else { return text }
    var units: [UInt16] = []
    var rest = Array(text.utf16)[...]
    while let unit = rest.popFirst() {
      guard unit == UInt16(UInt8(ascii: "\\")), let escaped = rest.popFirst() else {
        units.append(unit)
        continue
      }
      switch UnicodeScalar(escaped) {
      case "u", "x":
        let digits = rest.prefix(escaped == UInt16(UInt8(ascii: "u")) ? 4 : 2)
        rest = rest.dropFirst(digits.count)
        units.append(UInt16(String(decoding: digits, as: UTF16.self), radix: 16) ?? escaped)
      case "n": units.append(10)
      case "t": units.append(9)
      case "r": units.append(13)
      case "b": units.append(8)
      case "f": units.append(12)
      case "v": units.append(11)
      case "0": units.append(0)
      case "\n", "\r", "\u{2028}", "\u{2029}": break
      default: units.append(escaped)
      }
    }
    return String(decoding: units, as: UTF16.self)
  }

  /// Whether the word has only letters and digits and begins with a letter. A regular expression for each
  /// word would take seconds for a large file.
  private static func isName(_ word: String) -> Bool {
    func isLetter(_ character: Character) -> Bool { character.isLetter || "_$\\".contains(character) }
    return word.first.map(isLetter) ?? false && word.allSatisfy { isLetter($0) || $0.isNumber }
  }

  private static func isLiteral(_ word: String) -> Bool {
    if ["true", "false", "null"].contains(word) { return true }
    var rest = Substring(word)
    func digits(_ isDigit: (Character) -> Bool = { $0.isASCII && $0.isNumber }) -> Int {
      let found = rest.prefix(while: isDigit)
      rest = rest.dropFirst(found.count)
      return found.count
    }
    func skips(_ marks: String) -> Bool {
      guard let first = rest.first, marks.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = skips("+-")
    if rest == "Infinity" || rest == "NaN" { return true }
    if rest.hasPrefix("0x") || rest.hasPrefix("0X") {
      rest = rest.dropFirst(2)
      return digits { $0.isASCII && $0.isHexDigit } > 0 && rest.isEmpty
    }
    let startsWithZero = rest.first == "0"
    let whole = digits()
    let part = skips(".") ? digits() : 0
    guard whole + part > 0, !(startsWithZero && whole > 1) else { return false }
    if skips("eE") {
      _ = skips("+-")
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}

// MARK: - Tokens

extension JSON5Scanner {
  private var current: Character? { position < characters.count ? characters[position] : nil }

  private mutating func advance() {
    if characters[position].isNewline {
      line += 1
      lineStart = position + 1
    }
    position += 1
  }

  /// Skips white space and comments; returns an error message if a comment does not end.
  private mutating func skipGap() -> String? {
    while let character = current {
      let following = position + 1 < characters.count ? characters[position + 1] : nil
      if character.isWhitespace || character == "\u{FEFF}" {
        advance()
      } else if character == "/", following == "/" {
        while let character = current, !character.isNewline { advance() }
      } else if character == "/", following == "*" {
        advance()
        advance()
        while let character = current, !(character == "*" && isFollowed(by: "/")) { advance() }
        if current == nil { return "the text ends within a comment" }
        advance()
        advance()
      } else {
        break
      }
    }
    return nil
  }

  private func isFollowed(by character: Character) -> Bool {
    position + 1 < characters.count && characters[position + 1] == character
  }

  private mutating func next() -> Token {
    guard let first = current else { return .end }
    if "{}[]:,".contains(first) {
      advance()
      return .mark(first)
    }
    if first == "\"" || first == "'" { return string(quote: first) }
    var word = ""
    while let character = current, !character.isWhitespace, !"{}[]:,\"'/".contains(character) {
      word.append(character)
      advance()
    }
    return word.isEmpty ? .broken("\(first) is not expected here") : .word(word)
  }

  /// Reads a quoted string; escapes are kept as written.
  private mutating func string(quote: Character) -> Token {
    var text = ""
    advance()
    while let character = current {
      if character == quote {
        advance()
        return .string(text)
      }
      if character.isNewline { break }
      text.append(character)
      advance()
      if character == "\\", let escaped = current {
        text.append(escaped)
        advance()
      }
    }
    return .broken("the string that begins here has no end on its line")
  }
}
