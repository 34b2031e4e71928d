import Cases
import Statistics

/// One figure of one case, made of its samples: a row of `summary.csv`.
public struct CaseFigure: Sendable, Equatable {
  /// The case.
  public let coordinates: CaseCoordinates
  /// How the figure came about.
  public let basis: Basis
  /// The figure's name, its unit last (`goodput_gbps`).
  public let metric: String
  /// The statistics of the usable samples' values; nil if no such sample has the metric.
  public let statistics: Estimate?
  /// Whether every sample of the case is valid.
  public let isValid: Bool
  /// Why this machine cannot show the case; empty if it can.
  public let gap: String
  /// The figure: the estimate (``LaunchEstimate``), or the mean in a run before launches were recorded.
  public let value: Double?
  /// The usable samples of the case.
  private let records: [SampleRecord]

  package init(_ group: CaseGroup, metric: String) {
    (coordinates, basis, isValid) = (group.coordinates, group.basis, group.isValid)
    self.metric = metric
    statistics = Estimate(group.values(of: metric))
    gap = group.gaps.joined(separator: "; ")
    records = group.usable
    value =
      records.haveLaunches
      ? LaunchEstimate(of: metric, in: records, hasInterval: false)?.value : statistics?.mean
  }

  /// The figures of all cases, in order of first appearance.
  ///
  /// Samples that are invalid or have a gap are never averaged. A case with an invalid sample is marked
  /// invalid; one without any figure keeps its rows, so that nobody takes its absence for an oversight, but
  /// they are empty.
  static func figures(of groups: [CaseGroup]) -> [CaseFigure] {
    let known = groups.map { group in
      Set(group.usable.flatMap(\.metrics.keys)).filter { !group.values(of: $0).isEmpty }
    }
    let metrics = MetricCatalog.ordered(
      known.flatMap(\.self) + groups.map(\.basis.throughputMetric), by: MetricCatalog.metrics)
    return zip(groups, known).flatMap { group, known in
      metrics.filter { known.isEmpty ? group.basis.suits($0) : known.contains($0) }.map {
        CaseFigure(group, metric: $0)
      }
    }
  }

  /// Whether the figure is the gateway's throughput: goodput or capacity, by the basis.
  public var isThroughput: Bool { metric == basis.throughputMetric }

  /// The figure with its interval; nil in a run of before launches were known. Made anew each time.
  public var estimate: LaunchEstimate? {
    records.haveLaunches ? LaunchEstimate(of: metric, in: records) : nil
  }
  /// The figure's 95 % interval; nil where there is none. Made anew each time.
  public var interval: (low: Double, high: Double)? {
    let estimate = estimate
    let isKnown = records.haveLaunches
    let low = isKnown ? estimate?.low : statistics?.ci95Low
    let high = isKnown ? estimate?.high : statistics?.ci95High
    return low.flatMap { low in high.map { (low, $0) } }
  }
  /// Half the width of the interval; nil where there is none.
  public var margin: Double? { interval.map { ($0.high - $0.low) / 2 } }

  /// How many usable samples the figure rests on.
  public var samples: Int { statistics?.samples ?? 0 }
  /// Their arithmetic mean.
  public var mean: Double? { statistics?.mean }
  /// Their median. (Inlined, it breaks the optimiser of Swift 6.3.1.)
  public var median: Double? {
    @inline(never) get { statistics?.median }
  }
  /// The smallest of them.
  public var minimum: Double? { statistics?.minimum }
  /// The largest of them.
  public var maximum: Double? { statistics?.maximum }
  /// The values below which so many percent of them lie, by percent.
  public var percentiles: [Int: Double] { statistics?.percentiles ?? [:] }

  /// The case and basis that the figure is of.
  package var caseKey: CaseKey { CaseKey(coordinates: coordinates, basis: basis) }
}

/// The key of a case within a run: a case that was both run and modelled has two.
package struct CaseKey: Hashable {
  package let coordinates: CaseCoordinates
  package let basis: Basis

  package init(coordinates: CaseCoordinates, basis: Basis) {
    (self.coordinates, self.basis) = (coordinates, basis)
  }
}
