import Basics
import Cases
import Results

extension Figure {
  /// The share of the distance between two x values that a group of bars takes.
  private static let clusterWidth = 0.8

  /// The coordinates that distinguish the bars of one group.
  private func kind(_ point: CaseCoordinates) -> [String] {
    let bursts = x.coordinate == .axis(.burstFrames) ? "" : point.bursts
    return [point.system, point.aead, point.direction, bursts]
  }

  /// A panel with a group of bars at each x value: a bar for each system, and, if there are several, for each
  /// cipher, direction and burst length. The bar of the second metric, which is never the smaller one, stands
  /// behind that of the first.
  func clusters(of run: RunReading) throws(ResultsError) -> PlotData {
    let metrics = contents.flatMap(\.metrics).map(\.name)
    let shown = run.figures.filter { $0.isValid && $0.value != nil && metrics.contains($0.metric) }
    guard !shown.isEmpty else {
      throw .plot(.nothingToShow(run: run.path, figure: name, needs: metrics.joined(separator: " or ")))
    }
    let values = Self.values(of: x.coordinate, shown)
    let kinds = shown.map { kind($0.coordinates) }.distinct().sorted {
      (SystemStyle($0[0]).number, $0[1], $0[2], $0[3]) < (SystemStyle($1[0]).number, $1[1], $1[2], $1[3])
    }
    let width = Self.clusterWidth / Double(kinds.count)
    let series = kinds.enumerated().flatMap { number, kind -> [PlotData.Series] in
      let own = shown.filter { self.kind($0.coordinates) == kind }
      let style = SystemStyle(kind[0])
      let others = kinds.filter { $0[0] == kind[0] }
      let cipher = Set(others.map { $0[1] }).count > 1 ? ", \(Self.ciphers[kind[1]] ?? kind[1])" : ""
      let direction = Set(kinds.map { $0[2] }).count > 1 ? ", \(kind[2])" : ""
      return metrics.enumerated().map { variant, metric -> PlotData.Series in
        let points = values.enumerated().map { index, value -> PlotData.Point in
          let figure = own.first {
            $0.metric == metric && $0.coordinates.byName[x.coordinate] == value
          }
          let interval = figure?.interval
          return PlotData.Point(
            x: Double(index) + (Double(number) - Double(kinds.count - 1) / 2) * width,
            y: figure?.value ?? .nan, low: interval?.low, high: interval?.high, label: value)
        }
        let title = style.title + cipher + direction + kind[3]
        return PlotData.Series(
          title: variant == 0 ? title : "", style: style.number, variant: variant,
          basis: own.first?.basis, points: points)
      }
    }
    var data = PlotData(
      panels: [PlotData.Panel(title: "", yLabel: contents[0].yLabel, series: series)], axis: x)
    data.bases = Basis.allCases.filter { basis in shown.contains { $0.basis == basis } }
    data.columns = kinds.count
    return data
  }
}
