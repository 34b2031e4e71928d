import Results
import Testing

@Suite struct TextTests {
  @Test(arguments: [
    ("a'b", "a_b"), ("'\u{301}", "_\u{301}"), ("''", "__"), ("", ""), ("é\u{2019}", "é\u{2019}"),
  ])
  func everyByteIsReplaced(text: String, expected: String) {
    #expect(Array(text.replacing("'" as Unicode.Scalar, with: "_").utf8) == Array(expected.utf8))
  }

  @Test func lineEndsOfTwoBytesAreFoundToo() {
    #expect("a\r\nb\n".replacing("\n" as Unicode.Scalar, with: " ") == "a\r b ")
  }
}
