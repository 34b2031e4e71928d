import Foundation
import Statistics
import Testing

@Suite struct UnpairedRatioTests {
  private func isNear(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-4) -> Bool {
    a.map { abs($0 - b) <= tolerance * abs(b) } ?? false
  }

  @Test func runsApartByHand() throws {
    // Both means have a relative standard error of 1 %: together √2 %, with 6 degrees of freedom by Welch and
    // Satterthwaite, whose t is 2.446912.
    let mean = UnpairedRatio.Mean(mean: 10, margin: 0.1 * 3.182446, samples: 4)
    let other = UnpairedRatio.Mean(mean: 20, margin: 0.2 * 3.182446, samples: 4)
    let ratio = try #require(UnpairedRatio(of: other, to: mean))
    #expect(ratio.ratio == 2)
    #expect(isNear(ratio.ci95High, 2 * exp(2.446912 * 0.01 * 2.0.squareRoot())))
    #expect(isNear(ratio.ci95Low, 2 / exp(2.446912 * 0.01 * 2.0.squareRoot())))
  }

  @Test func withoutSpreadThereIsNoInterval() throws {
    let one = UnpairedRatio.Mean(mean: 10, margin: nil, samples: 1)
    #expect(try #require(UnpairedRatio(of: one, to: one)).ci95Low == nil)
    let exact = UnpairedRatio.Mean(mean: 10, margin: 0, samples: 3)
    #expect(try #require(UnpairedRatio(of: exact, to: exact)).ci95Low == 1)
    #expect(UnpairedRatio(of: one, to: .init(mean: 0, margin: nil, samples: 1)) == nil)
  }
}

@Suite struct SeriesTests {
  @Test func outliersLieBeyondThreeInterquartileRanges() {
    // Quartiles 2 and 4: the fences are at -4 and 10.
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

  @Test func aLineByHand() throws {
    let line = try #require(Statistics.line(through: [(0, 1), (1, 3), (2, 5)]))
    #expect(line.slope == 2 && line.intercept == 1 && line.rSquared == 1)
    // Means 1 and 2; sums of squares 2 and 6, of products 3: slope 1.5, R² = 9/12.
    let rough = try #require(Statistics.line(through: [(0, 1), (1, 1), (2, 4)]))
    #expect(rough.slope == 1.5 && rough.rSquared == 0.75)
    #expect(Statistics.line(through: [(0, 1), (1, 1), (2, 1)]) == nil)
    #expect(Statistics.line(through: [(0, 1), (1, 2)]) == nil)
  }
}
