import Statistics

/// A place at which cost is lower than around it, by more than the noise.
public struct LocalMinimum: Sendable, Equatable {
  /// The place, in bytes.
  public let x: Int
  /// The difference between the lower neighbour's mean and the minimum's own, in the unit of the metric.
  public let depth: Double
  /// `depth` as a share of that neighbour's mean.
  public let relativeDepth: Double
  /// Adjusted p value.
  public let pValue: Double
}

/// The result of the search for local minima.
public struct LocalMinima: Sendable, Equatable {
  /// The minima, by place.
  public let found: [LocalMinimum]
  /// Places that could be tested.
  public let tested: Int
}

/// Finds local minima of the curve itself; no trend is taken out.
///
/// Method: a place is tested against its neighbour to either side, with a one-sided paired t test over
/// launches, of the mean difference of the repetitions that both have in each: repetitions are interleaved
/// over the places, so whatever disturbed one of a pair disturbed the other. To be a minimum it must beat
/// both, so its p value is the larger of theirs (an intersection-union test). The p values of all places are
/// adjusted by Benjamini and Hochberg: of the minima listed, at most the share `Periodicity.level` is
/// expected to be false. A place is not tested where a neighbour is missing, or has fewer than two launches
/// in common with it: so a curve with one launch has no tested place, and none at either end.
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

  /// The p value of a place before adjustment; nil if it cannot be tested.
  private static func pValue(at index: Int, in grid: CostGrid) -> Double? {
    guard index > 0, index + 1 < grid.count, let own = grid.repetitions[index],
      let before = grid.repetitions[index - 1], let behind = grid.repetitions[index + 1],
      let first = pairedTest(own, below: before, grid.launches),
      let second = pairedTest(own, below: behind, grid.launches)
    else { return nil }
    return max(first, second)
  }

  /// The one-sided p value of the paired t test that `values` are below `others`, over the launches of both;
  /// nil without two.
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
    // Without any noise the means alone decide.
    guard standardError > 0 else { return mean > 0 ? 0 : 1 }
    return Statistics.studentTail(mean / standardError, degreesOfFreedom: differences.count - 1)
  }

  private static func minimum(at index: Int, in grid: CostGrid, pValue: Double) -> LocalMinimum? {
    guard let own = grid.figure(index), let lowest = [index - 1, index + 1].compactMap(grid.figure).min()
    else { return nil }
    let depth = lowest - own
    // Repetitions that only one of a pair has can turn the order of the means round.
    guard depth > 0 else { return nil }
    return LocalMinimum(
      x: grid.x(index), depth: depth, relativeDepth: lowest != 0 ? depth / abs(lowest) : 0, pValue: pValue)
  }
}
