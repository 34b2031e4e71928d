/// The kernel's lists of CPUs and other numbers, such as `0-3,8`.
public enum CPUList {
  /// More CPUs than a kernel can be built for.
  private static let limit = 8192

  /// The numbers, ascending, each once; nil of what is no list, or an empty one.
  public static func parse(_ list: some StringProtocol) -> [Int]? {
    let text = list.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
    var numbers: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = String(part).split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first >= 0, first <= last,
        last < limit
      else { return nil }
      numbers.formUnion(first...last)
    }
    return numbers.sorted()
  }
}
