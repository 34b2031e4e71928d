/// Two systems at the same point of a sweep, compared over the launches that both have.
struct SystemPair {
  /// The coordinates of the first system's case.
  let coordinates: CaseCoordinates
  /// Threads of the second system's case.
  let otherThreads: Int
  /// How both figures came about.
  let basis: Basis
  /// The first as a multiple of the second.
  let ratio: LaunchEstimate
  /// The values of both, by launch.
  let values: (above: LaunchEstimate.Values, below: LaunchEstimate.Values)

  /// The first's case, and the second's threads where they are not as many.
  var place: String {
    otherThreads == coordinates.threads
      ? coordinates.name : "\(coordinates.name) (the other with \(otherThreads))"
  }

  /// The coordinates in which two systems may differ and still be at the same point: an axis that does not
  /// apply to one of them is missing there.
  private static let optional: Set = ["esn", "window_size", PeerModes.axis]

  private struct Key: Hashable {
    let aead: String
    let threads: Int
    let frameBytes: Int
    let extraHeadroomBytes: Int
    let link: String
    let axes: [String: String]
    let basis: Basis

    init(_ coordinates: CaseCoordinates, _ basis: Basis, moreThreads: Int = 0) {
      aead = coordinates.aead
      threads = coordinates.threads + moreThreads
      frameBytes = coordinates.frameBytes
      extraHeadroomBytes = coordinates.extraHeadroomBytes
      link = coordinates.link
      axes = coordinates.axes.filter { !SystemPair.optional.contains($0.key) }
      self.basis = basis
    }
  }

  /// The pairs of a run, in the order of the first system's cases; cases without a counterpart, or without a
  /// launch in common with it, are left out.
  ///
  /// Where the second has no case of as many threads, one more counts: a pipeline has an odd number.
  static func pairs(
    of run: RunReading, _ first: String, _ second: String, metric: String
  ) -> [SystemPair] {
    let baselines = PeerModes.baselines(of: run)
    let cases = run.cases.filter { !PeerModes.isBeaten($0.coordinates, by: baselines) }
    var counterparts: [Key: CaseCoordinates] = [:]
    for point in cases where point.coordinates.system == second {
      let key = Key(point.coordinates, point.basis)
      if counterparts[key] == nil { counterparts[key] = point.coordinates }
    }
    return cases.filter { $0.coordinates.system == first }.compactMap { point in
      let keys = [0, 1].map { Key(point.coordinates, point.basis, moreThreads: $0) }
      guard let other = keys.compactMap({ counterparts[$0] }).first else { return nil }
      let own = run.usableSamples(point.coordinates, point.basis)
      let its = run.usableSamples(other, point.basis)
      guard let ratio = LaunchEstimate(of: metric, in: own, to: its) else { return nil }
      return SystemPair(
        coordinates: point.coordinates, otherThreads: other.threads, basis: point.basis, ratio: ratio,
        values: (own.byLaunch { $0.metrics[metric] }, its.byLaunch { $0.metrics[metric] }))
    }
  }

  /// The geometric mean of the ratios of `pairs`, by a metric.
  static func overall(_ pairs: [SystemPair], metric: String) -> LaunchEstimate? {
    pairs.first.flatMap { first in
      LaunchEstimate(ofAll: pairs.map(\.values), by: Estimator(of: metric, first.basis))
    }
  }
}
