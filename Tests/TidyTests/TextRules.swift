import Foundation

// Rules on any text file. Each takes text and returns what offends it, so that it can be tried on examples.
enum TextRules {
  /// The lines of more than `limit` characters.
  static func longLines(_ text: String, limit: Int) -> [String] {
    numbered(text) { $0.count > limit }.map { "\($0.number): \($0.line.count) characters" }
  }

  /// The lines that hold a tab or end in a blank.
  static func strayBlanks(_ text: String) -> [String] {
    numbered(text) { $0.contains("\t") || $0.last == " " }.map { "\($0.number): tab or trailing blank" }
  }

  /// The lines that name a folder of one particular machine.
  static func machinePaths(_ text: String) -> [String] {
    // Put together, so that this file does not offend its own rule.
    let folders = ["home", "root", "work", "tmp/bash_jobs"].map { "/\($0)/" }
    // Most texts, long tables among them, name none: bytes are sooner searched than characters.
    guard text.withCString({ bytes in folders.contains { strstr(bytes, $0) != nil } }) else { return [] }
    return numbered(text) { line in
      folders.contains { folder in
        line.ranges(of: folder).contains { range in
          guard range.lowerBound > line.startIndex else { return true }
          let before = line[line.index(before: range.lowerBound)]
          return !(before.isLetter || before.isNumber || "._-~}*)".contains(before))
        }
      }
    }.map { "\($0.number): \($0.line)" }
  }

  /// Where the links of a Markdown text lead, but for those to the web and within the page.
  static func links(_ markdown: String) -> [String] {
    markdown.matches(of: /\]\(([^)\s]+)[^)]*\)/).map { String($0.1) }
      .filter { !$0.hasPrefix("#") && $0.firstMatch(of: /^[a-z]+:/) == nil }
      .map { String($0.prefix { $0 != "#" }) }
  }

  private static func numbered(_ text: String, where offends: (Substring) -> Bool) -> [(
    number: Int, line: Substring
  )] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { offends($0.element) }.map { ($0.offset + 1, $0.element) }
  }
}
