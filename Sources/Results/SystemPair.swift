import Basics
import Cases
import Statistics

/// Two cases that `Pairing` compares, with one metric of both in the repetitions that they have in common.
public struct SystemPair: Sendable {
  /// The two systems, such as `VPE / ESP`.
  public let title: String
  /// The coordinates of the first system's case.
  public let coordinates: CaseCoordinates
  /// The coordinates of the second system's case.
  public let other: CaseCoordinates
  /// How both values were obtained.
  public let basis: Basis
  /// The compared metric.
  public let metric: String
  /// The first value as a multiple of the second.
  public let ratio: LaunchEstimate
  /// The values of both cases.
  package let values: (above: LaunchEstimate.Rounds, below: LaunchEstimate.Rounds)
  /// The number of repetitions for which both cases have a usable sample.
  public let samples: Int
  /// Whether every sample of both cases is valid.
  public let isValid: Bool

  /// The compared metrics. A throughput has its name in measured rows here.
  public static let metrics =
    [Metric.goodput] + Metric.costs + MetricCatalog.goals.map { Metric.rate($0.name) }

  /// The first case's name, and the second's number of threads if it differs.
  public var caseName: String {
    coordinates.name + (other.threads == coordinates.threads ? "" : " (the other with \(other.threads))")
  }

  /// The pairs of cases among samples, as `Pairing` determines them. A case is left out if it has no
  /// counterpart, or no launch in common with it.
  public static func pairs(of records: [SampleRecord]) -> [SystemPair] {
    pairs(of: CaseGroup.groups(of: records))
  }

  /// The pairs of cases of a run.
  package static func pairs(of run: RunReading) -> [SystemPair] { pairs(of: run.groups) }

  private static func pairs(of groups: [CaseGroup]) -> [SystemPair] {
    bases(groups).flatMap { basis in
      Pairing.pairs(of: basis.cases, carries: basis.carried).flatMap { pair in
        compare(pair.first, pair.second, pair.title, basis, metrics)
      }
    }
  }

  /// The pairs of two given systems of a run, by one metric.
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

  /// The geometric mean of the pairs' ratios.
  package static func overall(_ pairs: [SystemPair]) -> LaunchEstimate? {
    LaunchEstimate(ofAll: pairs.map(\.values))
  }
}

extension CaseGroup {
  /// A metric's values in the usable samples.
  fileprivate func rounds(of metric: String) -> LaunchEstimate.Rounds {
    usable.byRound { $0.metrics[metric] }
  }

  /// The case's throughput; nil unless every sample of the case is valid.
  fileprivate var carried: Double? {
    guard isValid else { return nil }
    return LaunchEstimate(of: basis.throughputMetric, in: usable, hasInterval: false)?.value
  }
}

extension RunReading {
  /// The names of the cases that represent third-party gateways. Of the cases that differ only in the
  /// gateway's mode, the one with the highest throughput counts, provided that its mode checks for replays.
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
  /// Whether the case's gateway is a third-party program.
  package var isOfPeer: Bool { axes[PeerMode.column]?.isEmpty == false }
}
