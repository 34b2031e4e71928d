import Foundation
import TestRuns
import Testing

/// Pages that state results agree with the reference run; `make readme` writes these parts.
@Suite struct PagesTests {
  @Test(arguments: ["README.md", "docs/results.md"])
  func aPageTellsWhatTheReferenceRunFound(page: String) throws {
    let all = try text(of: suiteFolder().path + "/" + page)
    let begin = try #require(all.firstRange(of: /<!-- begin: [^>]*-->/), "\(page) has no marker")
    let end = try #require(all.firstRange(of: "<!-- end -->"), "\(page) has no second marker")
    let told = words(String(all[begin.upperBound..<end.lowerBound]))
    let answers = try Reference.report().inShort
    #expect(answers.count == 1, "the reference is of one machine")
    let found = try #require(answers.first)
    #expect(told.contains(found.machine))
    for sentence in found.sentences {
      #expect(told.contains(words(sentence)), "\(page) is behind; `make readme` writes: \(sentence)")
    }
    // Pages may also have the section on what remains of the thesis.
    guard let thesis = all.firstRange(of: /<!-- begin thesis: [^>]*-->/) else { return }
    let rest = all[thesis.upperBound...]
    let remains = words(String(rest[..<(try #require(rest.firstRange(of: "<!-- end -->")).lowerBound)]))
    for sentence in try Reference.report().thesis.flatMap(\.self) {
      #expect(remains.contains(words(sentence)), "\(page) is behind; `make readme` writes: \(sentence)")
    }
  }

  private func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
