import Basics

/// A permutation test for a period: do the cycles agree on the phase at which cost is low?
///
/// The residuals are cut into cycles of one period. Under the null hypothesis that there is no such period,
/// each cycle could as well have begun at any phase. So each cycle is rotated by a random offset of its own,
/// and the variation between the phases' means (`PeriodFold.between`) is compared with that of the curve
/// itself. As the total variation never changes, the F statistic would give the same order.
///
///     p = (1 + rotations with at least the curve's statistic) / (1 + rotations)
///
/// Unlike a free permutation of the values, a rotation keeps neighbours together. So residuals that resemble
/// their neighbours, as those of every curve do, are not taken for a period. The disadvantage: c cycles of k
/// phases have only k^(c-1) arrangements, so no p value can be below the inverse of that.
///
/// To test whether a period adds to a shorter one that divides it, the test uses the residuals that the
/// shorter one leaves, and only the variation beyond the shorter one's (Freedman and Lane 1983: permutation
/// of the reduced model's residuals). As every fold by q is also a fold by its multiple p, that variation is
/// between(p) - between(q).
struct RotationTest {
  /// Number of random rotations.
  let rotations: Int
  /// Seed of the offsets.
  private static let seed: UInt64 = 0x7670_6562_656E_6368

  /// The p value of the variation of `residuals`, under the hypothesis that the period does not exist.
  /// - Parameters:
  ///   - residuals: the residuals, nil at gaps; to test a period beyond a shorter one, the residuals that the
  ///     shorter one leaves.
  ///   - phases: the period, in steps.
  ///   - shorter: a known period that divides this one, in steps; 1 for none.
  func pValue(of residuals: [Double?], phases: Int, beyond shorter: Int = 1) -> Double {
    precondition(phases % shorter == 0)
    var cycles = Cycles(residuals, phases: phases)
    let observed = cycles.between(beyond: shorter)
    guard observed > 0 else { return 1 }
    // Equal arrangements may differ by rounding errors.
    let threshold = observed * (1 - 1e-9)
    var generator = SplitMix64(state: Self.seed &+ UInt64(phases))
    var reached = 0
    for _ in 0..<rotations {
      cycles.rotate(using: &generator)
      if cycles.between(beyond: shorter) >= threshold { reached += 1 }
    }
    return Double(1 + reached) / Double(1 + rotations)
  }
}

/// Residuals in whole cycles, with gaps at the end of the last one, and their sums by phase.
private struct Cycles {
  private let phases: Int
  /// 0 at gaps.
  private let values: [Double]
  /// 1 at values, 0 at gaps.
  private let weights: [Double]
  /// Sums and counts by phase, after the last rotation.
  private var sums: [Double]
  private var counts: [Double]

  init(_ residuals: [Double?], phases: Int) {
    self.phases = phases
    let cycles = (residuals.count + phases - 1) / phases
    let gaps = Array(repeating: Double?.none, count: cycles * phases - residuals.count)
    values = (residuals + gaps).map { $0 ?? 0 }
    weights = (residuals + gaps).map { $0 == nil ? 0 : 1 }
    sums = Array(repeating: 0, count: phases)
    counts = sums
    sum { 0 }
  }

  /// Rotates each cycle by a random offset.
  mutating func rotate(using generator: inout SplitMix64) {
    let bound = phases
    sum { generator.next(below: bound) }
  }

  /// Sums by phase, with an offset for each cycle.
  private mutating func sum(offset: () -> Int) {
    for phase in 0..<phases {
      sums[phase] = 0
      counts[phase] = 0
    }
    var index = 0
    while index < values.count {
      var phase = offset()
      for _ in 0..<phases {
        sums[phase] += values[index]
        counts[phase] += weights[index]
        index += 1
        phase = phase + 1 == phases ? 0 : phase + 1
      }
    }
  }

  /// The variation between the phases less that between the phases of a shorter period that divides this one.
  /// For a shorter period of 1 the latter is the variation of the mean.
  func between(beyond shorter: Int) -> Double {
    variation(period: phases) - variation(period: shorter)
  }

  private func variation(period: Int) -> Double {
    var variation = 0.0
    for first in 0..<period {
      var sum = 0.0
      var count = 0.0
      for phase in stride(from: first, to: phases, by: period) {
        sum += sums[phase]
        count += counts[phase]
      }
      if count > 0 { variation += sum * sum / count }
    }
    return variation
  }
}
