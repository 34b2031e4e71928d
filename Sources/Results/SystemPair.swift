import Basics
import Cases
import Statistics

/// Two cases that are compared, by `Pairing`, and one of their figures in the repetitions that both have.
public struct SystemPair: Sendable {
  /// The two systems, such as `VPE / ESP`.
  public let title: String
  /// The coordinates of the first system's case.
  public let coordinates: CaseCoordinates
  /// Those of the second system's.
  public let other: CaseCoordinates
  /// How both figures came about.
  public let basis: Basis
  /// What is compared.
  public let metric: String
  /// The first as a multiple of the second.
  public let ratio: LaunchEstimate
  /// The values of both.
  package let values: (above: LaunchEstimate.Rounds, below: LaunchEstimate.Rounds)
  /// Repetitions of which both have a usable sample.
  public let samples: Int
  /// Whether every sample of both cases is valid.
  public let isValid: Bool

  /// The figures that are compared, a throughput by its name in measured rows.
  public static let metrics =
    [Metric.goodput] + Metric.costs + MetricCatalog.goals.map { Metric.rate($0.name) }

  /// The first's case, and what of the second's does not follow from it.
  public var place: String {
    coordinates.name + (other.threads == coordinates.threads ? "" : " (the other with \(other.threads))")
  }

  /// The pairs among samples, by `Pairing`. Cases without a counterpart, or without a launch in common with
  /// it, are left out.
  public static func pairs(of records: [SampleRecord]) -> [SystemPair] {
    pairs(of: CaseGroup.groups(of: records))
  }

  /// Those of a run.
  package static func pairs(of run: RunReading) -> [SystemPair] { pairs(of: run.groups) }

  private static func pairs(of groups: [CaseGroup]) -> [SystemPair] {
    bases(groups).flatMap { basis in
      Pairing.pairs(of: basis.cases, carries: basis.carried).flatMap { pair in
        compare(pair.first, pair.second, pair.title, basis, metrics)
      }
    }
  }

  /// The pairs of two systems of a run by one metric.
  package static func pairs(
    of run: RunReading, _ first: System, _ second: System, metric: String
  ) -> [SystemPair] {
    bases(run.groups).flatMap { basis in
      let others = basis.cases.filter { $0.isOf(second) }
      return basis.cases.filter { $0.isOf(first) }.flatMap { point -> [SystemPair] in
        guard let other = Pairing.counterpart(of: point, second, among: others, carries: basis.carried) else {
          return []
        }
        return compare(point, other, "\(first.rawValue) / \(second.rawValue)", basis, [metric])
      }
    }
  }

  /// The cases of one basis.
  private struct OfBasis {
    let cases: [CaseCoordinates]
    let groups: [CaseCoordinates: CaseGroup]

    func carried(_ point: CaseCoordinates) -> Double? { groups[point].flatMap(\.carried) }
  }

  private static func bases(_ groups: [CaseGroup]) -> [OfBasis] {
    groups.grouped { $0.basis }.map { _, own in
      OfBasis(
        cases: own.map(\.coordinates),
        groups: Dictionary(uniqueKeysWithValues: own.map { ($0.coordinates, $0) }))
    }
  }

  private static func compare(
    _ first: CaseCoordinates, _ second: CaseCoordinates, _ title: String, _ basis: OfBasis,
    _ metrics: [String]
  ) -> [SystemPair] {
    guard let own = basis.groups[first], let other = basis.groups[second] else { return [] }
    return metrics.map(own.basis.name).compactMap { metric in
      let values = (above: own.rounds(of: metric), below: other.rounds(of: metric))
      return LaunchEstimate(of: values.above, to: values.below, by: Estimator(of: metric, own.basis)).map {
        SystemPair(
          title: title, coordinates: first, other: second, basis: own.basis, metric: metric, ratio: $0,
          values: values,
          samples: repetitions(values.above).intersection(repetitions(values.below)).count,
          isValid: own.isValid && other.isValid)
      }
    }
  }

  private static func repetitions(_ values: LaunchEstimate.Rounds) -> Set<Int> {
    Set(values.values.flatMap(\.keys))
  }

  /// The geometric mean of the ratios of `pairs`.
  package static func overall(_ pairs: [SystemPair]) -> LaunchEstimate? {
    LaunchEstimate(ofAll: pairs.map(\.values))
  }
}

extension CaseGroup {
  /// A metric's values in the usable samples.
  fileprivate func rounds(of metric: String) -> LaunchEstimate.Rounds {
    usable.byRound { $0.metrics[metric] }
  }

  /// What the case carries, if every sample of it is valid.
  fileprivate var carried: Double? {
    guard isValid else { return nil }
    return LaunchEstimate(of: basis.throughputMetric, in: usable, hasInterval: false)?.value
  }
}

extension RunReading {
  /// The cases of a peer that stand for it: of those that differ in its mode alone, the one that carries most
  /// and checks for replay.
  package var peersAtBest: Set<String> {
    var best: [CaseCoordinates: (name: String, value: Double)] = [:]
    for group in groups where group.isValid {
      var point = group.coordinates
      guard let mode = point.axes.removeValue(forKey: PeerMode.column), !mode.isEmpty,
        PeerMode(rawValue: mode)?.checksReplay != false, let value = group.carried
      else { continue }
      point.name = ""
      if value > best[point]?.value ?? 0 { best[point] = (group.coordinates.name, value) }
    }
    return Set(best.values.map(\.name))
  }
}

extension CaseCoordinates {
  /// Whether the case is of somebody else's gateway.
  package var isOfPeer: Bool { axes[PeerMode.column]?.isEmpty == false }
}
