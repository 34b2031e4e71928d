import Foundation

/// Walks JSON5 text token by token to say *where* something is wrong.
///
/// It holds no values, and its verdict on the syntax counts only once Foundation has refused the text. Keys
/// that stand twice in an object it alone can find: Foundation silently keeps one of them.
struct JSON5Scanner {
  /// A place in the text, both counted from 1, and what is wrong there.
  struct Finding: CustomStringConvertible {
    let line: Int
    let column: Int
    let reason: String
    var description: String { "line \(line), column \(column): \(reason)" }
  }

  /// The first place where the text is not JSON5, and the first key before it that stands twice.
  static func findings(in text: String) -> (fault: Finding?, duplicate: Finding?) {
    var scanner = JSON5Scanner(text)
    let fault = scanner.scan()
    return (fault, scanner.duplicate)
  }

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
    /// An object with the lines of the keys that it has so far.
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
      let place = (line: line, column: position - lineStart + 1)
      func finding(_ reason: String) -> Finding {
        Finding(line: place.line, column: place.column, reason: reason)
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
        duplicate = finding("the key \"\(key)\" stands twice in one object, first on line \(earlier)")
      }
      if let reason = accept(token, line: place.line) { return finding(reason) }
    }
  }

  /// Moves on by one token; gives the reason if it does not fit.
  private mutating func accept(_ token: Token, line: Int) -> String? {
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
        return "\(word) is neither a number nor true, false or null; text needs quotes"
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
    case .string(let text): text
    case .word(let word): word.wholeMatch(of: /[\p{L}_$][\p{L}\p{N}_$\\]*/) == nil ? nil : word
    case .mark, .broken, .end: nil
    }
  }

  private static func isLiteral(_ word: String) -> Bool {
    let decimal = /[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/
    return ["true", "false", "null"].contains(word) || word.wholeMatch(of: decimal) != nil
      || word.wholeMatch(of: /[+-]?(?:Infinity|NaN|0[xX][0-9a-fA-F]+)/) != nil
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

  /// Skips white space and comments; gives the reason if a comment does not end.
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

  /// A quoted string; escapes stay as they are written, which is enough to compare keys.
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
