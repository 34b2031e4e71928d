/// Swift source with its comments and string literals blanked out, so that scanners can look for words and
/// braces without meeting those within text.
///
/// It knows line and nested block comments, strings of one and of several lines, raw strings, and code
/// interpolated into strings, which stays. Regular-expression literals are taken for code; one with an
/// unbalanced brace or a quotation mark in it would mislead the scanners.
struct SwiftCode {
  /// The source, as long as before, line for line.
  let text: [Character]
  /// The indices of all ends of lines.
  private let ends: [Int]

  var lines: [String] {
    String(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  init(_ source: String) {
    var blanker = Blanker(text: Array(source))
    blanker.code(until: nil)
    text = blanker.text
    ends = text.indices.filter { blanker.text[$0] == "\n" }
  }

  /// The number of the line, from 1, that holds the character at an index.
  func line(at index: Int) -> Int {
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] < index { low = middle + 1 } else { high = middle }
    }
    return 1 + low
  }
}

/// Walks source once and overwrites what is not code.
private struct Blanker {
  var text: [Character]
  var index = 0

  /// Walks over code to the end, or to the bracket that closes an interpolation.
  mutating func code(until close: Character?) {
    var depth = 0
    while index < text.count {
      switch text[index] {
      case "/" where peek(1) == "/":
        while index < text.count && text[index] != "\n" { blank() }
      case "/" where peek(1) == "*": blockComment()
      case "\"": string(hashes: 0)
      case "#" where startsRawString: string(hashes: countHashes())
      case "(":
        depth += 1
        index += 1
      case ")":
        if depth == 0 && close == ")" { return }
        depth -= 1
        index += 1
      default: index += 1
      }
    }
  }

  private mutating func blockComment() {
    var depth = 0
    repeat {
      if text[index] == "/" && peek(1) == "*" {
        depth += 1
        blank(2)
      } else if text[index] == "*" && peek(1) == "/" {
        depth -= 1
        blank(2)
      } else {
        blank()
      }
    } while depth > 0 && index < text.count
  }

  private mutating func string(hashes: Int) {
    blank(hashes)
    let quotes = peek(1) == "\"" && peek(2) == "\"" ? 3 : 1
    blank(quotes)
    while index < text.count {
      if text[index] == "\"" && matches(Array(repeating: "\"", count: quotes) + hashSigns(hashes)) {
        return blank(quotes + hashes)
      }
      if text[index] == "\\" && matches(["\\"] + hashSigns(hashes)) {
        blank(1 + hashes)
        if index < text.count && text[index] == "(" {
          index += 1
          code(until: ")")
          index += 1
        } else {
          blank()
        }
      } else {
        blank()
      }
    }
  }

  private var startsRawString: Bool {
    var place = index
    while place < text.count && text[place] == "#" { place += 1 }
    return place < text.count && text[place] == "\""
  }

  private func countHashes() -> Int { text[index...].prefix { $0 == "#" }.count }

  private func hashSigns(_ count: Int) -> [Character] { Array(repeating: "#", count: count) }

  private func peek(_ distance: Int) -> Character? {
    index + distance < text.count ? text[index + distance] : nil
  }

  private func matches(_ characters: [Character]) -> Bool { text[index...].starts(with: characters) }

  private mutating func blank(_ count: Int = 1) {
    for _ in 0..<count where index < text.count {
      if text[index] != "\n" { text[index] = " " }
      index += 1
    }
  }
}
