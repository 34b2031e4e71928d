import Basics
import Cases
import Results

/// Checks that capacities are what cores carry. In such a run each gateway's direction has a core to itself;
/// the rate seen from outside is compared with the capacity that the gateway's own polls state for the same
/// time.
struct CapacityCheck {
  let run: RunReading

  /// If the median error is larger, the method has failed.
  static let errorMax = 0.05

  private var rows: [(error: Double, cells: [String])] {
    run.figures.compactMap { error in
      ["seal", "open"].first { error.metric == "\($0)_capacity_error_ratio" }.flatMap { row(error, $0) }
    }
  }

  /// A table with a row for each case and direction.
  func table() -> [Document.Block] {
    let rows = rows
    guard !rows.isEmpty else { return [] }
    return [
      .heading(level: 4, text: "Capacity against the rate seen from outside"),
      .table(
        caption:
          "Medians of the samples; of the error also the quartiles. Error: rate seen from outside over "
          + "the capacity of mean costs, less 1. Undisturbed: the same of the laps' low quantile and the "
          + "capacity that figures show. Idle: part of the time in which the gateway's core had nothing "
          + "to do.",
        header: [
          "case", "direction", "mean capacity, Mpps", "outside, Mpps", "error", "undisturbed", "idle",
          "samples",
        ],
        rows: rows.map(\.cells)),
    ]
  }

  /// One sentence on how close the rates are to the capacities.
  func sentence() -> [Document.Block] {
    let errors = rows.map { abs($0.error) }
    guard let worst = errors.max() else { return [] }
    let within = errors.count { $0 <= Self.errorMax }
    return [
      .paragraph(
        "Capacity against the rate seen from outside: "
          + "\(within.counted(of: errors.count, "median", "is", "are")) within "
          + "\(Display.percent(Self.errorMax)), the worst is \(Display.percent(worst)). "
          + "One core at a time says nothing about what cores share.")
    ]
  }

  private func row(_ error: CaseFigure, _ side: String) -> (error: Double, cells: [String])? {
    func figure(_ name: String) -> CaseFigure? { run.figure("\(side)_\(name)", of: error.caseKey) }
    guard let median = error.median else { return nil }
    let rates = ["mean_capacity_mpps", "mpps"].map { figure($0)?.median.map(Display.number) ?? "" }
    let quartiles = [25, 75].compactMap { error.percentiles[$0] }.map(Display.percent)
    let spread = quartiles.count == 2 ? " [\(quartiles.joined(separator: ", "))]" : ""
    return (
      median,
      [
        error.coordinates.name, side, rates[0], rates[1], Display.percent(median) + spread,
        figure("undisturbed_capacity_error_ratio")?.median.map(Display.percent) ?? "",
        figure("dut_idle_ratio")?.median.map(Display.percent) ?? "", "\(error.samples)",
      ]
    )
  }
}
