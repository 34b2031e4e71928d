import Basics
import Cases
import Foundation
import Results
import Statistics

// Rules on curves of cost.
extension Rules {
  /// A comparison of two curves, x by x.
  package struct Below: Equatable {
    /// The number of x at which both curves have enough launches for an interval.
    package var tested = 0
    /// The number of x at which the first curve costs less, beyond the noise.
    package var below = 0
    /// The x at which the first curve costs more, beyond the noise.
    package var above: [Int] = []
    /// The least adjusted p value of the tests that the first curve costs more.
    var leastAbove = 1.0
    /// The ratio over all x together.
    package var overall: LaunchEstimate?
  }

  /// Compares curves by tests of their ratio over launches. A single x at which the first curve is above the
  /// second refutes a claim about all x. These tests are therefore adjusted by Holm: the chance of one wrong
  /// result is 5 %. The tests for x at which it is below are adjusted by Benjamini and Hochberg: of the x
  /// counted, 5 % may be wrong.
  /// - Parameter ratios: for each x, the first curve as a multiple of the second.
  package static func compare(
    _ ratios: [Int: LaunchEstimate], _ overall: LaunchEstimate? = nil
  ) -> Below {
    let xs = ratios.keys.sorted().filter { ratios[$0]?.standardError != nil }
    let above = Statistics.holm(xs.map { min(2 * (ratios[$0]?.pValue(above: 1) ?? 1), 1) })
    let below = Statistics.benjaminiHochberg(xs.map { ratios[$0]?.pValue(below: 1) ?? 1 })
    return Below(
      tested: xs.count, below: below.count { $0 <= level },
      above: zip(xs, above).filter { $0.1 <= level }.map(\.0), leastAbove: above.min() ?? 1,
      overall: overall)
  }

  /// Judges that the first curve costs less over all x together, that it costs more beyond the noise at none,
  /// and that it costs less beyond the noise at half of them or more.
  package static func alwaysBelow(_ comparison: Below) -> Judgement {
    guard comparison.tested > 0 else {
      return .open(
        "no length has \(LaunchEstimate.launchesMin) launches of both systems; run more launches")
    }
    if let first = comparison.above.first {
      return .other(
        "at \(comparison.above.count) of \(comparison.tested) lengths, such as \(first), "
          + "it costs more beyond the noise", comparison.leastAbove)
    }
    let overall = comparison.overall?.pValue(below: 1) ?? 1
    if 2 * overall <= level, 2 * comparison.below >= comparison.tested { return .same(2 * overall) }
    return .open(
      "it costs less beyond the noise at \(comparison.below) of \(comparison.tested) lengths, "
        + "and nowhere more; run more launches, or on a machine that does nothing else")
  }

  /// The least rank correlation (Kendall's tau) of a curve that rises consistently.
  package static let risingTau = 0.9

  /// Judges that the cost grows with the length: Kendall's tau of cost and length is at least 0.9. A lower
  /// tau counts against the claim only if the cost falls beyond the noise from some length to the next.
  /// - Parameters:
  ///   - values: the cost at each length, shortest first.
  ///   - steps: for each pair of neighbouring lengths, the one-sided p value of a fall.
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

  /// If a point's 95 % interval, relative to its figure, is wider than this, it may hide a structure of a few
  /// percent.
  package static let noiseMax = 0.02
  static let noiseText = "± \(Display.percent(noiseMax))"

  /// Judges that minima lie a period apart: in half of the curves or more the period is found, with any
  /// phase, and not only because the floor has it. If no curve has it, that counts against the claim only if
  /// the noise would not have hidden it.
  /// - Parameters:
  ///   - findings: the analysis's finding for each curve.
  ///   - noise: the median over the points of half the 95 % interval, relative to the figure; nil if unknown.
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

  /// The p value of the statement that half of the curves have the period: the p value of the last curve
  /// needed, times the number of curves that could have taken its place (Benjamini and Heller 2008).
  private static func pValue(_ found: [ExpectationFinding], of curves: Int) -> Double? {
    let needed = (curves + 1) / 2
    let pValues = found.compactMap(\.pValue).sorted()
    return pValues.count < needed ? nil : min(Double(curves - needed + 1) * pValues[needed - 1], 1)
  }

  /// Judges that the minima lie where the paper states, for the curves that have the period.
  package static func hasPhase(_ findings: [ExpectationFinding]) -> Judgement {
    let found = findings.filter { $0.hasPeriod && $0.isOwn }
    guard !found.isEmpty else {
      return .open("the period is not the format's own, so that its minima have no place; see there")
    }
    if 2 * found.count(where: { $0.status == "yes" }) >= found.count { return .same() }
    let phases = found.compactMap { finding in finding.phase.map { "\(finding.period) k + \($0)" } }
    return .other("cost is lowest at \(Set(phases).sorted().joined(separator: ", ")) bytes")
  }
}
