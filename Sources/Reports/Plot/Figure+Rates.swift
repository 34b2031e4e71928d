import Cases
import Results

// Rates of the rate search: non-drop and partial-drop rate.
extension Figure {
  /// Rates of gateways that seal against the frame's size.
  public static let rates = rateBars(
    Experiment.rates, "Non-drop and partial-drop rate against the frame's size", of: "seals",
    x: Axis(coordinate: .axis(.frameBytes), label: "Frame with its check sequence, bytes"))
  /// Rates of gateways that open against the frame's size.
  public static let ratesOpen = rateBars(
    Experiment.ratesOpen, "Non-drop and partial-drop rate of opening against the frame's size", of: "opens",
    x: rates.x)
  /// Rates of gateways that seal against the length of bursts.
  public static let bursts = rateBars(
    Experiment.bursts, "Non-drop and partial-drop rate against the length of bursts", of: "seals",
    x: Axis(coordinate: .axis(.burstFrames), label: "Frames that are due together"))

  private static func rateBars(_ name: String, _ title: String, of verb: String, x: Axis) -> Figure {
    Figure(
      name: name, title: title,
      caption: "Frames that one core \(verb), offered at fixed times: dark, without loss (NDR); light behind "
        + "it, with at most 0.5 % (PDR). \(interval)",
      isClustered: true, showsBasis: true, x: x,
      contents: [
        Content(
          metrics: MetricCatalog.goals.prefix(2).map { (Metric.rate($0.name), "") },
          yLabel: "Rate, million frames per second")
      ])
  }
}
