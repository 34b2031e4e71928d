import Cases

/// Two systems at the same point of a sweep, compared repetition by repetition.
struct SystemPair {
  /// The coordinates of the first system's case.
  let coordinates: CaseCoordinates
  /// Threads of the second system's case.
  let otherThreads: Int
  /// How both figures came about.
  let basis: Basis
  /// The first as a multiple of the second.
  let ratio: PairedRatio
  /// The ratio of each repetition.
  let ratios: [Double]

  /// The first's case, and the second's threads where they are not as many.
  var place: String {
    otherThreads == coordinates.threads
      ? coordinates.name : "\(coordinates.name) (the other with \(otherThreads))"
  }

  /// The pairs of a run by `Pairing`, in the order of the first system's cases; cases without a repetition in
  /// common with their counterpart are left out.
  static func pairs(
    of run: RunReading, _ first: String, _ second: String, metric: String
  ) -> [SystemPair] {
    guard let system = System(rawValue: second) else { return [] }
    let baselines = PeerModes.baselines(of: run)
    let cases = run.cases.filter { !PeerModes.isBeaten($0.coordinates, by: baselines) }
    let others = Dictionary(grouping: cases.filter { $0.coordinates.system == second }, by: \.basis)
      .mapValues { $0.map(\.coordinates) }
    return cases.filter { $0.coordinates.system == first }.compactMap { point in
      guard
        let other = Pairing.counterpart(
          of: point.coordinates, system, among: others[point.basis] ?? [], carries: { _ in nil })
      else { return nil }
      let own = run.values(of: metric, point.coordinates, point.basis)
      let its = run.values(of: metric, other, point.basis)
      let ratios = own.keys.sorted().compactMap { repetition in
        its[repetition].flatMap { other in own[repetition].map { $0 / other } }
      }.filter { $0.isFinite && $0 > 0 }
      guard
        let ratio = PairedRatio(
          of: metric, in: run.usableSamples(point.coordinates, point.basis),
          to: run.usableSamples(other, point.basis))
      else { return nil }
      return SystemPair(
        coordinates: point.coordinates, otherThreads: other.threads, basis: point.basis, ratio: ratio,
        ratios: ratios)
    }
  }
}
