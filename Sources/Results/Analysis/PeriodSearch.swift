import Statistics

/// Tests candidate periods, and decides which of them make up the structure of the residuals.
///
/// Periods nest: a curve with a period of 16 also has periods of 32 and 64, and narrow dips 64 apart show
/// weakly in a fold by 16. Therefore:
///
/// 1. Each candidate is tested by itself (`RotationTest`), and the p values are adjusted by Holm. A candidate
///    is *significant* if its p value is at most `level` and its share (`PeriodFold.share`) at least
///    `shareMin`. The second condition is needed because a long sweep makes even irrelevant effects
///    significant.
/// 2. The **base** is the smallest significant period whose share is at least `baseShareRatio` of the largest
///    share among the significant ones. Dips 64 apart give a fold by 32 less than half of their share, so
///    they are never taken for a period of 32. An effect of period 64 on top of one of period 16 does not
///    hide the 16.
/// 3. The multiples of the base are tested, in ascending order, for what they **add** to the base and to the
///    multiples that were already found to add: the rotation test is applied to the remaining residuals and
///    adjusted by Bonferroni for the number of multiples. The added share must be at least `shareMin` of the
///    whole variance.
struct PeriodSearch {
  let options: Periodicity.Options
  let grid: CostGrid
  /// The detrended curve; nil at gaps.
  let residuals: [Double?]

  /// The share that the base must have, relative to the largest share.
  private static let baseShareRatio = 2.0 / 3

  private var test: RotationTest { RotationTest(rotations: options.permutations) }

  /// A candidate period with the results of its tests.
  private struct Candidate {
    let fold: PeriodFold
    let pValue: Double
    var role = PeriodFinding.Role.none
    var addedShare: Double?
    var addedPValue: Double?

    var phases: Int { fold.phases }
  }

  /// The findings, by period.
  /// - Parameter phases: the candidates, in steps of the grid, in ascending order.
  func findings(_ phases: [Int]) -> [PeriodFinding] {
    let pValues = Statistics.holm(phases.map { test.pValue(of: residuals, phases: $0) })
    var candidates = zip(phases, pValues).map { phases, pValue in
      Candidate(fold: PeriodFold(residuals, phases: phases), pValue: pValue)
    }
    assignRoles(&candidates)
    return candidates.map(finding)
  }

  private func assignRoles(_ candidates: inout [Candidate]) {
    let significant = candidates.indices.filter { isSignificant(candidates[$0]) }
    for index in significant { candidates[index].role = .implied }
    let largest = significant.map { candidates[$0].fold.share }.max() ?? 0
    guard
      let base = significant.first(where: {
        candidates[$0].fold.share >= Self.baseShareRatio * largest
      })
    else { return }
    candidates[base].role = .base

    let multiples = candidates.indices.filter {
      $0 > base && candidates[$0].phases % candidates[base].phases == 0
    }
    var known = base
    for index in multiples where candidates[index].phases % candidates[known].phases == 0 {
      let remainder = candidates[known].fold.remainder(of: residuals)
      let pValue = test.pValue(
        of: remainder, phases: candidates[index].phases, beyond: candidates[known].phases)
      let adjusted = min(pValue * Double(multiples.count), 1)
      let share = max(candidates[index].fold.share - candidates[known].fold.share, 0)
      candidates[index].addedPValue = adjusted
      candidates[index].addedShare = share
      if isSignificant(candidates[index]), adjusted <= Periodicity.level, share >= options.shareMin {
        candidates[index].role = .adds
        known = index
      }
    }
  }

  private func isSignificant(_ candidate: Candidate) -> Bool {
    candidate.pValue <= Periodicity.level && candidate.fold.share >= options.shareMin
  }

  private func finding(_ candidate: Candidate) -> PeriodFinding {
    let period = candidate.phases * grid.step
    let fold = candidate.fold
    return PeriodFinding(
      period: period, role: candidate.role, share: fold.share, pValue: candidate.pValue,
      addedShare: candidate.addedShare, addedPValue: candidate.addedPValue,
      minimumPhase: Periodicity.phase(of: grid.x(fold.lowestPhase), period: period))
  }
}
