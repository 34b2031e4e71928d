import Foundation

// Rules on curves of cost.
extension Rules {
  /// How one curve lies against another, place by place.
  package struct Below: Equatable {
    /// Places with two pairs of samples or more.
    package var places = 0
    /// Places at which the first costs less, beyond the noise.
    package var below = 0
    /// Places at which it costs more, beyond the noise.
    package var above: [Int] = []
    /// All places together.
    package var overall: PairedRatio?

    package init(places: Int = 0, below: Int = 0, above: [Int] = [], overall: PairedRatio? = nil) {
      (self.places, self.below, self.above, self.overall) = (places, below, above, overall)
    }
  }

  /// The level of the tests, adjusted for the number of places by Benjamini and Hochberg.
  package static let level = 0.05

  /// Compares curves by one-sided paired t tests of the logarithms at each place.
  /// - Parameter ratios: for each place, the ratios of the first to the second, repetition by repetition.
  package static func compare(_ ratios: [Int: [Double]]) -> Below {
    let places = ratios.keys.sorted().filter { (ratios[$0] ?? []).count > 1 }
    func pValues(_ sign: Double) -> [Double] {
      Statistics.benjaminiHochberg(
        places.map { place in
          let logarithms = (ratios[place] ?? []).map { sign * log($0) }
          let zeros = [Double?](repeating: 0, count: logarithms.count)
          return LocalMinimumSearch.pairedTest(logarithms, below: zeros) ?? 1
        })
    }
    let above = zip(places, pValues(-1)).filter { $0.1 <= level }.map(\.0)
    return Below(
      places: places.count, below: pValues(1).count { $0 <= level }, above: above,
      overall: PairedRatio(
        ratios: places.compactMap { place in PairedRatio(ratios: ratios[place] ?? [])?.value }))
  }

  /// The first always costs less: nowhere more beyond the noise, and at half of the places or more less
  /// beyond the noise.
  package static func alwaysBelow(_ comparison: Below) -> Verdict {
    guard comparison.places > 0 else {
      return .cannotBeTold("no length has two repetitions of both systems; run more repetitions")
    }
    if let first = comparison.above.first {
      return .notReproduced(
        "at \(comparison.above.count) of \(comparison.places) lengths, such as \(first), "
          + "it costs more beyond the noise")
    }
    if 2 * comparison.below >= comparison.places { return .reproduced }
    return .cannotBeTold(
      "it costs less beyond the noise at \(comparison.below) of \(comparison.places) lengths "
        + "only, and nowhere more; run more repetitions, or on a machine that does nothing else")
  }

  /// The least agreement in order (Kendall's tau) of a curve that rises all along.
  package static let risingTau = 0.9

  /// The cost grows with the length: Kendall's tau of cost and length is at least 0.9. Where it is less, that
  /// counts only if the noise, which lowers it, is small.
  /// - Parameters:
  ///   - values: the cost at each length, shortest first.
  ///   - noise: as in `hasPeriod`.
  package static func rises(_ values: [Double], noise: Double?) -> Verdict {
    guard let trend = Statistics.trend(of: values) else {
      return .cannotBeTold(
        "\(values.count.counted("length", "is", "are")) too few; sweep at least \(Statistics.trendValuesMin)")
    }
    if trend.tau >= risingTau { return .reproduced }
    let reason = "Kendall's tau of cost and length is \(Display.number(trend.tau)), below \(risingTau)"
    if let noise, noise <= noiseMax { return .notReproduced(reason) }
    let spread = noise.map { ", where a point's 95 % interval is ± \(Display.percent($0))" } ?? ""
    return .cannotBeTold("\(reason)\(spread); run without --quick, on a machine that does nothing else")
  }

  /// A wider 95 % interval of a point, as a share of its mean, hides a structure of a few percent.
  package static let noiseMax = 0.02

  /// Minima lie a period apart: at half of the curves or more the period is found, whatever its phase. Where
  /// it is found nowhere, that counts only if the noise would not have hidden it.
  /// - Parameters:
  ///   - findings: what the analysis says of each curve.
  ///   - noise: the median over the points of half the 95 % interval, as a share of the mean; nil if unknown.
  package static func hasPeriod(_ findings: [ExpectationFinding], noise: Double?) -> Verdict {
    let tested = findings.filter { $0.status != "untestable" }
    guard !tested.isEmpty else {
      return .cannotBeTold(
        "the run's analysis.csv has no curve in which the period could be looked for; run "
          + "the experiment with all its places")
    }
    let found = tested.filter { ["yes", "other_phase"].contains($0.status) }
    if 2 * found.count >= tested.count, !found.isEmpty { return .reproduced }
    let count = "the period is significant in \(found.count) of \(tested.count.counted("curve"))"
    let others = Set(tested.filter { $0.status == "other_period" }.flatMap(\.structure)).sorted()
    if found.isEmpty, !others.isEmpty {
      return .notReproduced(
        "\(count); instead there are periods of "
          + "\(others.map { "\($0)" }.joined(separator: ", ")) bytes")
    }
    if found.isEmpty, let noise, noise <= noiseMax { return .notReproduced(count) }
    let spread = noise.map { ", and a point's 95 % interval is ± \(Display.percent($0))" } ?? ""
    return .cannotBeTold(
      "\(count)\(spread), which may hide it; run without --quick, on a machine that does "
        + "nothing else")
  }

  /// The minima lie where the paper has them, as far as the period is there at all.
  package static func hasPhase(_ findings: [ExpectationFinding]) -> Verdict {
    let found = findings.filter { ["yes", "other_phase"].contains($0.status) }
    guard !found.isEmpty else {
      return .cannotBeTold("the period is not significant, so that its minima have no place")
    }
    if 2 * found.count(where: { $0.status == "yes" }) >= found.count { return .reproduced }
    let places = found.compactMap { finding in finding.phase.map { "\(finding.period) k + \($0)" } }
    return .notReproduced("cost is lowest at \(Set(places).sorted().joined(separator: ", ")) bytes")
  }
}
