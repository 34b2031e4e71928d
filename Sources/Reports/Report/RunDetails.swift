import Basics
import Cases
import Results
import Statistics

/// The details of a run, for reference: every case, ratio, percentile and state, the parts of costs, the
/// model's errors, the harness's floor, warnings and commands.
struct RunDetails {
  let section: RunSection
  private var run: RunReading { section.run }
  private var metrics: [String] { section.metrics }

  /// If there are more cases, the table shows the range for each system instead.
  private static let casesMax = 60
  /// If there are more pairs, the table shows their mean instead.
  private static let pairsMax = 24

  func blocks() -> [Document.Block] {
    cases() + CapacityCheck(run: run).table() + comparison() + states() + section.structure.table()
      + PropertyLadder.intervals(of: run) + ModelSection(run: run).table() + floor() + warnings() + commands()
  }

  private func cases() -> [Document.Block] {
    let all = RunSection.sorted(run.cases)
    guard all.count <= Self.casesMax else { return digest() }
    let rows = all.map { point -> [String] in
      let own = metrics.map { run.figure($0, of: point) }
      let first = own.compactMap { $0 }.first
      return [point.coordinates.name, point.basis.rawValue] + own.map(Self.text)
        + [first.map { "\($0.samples)" } ?? "", first.map(Self.remark) ?? ""]
    }
    return [
      .heading(level: 4, text: "Cases of \(run.name)"),
      .table(
        caption: "The figure (docs/method.md) ± half its 95 % interval; in brackets the median of the "
          + "samples." + RunSection.caveat(run),
        header: ["case", "basis"] + metrics.map(RunSection.heading) + ["samples", ""], rows: rows),
    ] + percentiles(all)
  }

  /// The most important remark on a case's figure.
  private static func remark(_ figure: CaseFigure) -> String {
    if !figure.isValid { return "invalid" }
    if figure.gap.isEmpty { return "" }
    return (figure.value == nil ? "not shown: " : "some samples left out: ") + figure.gap
  }

  /// The spread of each case's samples. Figures without percentiles have no row.
  private func percentiles(_ cases: [CaseKey]) -> [Document.Block] {
    let rows = metrics.flatMap { metric in
      cases.compactMap { key -> [String]? in
        guard let figure = run.figure(metric, of: key), figure.samples > 1 else { return nil }
        let low = [5, 25].map { figure.percentiles[$0] }, high = [75, 95].map { figure.percentiles[$0] }
        let values = [figure.minimum] + low + [figure.median] + high + [figure.maximum]
        return [RunSection.heading(metric), key.coordinates.name, key.basis.rawValue]
          + values.map { $0.map(Display.number) ?? "" }
      }
    }
    guard !rows.isEmpty else { return [] }
    let header = ["figure", "case", "basis", "least", "5 %", "25 %", "median", "75 %", "95 %", "most"]
    return [
      .heading(level: 4, text: "Percentiles of the samples of \(run.name)"),
      .table(header: header, rows: rows),
    ]
  }

  private static func text(_ figure: CaseFigure?) -> String {
    guard let figure, let value = figure.value else { return "" }
    let margin = figure.margin.map { " ± \(Display.number($0))" } ?? ""
    let median = figure.median.map { " (\(Display.number($0)))" } ?? ""
    return Display.number(value) + margin + median
  }

  /// A table with the range of the cases, for each system and metric.
  private func digest() -> [Document.Block] {
    let shown = run.figures.filter { metrics.contains($0.metric) && $0.isValid && $0.value != nil }
    func sortKey(_ key: [String]) -> (Int, Int, String, String) {
      (metrics.firstIndex(of: key[2]) ?? 0, SystemStyle(key[0]).number, key[0], key[1])
    }
    let members = shown.grouped { [$0.coordinates.system, $0.basis.rawValue, $0.metric] }
    let rows = members.sorted { sortKey($0.key) < sortKey($1.key) }.compactMap { key, own -> [String]? in
      guard let estimate = Estimate(own.compactMap(\.value)) else { return nil }
      return [SystemStyle(key[0]).title, key[1], RunSection.heading(key[2]), "\(estimate.samples)"]
        + [estimate.minimum, estimate.median, estimate.maximum].map(Display.number)
    }
    return [
      .heading(level: 4, text: "Cases of \(run.name)"),
      .table(
        caption: "The figures of \(run.cases.count) cases, by system; every case is in summary.csv."
          + RunSection.caveat(run),
        header: ["system", "basis", "figure", "cases", "lowest", "median", "highest"], rows: rows),
    ]
  }

  private func comparison() -> [Document.Block] {
    var rows: [[String]] = []
    for title in section.pairs.map(\.title).distinct() {
      for metric in metrics {
        let own = section.pairs.filter { $0.title == title && $0.metric == metric }
        if own.isEmpty { continue }
        if own.count > Self.pairsMax {
          guard let all = SystemPair.overall(own) else { continue }
          rows.append([title, "\(own.count) points", RunSection.heading(metric), ""] + Self.cells(all))
        } else {
          rows += own.sorted { RunSection.sortKey($0.coordinates) < RunSection.sortKey($1.coordinates) }.map {
            pair in
            [title, pair.caseName, RunSection.heading(metric), pair.basis.rawValue] + Self.cells(pair.ratio)
          }
        }
      }
    }
    guard !rows.isEmpty else { return [] }
    return [
      .heading(level: 4, text: "How the systems of \(run.name) compare"),
      .table(
        caption:
          "Ratios of samples taken next to each other, the median, with their 95 % interval; of many "
          + "points the geometric mean.",
        header: ["ratio", "at", "figure", "basis", "ratio [95 %]", "launches"],
        rows: rows),
    ]
  }

  /// Figures and ratios in each state of the machine, if the run had more than one.
  private func states() -> [Document.Block] {
    let states = MachineStates(of: run.samples).states
    guard states.count > 1, run.cases.count <= Self.casesMax else { return [] }
    let figures = StateFigure.figures(of: run.samples, metrics: metrics).map { row in
      [
        row.group.coordinates.name, row.state, row.group.basis.rawValue, RunSection.heading(row.metric),
        Display.interval(row.figure.value, row.figure.low, row.figure.high), "\(row.samples)",
      ]
    }
    let ratios = StateFigure.samples(of: run.samples).flatMap { state, records in
      SystemPair.pairs(of: records).map { pair in
        [pair.title, pair.caseName, state, RunSection.heading(pair.metric), pair.basis.rawValue]
          + Self.cells(pair.ratio)
      }
    }
    let words = states.map { "\($0.name): \($0.samples.counted("sample")), \($0.median.words)" }
    let header = ["ratio", "at", "state", "figure", "basis", "ratio [95 %]", "launches"]
    return [
      .heading(level: 4, text: "States of the machine in \(run.name)"), .list(words),
      .table(
        caption: "Figures of different states are never averaged; those above are of state "
          + "\(states[0].name)." + RunSection.caveat(run),
        header: ["case", "state", "basis", "figure", "estimate [95 %]", "samples"], rows: figures),
    ] + (ratios.isEmpty ? [] : [.table(header: header, rows: ratios)])
  }

  private static func cells(_ ratio: LaunchEstimate) -> [String] {
    [Display.estimate(ratio), "\(ratio.launches)"]
  }

  /// The cost of the harness itself: the null format, or the empty loop.
  private func floor() -> [Document.Block] {
    let own = run.figures.filter {
      $0.coordinates.isOf(.null) && RunComparison.metrics.contains($0.metric)
    }
    guard !own.isEmpty else { return [] }
    let names = metrics.filter { metric in own.contains { $0.metric == metric } }
    let isThroughput = own.contains { $0.isThroughput || $0.metric.hasSuffix("_mpps") }
    let text = names.compactMap { metric -> String? in
      guard let range = Estimate(own.filter { $0.metric == metric }.compactMap(\.value))
      else {
        return nil
      }
      let span =
        range.minimum == range.maximum
        ? Display.number(range.minimum)
        : "\(Display.number(range.minimum)) to \(Display.number(range.maximum))"
      return "\(RunSection.heading(metric)): \(span)"
    }.joined(separator: "; ")
    let what =
      isThroughput
      ? "the same roles, links and outer headers without a security protocol"
      : "the same loop over the same packets that does nothing to them"
    return [
      .heading(level: 4, text: "The harness's floor in \(run.name)"),
      .paragraph(
        "System baseline: \(what), medians over its cases: \(text). Nothing is subtracted from the others."),
    ]
  }

  /// The most warnings of a kind that are listed.
  private static let warningsMax = 3

  private func warnings() -> [Document.Block] {
    let items = section.warnings.map { kind, warnings -> String in
      let listed = warnings.prefix(Self.warningsMax).map(\.description).joined(separator: " · ")
      let rest = warnings.count - Self.warningsMax
      return "\(kind): \(listed)" + (rest > 0 ? " · and \(rest) more of this kind" : "")
    }
    return [
      .heading(level: 4, text: "Warnings about \(run.name)"),
      items.isEmpty ? .paragraph("None.") : .list(items),
    ]
  }

  private func commands() -> [Document.Block] {
    // A run without a figure needs no command to draw it.
    guard section.drawing != nil else { return [] }
    let commands = RunCommands(run: run)
    return [
      .paragraph("This figure again, measured anew, or drawn from the tables of this run:"),
      .code("\(commands.measure)\n\(commands.plot)"),
    ]
  }
}
