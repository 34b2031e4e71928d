import Foundation

/// Estimates a quantity from one value per launch, by ranks alone. So outliers do not count more than other
/// launches, whatever disturbed them.
public struct SignedRank: Sendable, Equatable {
  /// The median of all pairwise means (Hodges-Lehmann), in the unit of the values.
  public let value: Double
  /// Lower end of the 95 % interval; nil with fewer than six values.
  public let low: Double?
  /// Upper end of that interval.
  public let high: Double?
  /// One-sided p value of Wilcoxon's signed-rank test against the hypothesis that the centre is 0 or less.
  public let pAbove: Double
  /// One-sided p value against the hypothesis that the centre is 0 or more.
  public let pBelow: Double
  /// Number of values.
  public let count: Int

  /// The two-sided p value.
  public var pDifferent: Double { min(2 * min(pAbove, pBelow), 1) }

  /// The most values. The exact distribution is meant for the launches of a run, which are few.
  public static let countMax = 200

  /// - Returns: nil without values, with a value that is not finite, or with more than ``countMax`` values.
  public init?(_ values: [Double]) {
    guard (1...Self.countMax).contains(values.count), values.allSatisfy(\.isFinite) else { return nil }
    count = values.count
    let means = values.indices.flatMap { first in
      values[first...].map { (values[first] + $0) / 2 }
    }.sorted()
    value = Statistics.percentile(50, of: means) ?? 0
    // The interval contains the centres that a two-sided test at 5 % does not reject.
    let distribution = Self.distribution(ranks: (1...values.count).map { 2 * $0 })
    var (passed, refused) = (0.0, 0)
    for rank in stride(from: 0, to: distribution.count, by: 2) {
      passed += distribution[rank]
      if passed > 0.025 { break }
      refused += 1
    }
    (low, high) = refused > 0 ? (means[refused - 1], means[means.count - refused]) : (nil, nil)
    (pAbove, pBelow) = Self.pValues(values)
  }

  /// Exact p values. Ties have their mean rank; zeros are left out.
  private static func pValues(_ values: [Double]) -> (above: Double, below: Double) {
    let signed = values.filter { $0 != 0 }.sorted { abs($0) < abs($1) }
    guard !signed.isEmpty else { return (1, 1) }
    // The ranks are doubled, so that mean ranks are whole numbers.
    var ranks: [Int] = []
    while ranks.count < signed.count {
      let first = ranks.count
      let last = signed[first...].prefix { abs($0) == abs(signed[first]) }.endIndex
      ranks += [Int](repeating: first + 1 + last, count: last - first)
    }
    let positive = zip(ranks, signed).reduce(0) { $0 + ($1.1 > 0 ? $1.0 : 0) }
    let distribution = distribution(ranks: ranks)
    return (
      min(distribution[positive...].reduce(0, +), 1), min(distribution[...positive].reduce(0, +), 1)
    )
  }

  /// The probability of each sum of positive ranks, if each sign is random with a probability of 1/2.
  private static func distribution(ranks: [Int]) -> [Double] {
    var chances = [Double](repeating: 0, count: ranks.reduce(1, +))
    chances[0] = 1
    var reached = 0
    for rank in ranks {
      reached += rank
      for sum in stride(from: reached, through: 0, by: -1) {
        chances[sum] = chances[sum] / 2 + (sum >= rank ? chances[sum - rank] / 2 : 0)
      }
    }
    return chances
  }
}
