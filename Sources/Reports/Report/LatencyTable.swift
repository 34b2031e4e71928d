import Basics
import Cases
import Results

/// Latency under load: percentiles of each case at each share of its rate, and the harness's own beside them.
struct LatencyTable {
  let run: RunReading

  func blocks() -> [Document.Block] {
    let figures = run.figures.compactMap { figure in
      LatencyMetric(figure.metric).map { (metric: $0, figure: figure) }
    }
    let percents = Set(figures.map(\.metric.percent)).sorted()
    guard !percents.isEmpty else { return [] }
    let cases = run.cases.sorted { RunSection.place($0.coordinates) < RunSection.place($1.coordinates) }
    let rows = cases.flatMap { point, basis in
      percents.compactMap { percent -> [String]? in
        func text(_ percentile: LatencyMetric.Percentile, isFloor: Bool) -> String? {
          figures.first {
            $0.metric == LatencyMetric(percent: percent, percentile, isFloor: isFloor)
              && $0.figure.coordinates == point && $0.figure.basis == basis
          }?.figure.value.map(Display.number)
        }
        let cells = LatencyMetric.Percentile.allCases.map { percentile -> String in
          guard let own = text(percentile, isFloor: false) else { return "" }
          return own + (text(percentile, isFloor: true).map { " (\($0))" } ?? "")
        }
        guard cells.contains(where: { !$0.isEmpty }) else { return nil }
        return [
          SystemStyle(point.system).title, point.axes["direction"] ?? "seal", point.frames,
          percent == 0 ? "10,000 frames/s" : "\(percent) %",
        ] + cells
      }
    }
    guard !rows.isEmpty else { return [] }
    return [
      .table(
        Document.Grid(
          caption: "Latency in µs from when a frame was due until it had come out of one direction of a "
            + "gateway alone on a core, within which so many frames lie; medians of the searches, each value "
            + "at most 3.2 % off. Load: of the system's own rate in the same search. In brackets: with a "
            + "sink in the gateway's place at the same load, the harness's own. No value: too few frames lie "
            + "beyond, or the tester fell behind.",
          header: ["system", "direction", "frame, bytes", "load"]
            + LatencyMetric.Percentile.allCases.map(\.title), rows: rows))
    ]
  }
}
