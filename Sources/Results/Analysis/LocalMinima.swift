import Statistics

/// An x at which cost is lower than around it, by more than the noise.
public struct LocalMinimum: Sendable, Equatable {
  /// The x of the minimum, in bytes.
  public let x: Int
  /// The difference between the lower neighbour's figure and the minimum's own, in the unit of the metric.
  public let depth: Double
  /// `depth` as a share of that neighbour's figure.
  public let relativeDepth: Double
  /// The p value, adjusted by Benjamini and Hochberg.
  public let pValue: Double
}

/// The result of the search for local minima.
public struct LocalMinima: Sendable, Equatable {
  /// The minima, in ascending order of x.
  public let found: [LocalMinimum]
  /// The number of x that could be tested.
  public let tested: Int
}

/// Finds local minima of the curve itself; no trend is removed.
///
/// Method: each x is tested against both neighbours, with a one-sided paired t test over launches. A launch's
/// difference is the mean over the repetitions that both points have in it. Repetitions are interleaved over
/// the points, so a disturbance affects both points of a pair. A minimum must be below both neighbours, so
/// its p value is the larger of the two (an intersection-union test). The p values of all x are adjusted by
/// Benjamini and Hochberg: of the minima listed, at most the share `Periodicity.level` is expected to be
/// false. An x is not tested if a neighbour is missing, or has fewer than two launches in common with it. So
/// the ends of a curve are never tested, nor is a curve with a single launch.
enum LocalMinimumSearch {
  static func minima(of grid: CostGrid) -> LocalMinima {
    let tested = grid.repetitions.indices.compactMap { index in
      pValue(at: index, in: grid).map { (index: index, pValue: $0) }
    }
    let adjusted = Statistics.benjaminiHochberg(tested.map(\.pValue))
    let found = zip(tested, adjusted).compactMap { test, pValue in
      pValue <= Periodicity.level ? minimum(at: test.index, in: grid, pValue: pValue) : nil
    }
    return LocalMinima(found: found, tested: tested.count)
  }

  /// The p value of a point before adjustment; nil if it cannot be tested.
  private static func pValue(at index: Int, in grid: CostGrid) -> Double? {
    guard index > 0, index + 1 < grid.count, let own = grid.repetitions[index],
      let before = grid.repetitions[index - 1], let behind = grid.repetitions[index + 1],
      let first = pairedTest(own, below: before, grid.launches),
      let second = pairedTest(own, below: behind, grid.launches)
    else { return nil }
    return max(first, second)
  }

  /// The one-sided p value of the paired t test that `values` are below `others`, over the launches of both;
  /// nil if there are fewer than two launches.
  private static func pairedTest(
    _ values: [Double?], below others: [Double?], _ launches: [Int]
  ) -> Double? {
    var pairs: [Int: [Double]] = [:]
    for (repetition, (value, other)) in zip(values, others).enumerated() {
      guard let value, let other else { continue }
      let launch = repetition < launches.count ? launches[repetition] : repetition
      pairs[launch, default: []].append(other - value)
    }
    let differences = pairs.keys.sorted().compactMap { launch in
      pairs[launch].map { $0.reduce(0, +) / Double($0.count) }
    }
    guard differences.count > 1 else { return nil }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let standardError = (squares / (count - 1) / count).squareRoot()
    // Without noise the sign of the mean decides.
    guard standardError > 0 else { return mean > 0 ? 0 : 1 }
    return Statistics.studentTail(mean / standardError, degreesOfFreedom: differences.count - 1)
  }

  private static func minimum(at index: Int, in grid: CostGrid, pValue: Double) -> LocalMinimum? {
    guard let own = grid.figure(index), let lowest = [index - 1, index + 1].compactMap(grid.figure).min()
    else { return nil }
    let depth = lowest - own
    // Repetitions that only one point of a pair has can reverse the order of the figures.
    guard depth > 0 else { return nil }
    return LocalMinimum(
      x: grid.x(index), depth: depth, relativeDepth: lowest != 0 ? depth / abs(lowest) : 0, pValue: pValue)
  }
}
