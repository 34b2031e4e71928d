import Results
import TestRuns
import Testing

/// Error rates over many curves without periods or minima.
///
/// At a true rate of 5 %, more than 20 of 200 curves are false with a probability of 0.1 %. The seeds are
/// fixed.
@Suite struct AnalysisNoiseTests {
  static let seeds = 200
  static let falseMax = 20

  /// The number of curves with a period, and the number of curves with a local minimum.
  private func falseFindings(
    _ options: Periodicity.Options, _ curve: (Int) -> CostCurve
  ) -> (periods: Int, minima: Int) {
    var periods = 0
    var minima = 0
    for seed in 1...Self.seeds {
      let analysis = Periodicity.analyse(curve(seed), options: options)
      if analysis.base != nil { periods += 1 }
      if !analysis.minima.found.isEmpty { minima += 1 }
    }
    return (periods, minima)
  }

  /// The least share is 0, so that only the tests decide.
  private var anyShare: Periodicity.Options {
    var options = quickOptions(permutations: 99, periods: [4, 8, 16, 64])
    options.shareMin = 0
    return options
  }

  @Test func whiteNoiseOverLengths() {
    let found = falseFindings(anyShare) { seed in
      curve(over: stride(from: 64, through: 576, by: 4), repetitions: 3, seed: seed) { _ in 100 }
    }
    #expect(found.periods <= Self.falseMax)
    #expect(found.minima <= Self.falseMax)
  }

  @Test func whiteNoiseOverHeadrooms() {
    let found = falseFindings(anyShare) { seed in
      curve(over: stride(from: 0, through: 64, by: 2), repetitions: 10, seed: seed) { _ in 100 }
    }
    #expect(found.periods <= Self.falseMax)
    #expect(found.minima <= Self.falseMax)
  }

  @Test func aTrendWithNoise() {
    let found = falseFindings(anyShare) { seed in
      curve(over: stride(from: 64, through: 576, by: 4), seed: seed) { x in
        60 + 0.2 * Double(x) + 1e-4 * Double(x * x)
      }
    }
    #expect(found.periods <= Self.falseMax)
    #expect(found.minima <= Self.falseMax)
  }

  /// Points that resemble their neighbours in all repetitions, as do the residuals of a curve whose structure
  /// has none of the candidate periods.
  @Test(arguments: [0.5, 0.9])
  func redNoise(correlation: Double) {
    let found = falseFindings(anyShare) { seed in
      var noise = Noise(seed: seed + 1000)
      var level = 0.0
      return curve(over: stride(from: 64, through: 576, by: 4), noise: 0.1, seed: seed) { _ in
        level = correlation * level + noise.normal()
        return 100 + level
      }
    }
    #expect(found.periods <= Self.falseMax)
  }

  /// An addition to a period must not be found by chance either.
  @Test func nothingAddsToTheOnlyPeriod() {
    var additions = 0
    for seed in 1...Self.seeds {
      let curve = curve(
        over: stride(from: 64, through: 576, by: 4), seed: seed, dips(period: 16, phase: 4, depth: 5))
      let analysis = Periodicity.analyse(curve, options: anyShare)
      #expect(analysis.base?.period == 16)
      if analysis.structure.count > 1 { additions += 1 }
    }
    #expect(additions <= Self.falseMax)
  }
}
