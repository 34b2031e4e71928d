import Testing

@Suite struct TextTests {
  @Test(arguments: [
    ("a'b", "a_b"), ("'\u{301}", "_\u{301}"), ("''", "__"), ("", ""), ("é\u{2019}", "é\u{2019}"),
  ])
  func everyByteIsReplaced(text: String, expected: String) {
    #expect(Array(text.replacing("'" as Unicode.Scalar, with: "_").utf8) == Array(expected.utf8))
  }

  @Test func numbersAgreeWithWhatTheyCount() {
    #expect([0, 1, 2].map { $0.counted("case") } == ["0 cases", "1 case", "2 cases"])
    #expect([1, 2].map { $0.counted("launch") } == ["1 launch", "2 launches"])
    #expect([1, 2].map { $0.counted("case", "is", "are") } == ["1 case is", "2 cases are"])
    #expect(
      [(1, 1), (1, 2), (2, 2)].map { $0.counted(of: $1, "case", "is", "are") }
        == ["1 of 1 case is", "1 of 2 cases is", "2 of 2 cases are"])
    #expect((1 as UInt64).counted("frame") == "1 frame")
  }

  @Test func lineEndsOfTwoBytesAreFoundToo() {
    #expect("a\r\nb\n".replacing("\n" as Unicode.Scalar, with: " ") == "a\r b ")
  }
}
