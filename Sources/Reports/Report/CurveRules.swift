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

  /// Compares curves by one-sided tests of their ratio over launches. One place above the other curve refutes
  /// a claim about all, so the tests for that are adjusted by Holm: the chance of a single wrong one among
  /// all places is 5 %. Those for places below are adjusted by Benjamini and Hochberg: of the places counted,
  /// 5 % may be wrong.
  /// - Parameter ratios: for each place, the first as a multiple of the second.
  package static func compare(
    _ ratios: [Int: LaunchEstimate], _ overall: LaunchEstimate? = nil
  ) -> Below {
    let places = ratios.keys.sorted().filter { ratios[$0]?.standardError != nil }
    let above = Statistics.holm(places.map { ratios[$0]?.pValue(above: 1) ?? 1 })
    let below = Statistics.benjaminiHochberg(places.map { ratios[$0]?.pValue(below: 1) ?? 1 })
    return Below(
      places: places.count, below: below.count { $0 <= level },
      above: zip(places, above).filter { $0.1 <= level }.map(\.0), leastAbove: above.min() ?? 1,
      overall: overall)
  }

  /// The first always costs less: nowhere more beyond the noise, and at half of the places or more less
  /// beyond the noise.
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
    if 2 * comparison.below >= comparison.places {
      return .same(comparison.overall?.pValue(below: 1).map { 2 * $0 })
    }
    return .open(
      "it costs less beyond the noise at \(comparison.below) of \(comparison.places) lengths "
        + "only, and nowhere more; run more launches, or on a machine that does nothing else")
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
    if 2 * found.count >= tested.count, !found.isEmpty { return .same() }
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

  // MARK: Contrasts

  /// Costs at each place of a curve.
  package typealias Costs = [Int: LaunchEstimate.Rounds]

  /// Contrasts closer to 1 than this are called equal.
  package static let equalContrast = 0.01

  /// The median of a cost over some places of a curve as a multiple of that over the others; of two curves,
  /// of their ratio. Made within each repetition.
  package struct Contrast {
    package let name: String
    package let estimate: LaunchEstimate
    /// The contrast of each launch by itself, as logarithms.
    package let ranks: SignedRank

    /// - Parameter curves: one, or a second that the first is divided by.
    /// - Returns: nil unless some places are `within` and some are not.
    package init?(_ name: String, _ curves: [Costs], within: (Int) -> Bool) {
      guard let first = curves.first else { return nil }
      let places = first.keys.filter { place in curves.allSatisfy { $0[place] != nil } }.sorted()
      let (inner, outer) = (
        places.indices.filter { within(places[$0]) }, places.indices.filter { !within(places[$0]) }
      )
      guard !inner.isEmpty, !outer.isEmpty else { return nil }
      func contrast(_ figures: [Double]) -> Double {
        let costs = places.indices.map { place in
          curves.count == 1 ? log(figures[place]) : log(figures[place] / figures[places.count + place])
        }
        func median(_ chosen: [Int]) -> Double {
          Statistics.percentile(50, of: chosen.map { costs[$0] }.filter(\.isFinite)) ?? .nan
        }
        return exp(median(inner) - median(outer))
      }
      let all = curves.flatMap { curve in places.compactMap { curve[$0] } }
      let found = LaunchEstimate.compared(all, contrast)
      let each = found.sorted { $0.key < $1.key }.compactMap { Statistics.percentile(50, of: $0.value) }
      guard let estimate = LaunchEstimate(found, by: .middle), let ranks = SignedRank(each.map { log($0) })
      else { return nil }
      (self.name, self.estimate, self.ranks) = (name, estimate, ranks)
    }

    /// One-sided p values: by the standard error, as far as ranks agree that there is anything.
    var pAbove: Double { ranks.pAbove <= level ? estimate.pValue(above: 1) ?? 1 : 1 }
    var pBelow: Double { ranks.pBelow <= level ? estimate.pValue(below: 1) ?? 1 : 1 }
    var pEqual: Double { estimate.pValue(equalWithin: equalContrast) ?? 1 }
  }

  /// Each of several curves' groups has a contrast.
  package static func bothVary(_ groups: [[Contrast]]) -> Judgement {
    let all = Statistics.holm(groups.flatMap { $0 }.map { 2 * min($0.pAbove, $0.pBelow) })
    var (least, next): ([Double], Int) = ([], 0)
    for group in groups {
      least.append(all[next..<(next + group.count)].min() ?? 1)
      next += group.count
    }
    if let largest = least.max(), largest <= level { return .same(largest) }
    return equalOr(groups.flatMap { $0 }, "not every format shows a difference beyond the noise")
  }

  /// The contrasts are above 1 at half of the places or more, nowhere below.
  package static func isDearer(_ contrasts: [Contrast]) -> Judgement {
    let above = Statistics.holm(contrasts.map(\.pAbove)), below = Statistics.holm(contrasts.map(\.pBelow))
    if let least = below.min(), 2 * least <= level {
      let places = zip(contrasts, below).filter { 2 * $0.1 <= level }.map(\.0.name)
      return .other("it is cheaper there at \(places.joined(separator: ", "))", 2 * least)
    }
    let found = above.filter { 2 * $0 <= level }
    if 2 * found.count >= contrasts.count, let largest = found.max() { return .same(2 * largest) }
    return equalOr(
      contrasts,
      "it is dearer there beyond the noise at \(found.count) of \(contrasts.count.counted("length")) only")
  }

  private static func equalOr(_ contrasts: [Contrast], _ reason: String) -> Judgement {
    if let largest = contrasts.map(\.pEqual).max(), largest <= level {
      return .other("the costs are equal within \(Display.percent(equalContrast))", largest)
    }
    return .open("\(reason); run more launches, or on a machine that does nothing else")
  }
}
