import Basics
import Cases
import Results

extension Figure {
  /// Percentiles of latency under load, with the axes of HDR histogram plots.
  public static let latency = Figure(
    name: Experiment.latency, title: "Latency under load",
    caption: "Time from when a frame was due until it had come out, one direction of a gateway alone on a "
      + "core, or a round trip over two: 100 on the x axis is the 99th percentile. Each system at shares of "
      + "its own partial-drop rate. "
      + "No gateway: a sink in its place at the same load, what of it is the harness's own. \(interval) "
      + cut,
    isOfLatency: true,
    x: Axis(
      coordinate: "share", label: "1/(1 − share of the frames)", isLogarithmic: true),
    contents: [
      Content(
        metrics: [0, 10, 50, 90].flatMap { percent in
          LatencyMetric.Percentile.allCases.map { (LatencyMetric(percent: percent, $0).name, "") }
        }, yLabel: "Latency, µs", form: .decades)
    ])

  /// A figure of the run, and the latency metric that it belongs to.
  private struct Timed {
    let figure: CaseFigure
    let metric: LatencyMetric

    var system: String { figure.coordinates.system }
    /// The coordinates that distinguish panels.
    var kind: [String] {
      let point = figure.coordinates
      return [point.direction, point.frames, point.bursts]
    }
  }

  /// A panel for each direction, frame size and burst length, with a curve for each system and load.
  func latencies(of run: RunReading) throws(ResultsError) -> PlotData {
    let shown = run.figures.compactMap { figure -> Timed? in
      guard figure.isValid, figure.value != nil, let metric = LatencyMetric(figure.metric), !metric.isProbe
      else { return nil }
      return Timed(figure: figure, metric: metric)
    }
    guard shown.contains(where: { !$0.metric.isFloor }) else {
      throw .plot(.nothingToShow(run: run.path, figure: name, needs: "percentiles of latency"))
    }
    let kinds = shown.map(\.kind).distinct()
    let panels = kinds.map { kind in
      PlotData.Panel(
        title: "\(kind[0]), \(Self.frames.title(kind[1]))\(kind[2])", yLabel: contents[0].yLabel,
        series: curves(shown.filter { $0.kind == kind }), form: contents[0].form)
    }
    return PlotData(panels: panels.filter { !$0.series.isEmpty }, axis: x)
  }

  /// A curve for each system at each load but the lowest, and the first system's floor at the highest load.
  private func curves(_ own: [Timed]) -> [PlotData.Series] {
    let systems = own.map(\.system).distinct().sorted { SystemStyle($0).number < SystemStyle($1).number }
    let percents = Set(own.map(\.metric.percent)).subtracting([0]).sorted()
    func points(_ system: String, _ percent: Int, isFloor: Bool) -> [PlotData.Point] {
      own.filter {
        $0.system == system && $0.metric.percent == percent && $0.metric.isFloor == isFloor
      }.sorted { $0.metric.percentile.share < $1.metric.percentile.share }.map { timed in
        let interval = timed.figure.interval
        return PlotData.Point(
          x: 1 / (1 - timed.metric.percentile.share), y: timed.figure.value ?? .nan, low: interval?.low,
          high: interval?.high)
      }
    }
    var curves = systems.flatMap { system in
      percents.enumerated().map { number, percent in
        PlotData.Series(
          title: "\(SystemStyle(system).title), \(percent) %", style: SystemStyle(system).number,
          variant: number, points: points(system, percent, isFloor: false))
      }
    }
    if let system = systems.first, let percent = percents.last {
      curves.append(
        PlotData.Series(
          title: "no gateway, \(percent) %", style: SystemStyle.plain, variant: 2,
          points: points(system, percent, isFloor: true)))
    }
    return curves.filter { !$0.points.isEmpty }
  }
}
