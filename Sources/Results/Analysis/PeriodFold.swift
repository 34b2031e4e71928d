/// Residuals folded by one period: values of equal phase are put together.
///
/// For n values in k phases, with S_j the sum and n_j the number of the values of phase j:
///
///     between = Σ_j S_j² / n_j - (Σ_j S_j)² / n       variation between the phases' means
///     share   = 1 - ((total - between) / (n - k)) / (total / (n - 1))
///
/// The share is the adjusted R² of a one-way analysis of variance by phase: about 0 for noise, whatever the
/// number of phases, and 1 if the period explains the whole variance.
struct PeriodFold {
  /// The period, in steps of the grid.
  let phases: Int
  /// Number of values of each phase.
  let counts: [Int]
  /// Mean of the values of each phase; 0 if the phase has no value.
  let means: [Double]
  /// Variation between the phases.
  let between: Double
  /// Variation of all values around their mean.
  let total: Double
  /// Number of values.
  let count: Int

  /// Folds `residuals`; nil values are gaps.
  init(_ residuals: [Double?], phases: Int) {
    var counts = Array(repeating: 0, count: phases)
    var sums = Array(repeating: 0.0, count: phases)
    var squares = 0.0
    for (index, value) in residuals.enumerated() {
      guard let value else { continue }
      counts[index % phases] += 1
      sums[index % phases] += value
      squares += value * value
    }
    let count = counts.reduce(0, +)
    let sum = sums.reduce(0, +)
    let correction = count > 0 ? sum * sum / Double(count) : 0
    means = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : 0 }
    between = zip(sums, counts).reduce(-correction) { $1.1 > 0 ? $0 + $1.0 * $1.0 / Double($1.1) : $0 }
    total = squares - correction
    self.phases = phases
    self.counts = counts
    self.count = count
  }

  /// The share of the variance that the period explains; 0 if there is no variance, or too few values.
  var share: Double {
    let occupied = counts.count { $0 > 0 }
    guard total > 0, count > occupied else { return 0 }
    let within = max(total - between, 0) / Double(count - occupied)
    return min(max(1 - within / (total / Double(count - 1)), 0), 1)
  }

  /// The phase of the lowest mean, in steps.
  var lowestPhase: Int {
    means.indices.filter { counts[$0] > 0 }.min { means[$0] < means[$1] } ?? 0
  }

  /// The residuals, each less the mean of its phase.
  func remainder(of residuals: [Double?]) -> [Double?] {
    residuals.enumerated().map { index, value in value.map { $0 - means[index % phases] } }
  }
}
