import Foundation
import Statistics
import Testing

@Suite struct UnpairedRatioTests {
  private func isNear(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-4) -> Bool {
    a.map { abs($0 - b) <= tolerance * abs(b) } ?? false
  }

  @Test func runsApartByHand() throws {
    // Both means have a relative standard error of 1 %, together √2 %, with 6 degrees of freedom by Welch and
    // Satterthwaite, for which t is 2.446912.
    let apart = 0.1 * 3.0.squareRoot()
    let values = [10 - apart, 10 - apart, 10 + apart, 10 + apart]
    let mean = try #require(Estimate(values))
    let other = try #require(Estimate(values.map { 2 * $0 }))
    let ratio = try #require(UnpairedRatio(of: other, to: mean))
    #expect(isNear(ratio.ratio, 2, 1e-12))
    #expect(isNear(ratio.ci95High, 2 * exp(2.446912 * 0.01 * 2.0.squareRoot())))
    #expect(isNear(ratio.ci95Low, 2 / exp(2.446912 * 0.01 * 2.0.squareRoot())))
  }

  @Test func withoutSpreadThereIsNoInterval() throws {
    let one = try #require(Estimate([10]))
    #expect(try #require(UnpairedRatio(of: one, to: one)).ci95Low == nil)
    let exact = try #require(Estimate([10, 10, 10]))
    #expect(try #require(UnpairedRatio(of: exact, to: exact)).ci95Low == 1)
    #expect(UnpairedRatio(of: one, to: try #require(Estimate([0]))) == nil)
  }
}

@Suite struct SeriesTests {
  @Test func outliersLieBeyondThreeInterquartileRanges() {
    // The quartiles are 2 and 4, so the fences are at -4 and 10.
    #expect(Statistics.outliers(in: [1, 2, 3, 4, 10]) == [])
    #expect(Statistics.outliers(in: [1, 2, 3, 4, 10.1]) == [4])
    #expect(Statistics.outliers(in: [-4.1, 2, 3, 4, 5]) == [0])
    #expect(Statistics.outliers(in: [1, 1, 100]) == [])
  }

  @Test func geometricMeans() {
    #expect(Statistics.geometricMean([1, 4]) == 2)
    #expect(Statistics.geometricMean([1, 0]) == nil && Statistics.geometricMean([]) == nil)
  }

  @Test func aTrendByHand() throws {
    // 28 pairs, all rising: the variance is 8·7·21/18 = 65.33, so z = 27/8.083 = 3.3404.
    let trend = try #require(Statistics.trend(of: [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(trend.tau == 1)
    #expect(abs(trend.pValue - 0.000_837) < 1e-6)
    #expect(abs(trend.change - 7 / 4.5) < 1e-12)
    #expect(try #require(Statistics.trend(of: [8, 7, 6, 5, 4, 3, 2, 1])).tau == -1)
    #expect(try #require(Statistics.trend(of: [1, 2, 1, 2, 1, 2, 1, 2])).pValue > 0.3)
    #expect(Statistics.trend(of: [1, 2, 3, 4, 5, 6, 7]) == nil)
    #expect(Statistics.trend(of: [Double](repeating: 3, count: 9)) == nil)
  }

  @Test func aSlopeByHand() throws {
    #expect(Statistics.slope(through: [(0, 1), (1, 3), (2, 5)]) == 2)
    // The means are 1 and 2; the sum of squares of x is 2, that of products 3.
    #expect(Statistics.slope(through: [(0, 1), (1, 1), (2, 4)]) == 1.5)
    #expect(Statistics.slope(through: [(0, 1), (1, 1), (2, 1)]) == nil)
    #expect(Statistics.slope(through: [(0, 1), (1, 2)]) == nil)
  }
}
