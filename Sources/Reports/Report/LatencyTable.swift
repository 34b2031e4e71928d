import Basics
import Cases
import Results

/// A table of latency under load: percentiles of each case at each load, with the harness's own latency in
/// brackets.
struct LatencyTable {
  let run: RunReading

  func blocks() -> [Document.Block] {
    let metrics = run.figures.compactMap { LatencyMetric($0.metric) }
    let loads = Set(metrics.map(\.percent)).sorted().flatMap { percent in
      [false, true].map { (percent, isProbe: $0) }
    }
    let rows = RunSection.sorted(run.cases).flatMap { found in
      loads.compactMap { percent, isProbe -> [String]? in
        let point = found.coordinates
        func text(_ percentile: LatencyMetric.Percentile, isFloor: Bool) -> String? {
          let metric = LatencyMetric(percent: percent, percentile, isFloor: isFloor, isProbe: isProbe)
          return run.figure(metric.name, of: found)?.value.map(Display.number)
        }
        let cells = LatencyMetric.Percentile.allCases.map { percentile -> String in
          guard let own = text(percentile, isFloor: false) else { return "" }
          return own + (text(percentile, isFloor: true).map { " (\($0))" } ?? "")
        }
        guard cells.contains(where: { !$0.isEmpty }) else { return nil }
        return [
          SystemStyle(point.system).title, point.direction, point.frames + point.bursts,
          (percent == 0 ? "10,000 frames/s" : "\(percent) %") + (isProbe ? ", probes" : ""),
        ] + cells
      }
    }
    guard !rows.isEmpty else { return [] }
    return [
      .table(
        caption: "Latency in µs from when a frame was due until it had come out of one direction of a "
          + "gateway alone on a core (round-trip: back from two gateways and a reflector, each direction on "
          + "a core), within which so many frames lie; medians of the searches, each value "
          + "at most 3.2 % off. Load: of the system's own rate in the same search. In brackets: with a "
          + "sink in the gateway's place at the same load, the harness's own. "
          + (metrics.contains(where: \.isProbe)
            ? "Probes: a flow of their own beside the load, due at a fixed low rate. " : "")
          + "No value: too few frames lie beyond, or the tester fell behind.",
        header: ["system", "direction", "frame, bytes", "load"]
          + LatencyMetric.Percentile.allCases.map(\.title), rows: rows)
    ]
  }
}
