import Foundation
import Statistics
import TestSupport
import Testing

@Suite struct RankTests {
  struct Question: Encodable {
    var values: [Double]?
    var pValues: [Double]?
  }

  private func answers(_ questions: [Question]) throws -> [[[Double]]] {
    try Oracle.answers(of: "rank_tests.py", to: questions).map {
      try JSONDecoder().decode([[Double]].self, from: Data($0.utf8))
    }
  }

  static let samples: [[Double]] = [
    [0.3, 0.1, -0.2, 0.5, 0.4, 0.25, 0.6], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10.5],
    [-3, 1.5, 0.2, -0.7, 4, -0.1, 2.2, 0.9, -1.1, 0.6, 5, 40], [-1, -2, -3.5, -4, -5, -7, 0.5, -8],
  ]
  /// Values with ties and zeros.
  static let tied: [[Double]] = [
    [1, 1, -1, 2, 2, 3, -2], [0, 0, 1, -2, 3, 3, 4], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
  ]

  @Test func theSignedRankTestIsSciPys() throws {
    let all = Self.samples + Self.tied
    for (values, answer) in zip(all, try answers(all.map { Question(values: $0) })) {
      let found = try #require(SignedRank(values))
      #expect(abs(found.value - answer[0][0]) < 1e-12)
      #expect(abs(found.pAbove - answer[1][0]) < 1e-9, "\(values): \(found.pAbove), not \(answer[1][0])")
      #expect(abs(found.pBelow - answer[1][1]) < 1e-9, "\(values): \(found.pBelow), not \(answer[1][1])")
      guard Self.samples.contains(values) else { continue }
      #expect(abs(try #require(found.low) - answer[0][1]) < 1e-12, "\(values)")
      #expect(abs(try #require(found.high) - answer[0][2]) < 1e-12, "\(values)")
    }
  }

  @Test func fewValuesDecideNothing() throws {
    let five = try #require(SignedRank([1, 2, 3, 4, 5]))
    #expect(five.low == nil && five.high == nil && five.pAbove == 1 / 32.0)
    #expect(try #require(SignedRank([1, 2, 3, 4, 5, 6])).low == 1)
    #expect(try #require(SignedRank([0, 0])).pDifferent == 1)
    #expect(SignedRank([]) == nil && SignedRank([.nan]) == nil)
  }

  @Test func oneLaunchThatIsFarOffDecidesNothing() throws {
    let calm: [Double] = [1.1, 0.9, 1.05, 0.95, 1.02, 0.98, 1.01, 0.99, 1, 1.03]
    let quiet = try #require(SignedRank(calm)), loud = try #require(SignedRank(calm.dropLast() + [-900]))
    #expect(abs(quiet.value - loud.value) < 0.05 && loud.pAbove < 0.05)
  }

  @Test func correctionsAreThoseOfOthers() throws {
    let families: [[Double]] = [[0.01, 0.04, 0.03, 0.005], [0.5, 0.5, 0.001], [1, 0.2], [0.02]]
    for (family, answer) in zip(families, try answers(families.map { Question(pValues: $0) })) {
      let (holm, hochberg) = (Statistics.holm(family), Statistics.benjaminiHochberg(family))
      #expect(zip(holm, answer[0]).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(zip(hochberg, answer[1]).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }
}
