import Basics
import Cases
import Foundation
import Results
import Statistics

// Rules on curves of cost.
extension Rules {
  /// How one curve lies against another, place by place.
  package struct Below: Equatable {
    /// Places at which both are known in launches enough for an interval.
    package var places = 0
    /// Places at which the first costs less, beyond the noise.
    package var below = 0
    /// Places at which it costs more, beyond the noise.
    package var above: [Int] = []
    /// The adjusted p value of the clearest of these.
    var leastAbove = 1.0
    /// All places together.
    package var overall: LaunchEstimate?
  }

  /// Compares curves by tests of their ratio over launches. One place above the other curve refutes a claim
  /// about all, so the tests for that are adjusted by Holm: the chance of a single wrong one among
  /// all places is 5 %. Those for places below are adjusted by Benjamini and Hochberg: of the places counted,
  /// 5 % may be wrong.
  /// - Parameter ratios: for each place, the first as a multiple of the second.
  package static func compare(
    _ ratios: [Int: LaunchEstimate], _ overall: LaunchEstimate? = nil
  ) -> Below {
    let places = ratios.keys.sorted().filter { ratios[$0]?.standardError != nil }
    let above = Statistics.holm(places.map { min(2 * (ratios[$0]?.pValue(above: 1) ?? 1), 1) })
    let below = Statistics.benjaminiHochberg(places.map { ratios[$0]?.pValue(below: 1) ?? 1 })
    return Below(
      places: places.count, below: below.count { $0 <= level },
      above: zip(places, above).filter { $0.1 <= level }.map(\.0), leastAbove: above.min() ?? 1,
      overall: overall)
  }

  /// The first costs less over all places together, by the test that decides; nowhere more beyond the noise;
  /// and at half of the places or more less beyond the noise.
  package static func alwaysBelow(_ comparison: Below) -> Judgement {
    guard comparison.places > 0 else {
      return .open(
        "no length has \(LaunchEstimate.launchesMin) launches of both systems; run more launches")
    }
    if let first = comparison.above.first {
      return .other(
        "at \(comparison.above.count) of \(comparison.places) lengths, such as \(first), "
          + "it costs more beyond the noise", comparison.leastAbove)
    }
    let overall = comparison.overall?.pValue(below: 1) ?? 1
    if 2 * overall <= level, 2 * comparison.below >= comparison.places { return .same(2 * overall) }
    return .open(
      "it costs less beyond the noise at \(comparison.below) of \(comparison.places) lengths, "
        + "and nowhere more; run more launches, or on a machine that does nothing else")
  }

  /// The least agreement in order (Kendall's tau) of a curve that rises all along.
  package static let risingTau = 0.9

  /// The cost grows with the length: Kendall's tau of cost and length is at least 0.9. Where it is less,
  /// that counts only if somewhere the cost falls from a length to the next beyond the noise, which lowers
  /// tau.
  /// - Parameters:
  ///   - values: the cost at each length, shortest first.
  ///   - steps: the one-sided p value of a fall from each length to the next.
  package static func rises(_ values: [Double], falls steps: [Double]) -> Judgement {
    guard let trend = Statistics.trend(of: values) else {
      return .open(
        "\(values.count.counted("length", "is", "are")) too few; sweep at least \(Statistics.trendValuesMin)")
    }
    if trend.tau >= risingTau { return .same(trend.pValue) }
    let reason = "Kendall's tau of cost and length is \(Display.number(trend.tau)), below \(risingTau)"
    let least = Statistics.holm(steps).min() ?? 1
    if 2 * least <= level {
      let falls = Statistics.holm(steps).count { 2 * $0 <= level }
      return .other("\(reason), and the cost falls at \(falls) of \(steps.count.counted("step"))", 2 * least)
    }
    return .open("\(reason), but no single fall is beyond the noise; run more launches")
  }

  /// A wider 95 % interval of a point, as a share of its figure, hides a structure of a few percent.
  package static let noiseMax = 0.02
  static let noiseText = "± \(Display.percent(noiseMax))"

  /// Minima lie a period apart: at half of the curves or more the period is found, whatever its phase, and
  /// not only because the floor has it. Where it is found nowhere, that counts only if the noise would not
  /// have hidden it.
  /// - Parameters:
  ///   - findings: what the analysis says of each curve.
  ///   - noise: the median over the points of half the 95 % interval, as a share of the figure; nil if
  ///     unknown.
  package static func hasPeriod(_ findings: [ExpectationFinding], noise: Double?) -> Judgement {
    let tested = findings.filter { $0.status != "untestable" }
    guard !tested.isEmpty else {
      return .open(
        "the run's analysis.csv has no curve in which the period could be looked for; run "
          + "the experiment with all its places")
    }
    let found = tested.filter { $0.hasPeriod && $0.isOwn }
    if 2 * found.count >= tested.count, !found.isEmpty { return .same(pValue(found, of: tested.count)) }
    var count = "the period is significant in \(found.count) of \(tested.count.counted("curve"))"
    let borrowed = tested.count { $0.hasPeriod && !$0.isOwn }
    if borrowed > 0 { count += "; in \(borrowed) more it is the crypto library's own" }
    if 2 * borrowed >= tested.count { return .other(count) }
    let others = Set(tested.filter { $0.status == "other_period" }.flatMap(\.structure)).sorted()
    if found.isEmpty, !others.isEmpty {
      return .other(
        "\(count); instead there are periods of \(others.map { "\($0)" }.joined(separator: ", ")) bytes")
    }
    if found.isEmpty, let noise, noise <= noiseMax { return .other(count) }
    let spread = noise.map { ", and a point's 95 % interval is ± \(Display.percent($0))" } ?? ""
    return .open(
      "\(count)\(spread), which may hide it; run without --quick, on a machine that does nothing else")
  }

  /// The p value that half of the curves have the period: of the last one that must, as often as others could
  /// have taken its place (Benjamini and Heller 2008).
  private static func pValue(_ found: [ExpectationFinding], of curves: Int) -> Double? {
    let needed = (curves + 1) / 2
    let pValues = found.compactMap(\.pValue).sorted()
    return pValues.count < needed ? nil : min(Double(curves - needed + 1) * pValues[needed - 1], 1)
  }

  /// The minima lie where the paper has them, as far as the period is there at all.
  package static func hasPhase(_ findings: [ExpectationFinding]) -> Judgement {
    let found = findings.filter { $0.hasPeriod && $0.isOwn }
    guard !found.isEmpty else {
      return .open("the period is not the format's own, so that its minima have no place; see there")
    }
    if 2 * found.count(where: { $0.status == "yes" }) >= found.count { return .same() }
    let places = found.compactMap { finding in finding.phase.map { "\(finding.period) k + \($0)" } }
    return .other("cost is lowest at \(Set(places).sorted().joined(separator: ", ")) bytes")
  }
}
