import Basics
import Testing

@Suite struct BasicsTests {
  @Test func groupsKeepTheOrderOfAppearance() {
    let groups = ["b1", "a1", "b2", "c1", "a2"].grouped(by: \.first)
    #expect(
      groups.map(\.key) == ["b", "a", "c"] && groups.map(\.values) == [["b1", "b2"], ["a1", "a2"], ["c1"]])
    #expect([3, 1, 3, 2, 1].distinct() == [3, 1, 2])
  }

  @Test func bytesHaveTwoDigitsEach() {
    #expect(
      [0, 9, 10, 255].map(UInt8.init).hex() == "00090aff" && [UInt8](1...2).hex(separator: ":") == "01:02")
  }
}
