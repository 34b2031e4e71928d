import Basics
import Cases
import Foundation
import Results
import Statistics

// Rules that compare costs at some points of a curve with the costs at its other points.
extension Rules {
  /// The costs at each x of a curve: a headroom, or a packet length.
  package typealias Costs = [Int: LaunchEstimate.Rounds]

  /// The median of the costs at some x of a curve, as a multiple of the median at the others.
  package struct Contrast {
    package let name: String
    package let estimate: LaunchEstimate
    /// The contrasts of the single launches, as logarithms.
    package let ranks: SignedRank

    /// The contrast of one curve. It compares figures over a launch, not costs within a repetition: the
    /// samples of a repetition are spread over time, so a disturbance hits some x and not others.
    /// - Returns: nil unless `within` holds for some x and not for others.
    package init?(_ name: String, _ curve: Costs, within: (Int) -> Bool) {
      guard let (xs, contrast) = Self.contrast(Array(curve.keys), within) else { return nil }
      let values = xs.map { LaunchEstimate.values(curve[$0] ?? [:]) }
      let each = Set(values.flatMap(\.keys)).sorted().map { launch in
        contrast(values.map { log(Estimator.lowEnd.value(of: $0[launch] ?? []) ?? .nan) })
      }
      self.init(
        name, LaunchEstimate(of: values, by: .lowEnd, { contrast($0.map { log($0) }) }),
        each.filter(\.isFinite))
    }

    /// The contrast of the ratio of two curves. The ratio is computed within each repetition.
    package init?(_ name: String, _ curve: Costs, over other: Costs, within: (Int) -> Bool) {
      guard let (xs, contrast) = Self.contrast(curve.keys.filter { other[$0] != nil }, within) else {
        return nil
      }
      let found = LaunchEstimate.compared(
        [curve, other].flatMap { costs in xs.compactMap { costs[$0] } }
      ) {
        figures in
        contrast(xs.indices.map { log(figures[$0] / figures[xs.count + $0]) })
      }
      let each = found.sorted { $0.key < $1.key }.compactMap { Statistics.percentile(50, of: $0.value) }
      self.init(name, LaunchEstimate(found, by: .middle), each)
    }

    private init?(_ name: String, _ estimate: LaunchEstimate?, _ each: [Double]) {
      guard let estimate, let ranks = SignedRank(each.map { log($0) }) else { return nil }
      (self.name, self.estimate, self.ranks) = (name, estimate, ranks)
    }

    /// The x in ascending order, and a function that computes the contrast from the logarithms of their
    /// costs.
    private static func contrast(
      _ xs: [Int], _ within: (Int) -> Bool
    ) -> (xs: [Int], contrast: ([Double]) -> Double)? {
      let xs = xs.sorted()
      let inner = xs.indices.filter { within(xs[$0]) }
      let outer = xs.indices.filter { !within(xs[$0]) }
      if inner.isEmpty || outer.isEmpty { return nil }
      return (
        xs,
        { costs in
          func median(_ chosen: [Int]) -> Double {
            Statistics.percentile(50, of: chosen.map { costs[$0] }.filter(\.isFinite)) ?? .nan
          }
          return exp(median(inner) - median(outer))
        }
      )
    }

    /// One-sided p values by the standard error, provided that the signed ranks are significant as well.
    func pValue(above bound: Double) -> Double {
      ranks.pAbove <= level ? estimate.pValue(above: bound) ?? 1 : 1
    }
    func pValue(below bound: Double) -> Double {
      ranks.pBelow <= level ? estimate.pValue(below: bound) ?? 1 : 1
    }
    /// The p values of a difference that is larger than what counts as equal.
    var pAbove: Double { pValue(above: 1 + equalWithin) }
    var pBelow: Double { pValue(below: 1 / (1 + equalWithin)) }
    var pEqual: Double { estimate.pValue(equalWithin: equalWithin) ?? 1 }
  }

  /// Judges that every group of curves has a contrast larger than what counts as equal.
  package static func bothVary(_ groups: [[Contrast]]) -> Judgement {
    let all = Statistics.holm(groups.flatMap { $0 }.map { min(2 * min($0.pAbove, $0.pBelow), 1) })
    var (least, next): ([Double], Int) = ([], 0)
    for group in groups {
      least.append(all[next..<(next + group.count)].min() ?? 1)
      next += group.count
    }
    if let largest = least.max(), largest <= level { return .same(largest) }
    // If one format does not vary, the claim that both do is refuted.
    let equal = Statistics.holm(groups.map { $0.map(\.pEqual).max() ?? 1 })
    if let least = equal.min(), least <= level { return .other("\(equalText) for one format or both", least) }
    return .open(
      "not every format shows a difference of more than \(Display.percent(equalWithin)); \(remedy)")
  }

  /// The contrast of a format's cost, and the contrast of its ratio to the library's bare call.
  package struct FormatContrast {
    package let own: Contrast
    package let overCall: Contrast

    package init(own: Contrast, overCall: Contrast) { (self.own, self.overCall) = (own, overCall) }

    /// A contrast is the format's own only if the ratio to the bare call shows it as well.
    var pAbove: Double { max(own.pAbove, overCall.pValue(above: 1)) }
    var pBelow: Double { max(own.pBelow, overCall.pValue(below: 1)) }
    var pEqual: Double { min(2 * min(own.pEqual, overCall.pEqual), 1) }
  }

  /// Judges that the contrast is above 1 at one packet length or more, and below 1 at none. One length
  /// suffices: a few ticks are a large share of a short packet's cost, but less than what counts as equal of
  /// a long one's.
  package static func costsMore(_ lengths: [FormatContrast]) -> Judgement {
    let above = Statistics.holm(lengths.map(\.pAbove)), below = Statistics.holm(lengths.map(\.pBelow))
    if let least = below.min(), 2 * least <= level {
      let names = zip(lengths, below).filter { 2 * $0.1 <= level }.map(\.0.own.name)
      return .other("it is cheaper there at \(names.joined(separator: ", "))", 2 * least)
    }
    if let least = above.min(), 2 * least <= level { return .same(2 * least) }
    if let largest = lengths.map(\.pEqual).max(), largest <= level { return .other(equalText, largest) }
    return .open("at no length it is dearer there by more than \(Display.percent(equalWithin)); \(remedy)")
  }

  private static var equalText: String { "the costs are equal within \(Display.percent(equalWithin))" }
  private static let remedy = "run more launches, or on a machine that does nothing else"
}
