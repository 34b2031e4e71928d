import Cases
import Results

/// A table of rates: for each case and goal the highest load that fulfils the goal, in frames and bits per
/// second, with measures of reliability.
struct RatesTable {
  let run: RunReading

  func blocks() -> [Document.Block] {
    let goals = MetricCatalog.goals.filter { goal in
      run.figures.contains { $0.metric == Metric.rate(goal.name) && $0.value != nil }
    }
    guard !goals.isEmpty else { return [] }
    let rows = RunSection.sorted(run.cases).flatMap { found -> [[String]] in
      goals.compactMap { goal -> [String]? in
        let point = found.coordinates
        func figure(_ name: String) -> CaseFigure? { run.figure("\(goal.name)_\(name)", of: found) }
        func text(_ name: String) -> String { figure(name)?.value.map(Display.number) ?? "" }
        // Cases without a value are named below the figure, with the reason.
        let rate = figure("mpps")
        guard rate?.value != nil else { return nil }
        let interval = rate?.interval.map { " [\(Display.number($0.low)), \(Display.number($0.high))]" } ?? ""
        return [
          SystemStyle(point.system).title, point.direction, point.frames + point.bursts, goal.title,
          text("mpps") + interval,
          text("upper_mpps"), text("throughput_mpps"), text("gbps"), text("capacity_ratio"),
          found.basis.rawValue, rate.map { "\($0.samples)" } ?? "",
        ]
      }
    }
    let meanings = goals.map { "\($0.title): highest load at which \($0.meaning)." }.joined(separator: " ")
    return [
      .table(
        caption: "Rates at which one direction of a gateway alone, on a core of its own, works on frames "
          + "that are due at fixed times (RFC 9971); medians of the searches. \(meanings) Next: the lowest "
          + "load known that is too high. Through: what came through at the rate. Of capacity: the rate "
          + "over what the undisturbed cost of its own polls promises. Basis carried: threads shared "
          + "cores.",
        header: [
          "system", "direction", "frame, bytes", "goal", "rate, Mpps", "next, Mpps", "through, Mpps",
          "Gbit/s", "of capacity", "basis", "searches",
        ], rows: rows)
    ]
  }
}
