import Statistics
import Testing

@Suite struct StatisticsTests {
  /// Two-sided quantiles from published tables of Student's t, with more digits where tables have them.
  @Test(arguments: [
    (1, 0.95, 12.706204736), (2, 0.95, 4.302652730), (3, 0.95, 3.182446305), (4, 0.95, 2.776445105),
    (5, 0.95, 2.570581836), (9, 0.95, 2.262157163), (10, 0.95, 2.228138852), (30, 0.95, 2.042272456),
    (100, 0.95, 1.983971519), (1_000, 0.95, 1.962339081), (1_000_000, 0.95, 1.959966411),
    (1, 0.90, 6.313751515), (5, 0.99, 4.032142984), (30, 0.99, 2.749995654), (2, 0.5, 0.816496581),
  ])
  func studentT(degrees: Int, confidence: Double, expected: Double) {
    let quantile = Statistics.studentT(confidence: confidence, degreesOfFreedom: degrees)
    #expect(abs(quantile - expected) < 1e-6)
  }

  @Test func estimateOfKnownValues() throws {
    // Mean 5, variance 32/7, standard error sqrt(4/7), and t(7) = 2.364624252.
    let estimate = try #require(Estimate([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(estimate.mean == 5)
    #expect(estimate.median == 4.5)
    #expect(estimate.minimum == 2)
    #expect(estimate.maximum == 9)
    #expect(estimate.samples == 8)
    let margin = 2.364624252 * (4.0 / 7).squareRoot()
    #expect(abs(try #require(estimate.ci95Low) - (5 - margin)) < 1e-6)
    #expect(abs(try #require(estimate.ci95High) - (5 + margin)) < 1e-6)
  }

  @Test func oneValueHasNoInterval() throws {
    let estimate = try #require(Estimate([3.5]))
    #expect(estimate.mean == 3.5)
    #expect(estimate.median == 3.5)
    #expect(estimate.ci95Low == nil)
    #expect(estimate.ci95High == nil)
    #expect(estimate.samples == 1)
  }

  @Test func equalValuesHaveAnIntervalOfNoWidth() throws {
    let estimate = try #require(Estimate([0.1, 0.1, 0.1]))
    #expect(estimate.mean == 0.1)
    #expect(estimate.ci95Low == 0.1)
    #expect(estimate.ci95High == 0.1)
  }

  @Test(arguments: [[], [1, .nan], [.infinity]] as [[Double]])
  func noEstimate(values: [Double]) {
    #expect(Estimate(values) == nil)
  }

  @Test(
    arguments: [
      (0, 10), (25, 20), (50, 30), (60, 34), (99, 49.6), (100, 50),
    ] as [(Double, Double)])
  func percentile(percent: Double, expected: Double) throws {
    let value = try #require(Statistics.percentile(percent, of: [50, 10, 40, 20, 30]))
    #expect(abs(value - expected) < 1e-12)
  }

  @Test func percentileOutOfRange() {
    #expect(Statistics.percentile(50, of: []) == nil)
    #expect(Statistics.percentile(-1, of: [1]) == nil)
    #expect(Statistics.percentile(100.5, of: [1]) == nil)
    #expect(Statistics.percentile(.nan, of: [1]) == nil)
    #expect(Statistics.percentile(99, of: [7]) == 7)
  }
}
