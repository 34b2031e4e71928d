import Cases
import Statistics

/// One metric of one case, computed from the case's samples: a row of `summary.csv`.
public struct CaseFigure: Sendable, Equatable {
  /// The case's coordinates.
  public let coordinates: CaseCoordinates
  /// How the figure was obtained.
  public let basis: Basis
  /// The metric's name, which ends in the unit (`goodput_gbps`).
  public let metric: String
  /// The statistics of the usable samples' values; nil if no such sample has the metric.
  public let statistics: Estimate?
  /// Whether every sample of the case is valid.
  public let isValid: Bool
  /// The reason why this machine cannot show the case; empty if it can.
  public let gap: String
  /// The figure: the estimate (``LaunchEstimate``), or the mean if the run did not record launches.
  public let value: Double?
  /// The case's usable samples.
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
  /// invalid. A case without any usable sample keeps its rows, with empty values, so that its absence is not
  /// taken for an oversight.
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

  /// Whether the figure is the gateway's throughput: goodput or capacity, depending on the basis.
  public var isThroughput: Bool { metric == basis.throughputMetric }

  /// The figure with its interval; nil if the run did not record launches. Computed at each call.
  public var estimate: LaunchEstimate? {
    records.haveLaunches ? LaunchEstimate(of: metric, in: records) : nil
  }
  /// The figure's 95 % interval; nil if there is none. Computed at each call.
  public var interval: (low: Double, high: Double)? {
    let estimate = estimate
    let isKnown = records.haveLaunches
    let low = isKnown ? estimate?.low : statistics?.ci95Low
    let high = isKnown ? estimate?.high : statistics?.ci95High
    return low.flatMap { low in high.map { (low, $0) } }
  }
  /// Half the width of the interval; nil if there is no interval.
  public var margin: Double? { interval.map { ($0.high - $0.low) / 2 } }

  /// The number of usable samples with the metric.
  public var samples: Int { statistics?.samples ?? 0 }
  /// The arithmetic mean of these samples.
  public var mean: Double? { statistics?.mean }
  /// The median of these samples. (If the getter is inlined, the optimiser of Swift 6.3.1 crashes.)
  public var median: Double? {
    @inline(never) get { statistics?.median }
  }
  /// The smallest of these samples.
  public var minimum: Double? { statistics?.minimum }
  /// The largest of these samples.
  public var maximum: Double? { statistics?.maximum }
  /// Percentiles of these samples, by percent.
  public var percentiles: [Int: Double] { statistics?.percentiles ?? [:] }

  package var caseKey: CaseKey { CaseKey(coordinates: coordinates, basis: basis) }
}

/// Identifies a case within a run. A case that was both run and modelled has two keys.
package struct CaseKey: Hashable {
  package let coordinates: CaseCoordinates
  package let basis: Basis

  package init(coordinates: CaseCoordinates, basis: Basis) {
    (self.coordinates, self.basis) = (coordinates, basis)
  }
}
