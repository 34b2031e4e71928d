import Cases

/// The axis of a peer's ways of working.
enum PeerModes {
  static let axis = "peer_mode"

  /// What tells cases apart but for a peer's mode.
  private struct Point: Hashable {
    let key: [String]

    init(_ coordinates: CaseCoordinates) {
      var known = coordinates.byName
      known[PeerModes.axis] = nil
      key = known.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
  }

  /// The cases of a peer that stand for it: of those that differ in its mode alone, the one that carries most
  /// and checks for replay.
  static func baselines(of run: RunReading) -> Set<String> {
    var best: [Point: CaseFigure] = [:]
    for figure in run.figures where figure.metric == "goodput_gbps" && figure.isValid {
      guard let mode = figure.coordinates.axes[axis].flatMap(PeerMode.init), mode.checksReplay,
        let value = figure.value
      else { continue }
      let point = Point(figure.coordinates)
      if value > best[point]?.value ?? 0 { best[point] = figure }
    }
    return Set(best.values.map(\.coordinates.name))
  }

  /// Whether the case is of a peer, and not the one that stands for it.
  static func isBeaten(_ coordinates: CaseCoordinates, by baselines: Set<String>) -> Bool {
    coordinates.axes[axis]?.isEmpty == false && !baselines.contains(coordinates.name)
  }
}
