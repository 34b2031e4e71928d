import Foundation

// Rules on Swift source. Each takes source and returns what offends it, so that it can be tried on examples.
enum CodeRules {
  /// The functions, initialisers and subscripts whose bodies have more than `limit` lines.
  ///
  /// A body starts at the first brace that follows the keyword outside of round and square brackets (where
  /// default arguments may hold closures) and ends at the brace that matches it. A requirement of a protocol
  /// has none: it ends at the protocol's closing brace or at the next declaration.
  static func longBodies(_ source: String, limit: Int) -> [String] {
    let code = SwiftCode(source)
    let words = words(in: code.text)
    var offenders: [String] = []
    for (place, word) in words.enumerated() where bodied.contains(word.text) {
      // `self.init(…)`, `.init(…)`, `x.subscript`: uses, not declarations.
      if word.start > 0 && code.text[word.start - 1] == "." { continue }
      guard let open = bodyStart(after: word.end, in: code.text),
        !words[(place + 1)...].prefix(while: { $0.start < open }).contains(where: { ends.contains($0.text) })
      else { continue }
      let close = closingBrace(of: open, in: code.text)
      let count = code.line(at: close) - code.line(at: open) - 1
      if count > limit { offenders.append("\(code.line(at: word.start)): \(word.text) has \(count) lines") }
    }
    return offenders
  }

  private static let bodied: Set = ["func", "init", "deinit", "subscript"]
  /// Words that open another declaration, before which a requirement has ended.
  private static let ends: Set = [
    "associatedtype", "case", "class", "deinit", "enum", "extension", "func", "init", "let", "static",
    "struct",
    "subscript", "typealias", "var",
  ]

  private static func words(in text: [Character]) -> [(text: String, start: Int, end: Int)] {
    var words: [(text: String, start: Int, end: Int)] = []
    var start = 0
    for index in 0...text.count {
      if index < text.count, text[index].isLetter || text[index].isNumber || text[index] == "_" { continue }
      if index > start { words.append((String(text[start..<index]), start, index)) }
      start = index + 1
    }
    return words
  }

  private static func bodyStart(after index: Int, in text: [Character]) -> Int? {
    var depth = 0
    for place in index..<text.count {
      switch text[place] {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return place
      case "}" where depth == 0: return nil
      default: break
      }
    }
    return nil
  }

  private static func closingBrace(of open: Int, in text: [Character]) -> Int {
    var depth = 0
    for place in open..<text.count {
      if text[place] == "{" { depth += 1 }
      if text[place] == "}" { depth -= 1 }
      if depth == 0 { return place }
    }
    return text.count - 1
  }

  /// The lines that declare something public without a documentation comment above.
  ///
  /// Attributes on lines of their own may stand between the comment and the declaration. `public` before
  /// `import`, and a setter's `public(set)`, declare nothing.
  /// - Parameter named: members that a protocol documents, so that whoever conforms need not do it again.
  static func undocumented(_ source: String, named: Set<String> = []) -> [String] {
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let code = SwiftCode(source).lines
    var offenders: [String] = []
    for (number, line) in code.enumerated() {
      guard line.hasAny(of: "public", "open"),
        line.firstMatch(of: /\b(public|open)\s+(?!import\b)(?=[a-z@_])/) != nil
      else { continue }
      if let name = member(line), named.contains(name) { continue }
      var above = number - 1
      while above >= 0 && code[above].wholeMatch(of: /\s*(@\w+(\([^)]*\))?\s*)+/) != nil { above -= 1 }
      if above < 0 || !lines[above].drop(while: \.isWhitespace).hasPrefix("///") {
        offenders.append("\(number + 1): \(lines[number].drop { $0 == " " })")
      }
    }
    return offenders
  }

  /// The property or function that a line declares.
  private static func member(_ line: String) -> String? {
    line.firstMatch(of: /\b(?:var|let|func)\s+(\w+)/).map { String($0.1) }
  }

  /// The members that the protocols of a source ask for.
  static func requirements(_ source: String) -> Set<String> {
    var names: Set<String> = []
    var isWithin = false
    for line in SwiftCode(source).lines {
      if line.hasAny(of: "protocol"), line.firstMatch(of: /\bprotocol\s+\w/) != nil {
        isWithin = !line.contains("}")
      }
      if line.hasPrefix("}") { isWithin = false }
      if isWithin, let name = member(line) { names.insert(name) }
    }
    return names
  }

  /// Doc comments of a line that say nothing.
  static func emptyComments(_ source: String) -> [String] {
    let other = "(As|See)( of)? (above|the format|ESP('s)?|`\\w+`)( does)?"
    let all = "\\s*/// (In sentences|The next|Always|No|Yes|\(other))\\."
    guard let empty = try? Regex(all) else { return [] }
    return source.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
      let line = String($1)
      let isEmpty = line.hasAny(of: "///") && line.wholeMatch(of: empty) != nil
      return isEmpty ? "\($0 + 1): \(line.drop { $0 == " " })" : nil
    }
  }

  /// The lines that call `print` or `debugPrint`.
  static func prints(_ source: String) -> [String] {
    SwiftCode(source).lines.enumerated().compactMap { number, line in
      let doesPrint =
        line.hasAny(of: "print(", "debugPrint(")
        && line.firstMatch(of: /(^|[^\w.])(print|debugPrint)\(/) != nil
      return doesPrint ? "\(number + 1): \(line.drop { $0 == " " })" : nil
    }
  }

  /// The modules that source imports.
  static func imports(_ source: String) -> [String] {
    let kinds = /(?:class|enum|func|let|protocol|struct|typealias|var)\s+/
    let pattern =
      /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|internal|private|package|fileprivate)\s+)?import\s+(.*)/
    return SwiftCode(source).lines.compactMap { line in
      guard line.hasAny(of: "import"), let rest = line.firstMatch(of: pattern)?.1 else { return nil }
      let name = rest.prefixMatch(of: kinds).map { rest[$0.range.upperBound...] } ?? rest
      return String(name.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
  }
}

extension String {
  /// Whether any of these words is in it: most lines have none, and a regular expression takes longer.
  fileprivate func hasAny(of words: String...) -> Bool {
    withCString { line in words.contains { strstr(line, $0) != nil } }
  }
}
