import Basics
import Cases

/// What a report says about one run: the figure, the cases, how the systems compare and why, the harness's
/// floor, and what to beware of.
struct RunSection {
  let run: RunReading
  let drawing: Plotter.Drawing?
  /// Why there is none, where there should be one.
  let undrawn: String?
  /// The figures that tables show, as far as the run has them.
  private let metrics: [String]

  init(run: RunReading, drawing: Plotter.Drawing?, undrawn: String? = nil) {
    (self.run, self.drawing, self.undrawn) = (run, drawing, undrawn)
    let known = Set(run.figures.map(\.metric))
    metrics = Self.shown.filter(known.contains)
  }

  /// More cases are a curve, not a table to read.
  private static let casesMax = 60
  /// More pairs are summarised.
  private static let pairsMax = 24

  /// - Parameter paper: what the paper states of goodputs.
  func blocks(_ paper: [PaperValues.Point]) -> [Document.Block] {
    var blocks: [Document.Block] = [.heading(level: 2, text: "\(run.name): \(title)")]
    if !run.question.isEmpty { blocks.append(.paragraph(run.question)) }
    let size = "\(run.cases.count.counted("case")), \(run.samples.count.counted("sample"))"
    blocks.append(.paragraph("Run `\(run.runID)`, \(size)."))
    if let drawing {
      blocks.append(
        .figure(
          Document.Picture(
            name: drawing.name, title: drawing.figure.title,
            caption: ([drawing.figure.caption + caveat] + drawing.remarks.map { "\($0)." }).joined(
              separator: " "),
            svg: String(decoding: drawing.data, as: UTF8.self))))
    }
    if let undrawn { blocks.append(.paragraph(undrawn)) }
    blocks +=
      cases() + CapacityCheck(run: run).blocks() + comparison() + states() + ladder()
      + Explanation(run: run).blocks() + CostStructure(run: run).blocks()
      + ModelSection(run: run).blocks(paper) + floor() + warnings() + commands()
    return blocks
  }

  private var title: String { Figure(experiment: run.name)?.title ?? "results" }

  /// The figures that tables show, in their order.
  private static let shown = [
    "goodput_gbps", "capacity_gbps", "seal_cycles_per_packet", "open_cycles_per_packet",
    "seal_stage_cycles_per_packet", "open_stage_cycles_per_packet", "seal_cycles_per_packet_to_raw_ratio",
    "open_cycles_per_packet_to_raw_ratio", "sa_bytes", "unlimited_capacity_gbps", "model_error_ratio",
  ]

  /// A heading for a figure, such as `seal, TSC ticks/packet`.
  private static func heading(_ metric: String) -> String {
    if Basis.throughputMetrics.contains(metric) {
      return metric.replacing("_gbps", with: ", Gbit/s")
    }
    if metric == "unlimited_capacity_gbps" { return "without shared limits, Gbit/s" }
    if metric == "model_error_ratio" { return "model's error" }
    if metric.hasSuffix("_to_raw_ratio") {
      let cost = metric.replacing("_cycles_per_packet_to_raw_ratio", with: "")
      return "\(cost) ÷ AEAD alone"
    }
    let unit = MetricCatalog.entry(for: metric).unit.map { ", \($0)" } ?? ""
    let name = metric.replacing("_cycles_per_packet", with: "").replacing("_", with: " ")
    return name + unit
  }

  private func cases() -> [Document.Block] {
    let all = run.cases.sorted { Self.place($0.coordinates) < Self.place($1.coordinates) }
    guard all.count <= Self.casesMax else { return digest() }
    var figures: [FigureKey: CaseFigure] = [:]
    for figure in run.figures { figures[figure.key] = figure }
    let rows = all.map { point -> [String] in
      let key = CaseKey(coordinates: point.coordinates, basis: point.basis)
      let own = metrics.map { figures[FigureKey(caseKey: key, metric: $0)] }
      let first = own.compactMap { $0 }.first
      return [point.coordinates.name, point.basis.rawValue] + own.map(Self.text)
        + [first.map { "\($0.samples)" } ?? "", first.map(Self.remark) ?? ""]
    }
    return [
      .heading(level: 3, text: "Cases of \(run.name)"),
      .table(
        Document.Grid(
          caption: "The figure (docs/method.md) ± half its 95 % interval; in brackets the median of the "
            + "samples." + caveat,
          header: ["case", "basis"] + metrics.map(Self.heading) + ["samples", ""], rows: rows)),
    ] + percentiles(all.map { CaseKey(coordinates: $0.coordinates, basis: $0.basis) }, figures)
  }

  /// What a reader must know of a case before all else.
  private static func remark(_ figure: CaseFigure) -> String {
    if !figure.isValid { return "invalid" }
    if figure.gap.isEmpty { return "" }
    return (figure.value == nil ? "not shown: " : "some samples left out: ") + figure.gap
  }

  /// What is known to be missing in figures of the run.
  private var caveat: String {
    run.figures.contains { $0.basis == .capacity } ? " \(Basis.capacityCaveat)" : ""
  }

  /// How the samples of each case spread; nothing of a summary that does not tell.
  private func percentiles(_ cases: [CaseKey], _ figures: [FigureKey: CaseFigure]) -> [Document.Block] {
    let rows = metrics.flatMap { metric in
      cases.compactMap { key -> [String]? in
        guard let figure = figures[FigureKey(caseKey: key, metric: metric)], figure.samples > 1,
          !figure.percentiles.isEmpty
        else { return nil }
        let low = [5, 25].map { figure.percentiles[$0] }, high = [75, 95].map { figure.percentiles[$0] }
        let values = [figure.minimum] + low + [figure.median] + high + [figure.maximum]
        return [Self.heading(metric), key.coordinates.name, key.basis.rawValue]
          + values.map { $0.map(Display.number) ?? "" }
      }
    }
    guard !rows.isEmpty else { return [] }
    let header = ["figure", "case", "basis", "least", "5 %", "25 %", "median", "75 %", "95 %", "most"]
    return [
      .details(
        summary: "Percentiles of the samples", [.table(Document.Grid(header: header, rows: rows))])
    ]
  }

  /// Where a case stands in a table: by its sweep, then by its system.
  private static func place(_ coordinates: CaseCoordinates) -> (Int, Int, Int, Int, String) {
    (
      coordinates.frameBytes, coordinates.threads, coordinates.extraHeadroomBytes,
      SystemStyle(coordinates.system).number, coordinates.name
    )
  }

  private static func text(_ figure: CaseFigure?) -> String {
    guard let figure, let value = figure.value else { return "" }
    let margin = figure.margin.map { " ± \(Display.number($0))" } ?? ""
    let median = figure.median.map { " (\(Display.number($0)))" } ?? ""
    return Display.number(value) + margin + median
  }

  /// For each system and figure the range of its cases.
  private func digest() -> [Document.Block] {
    var members: [[String]: [Double]] = [:]
    for figure in run.figures where metrics.contains(figure.metric) && figure.isValid {
      guard let value = figure.value else { continue }
      members[[figure.coordinates.system, figure.basis.rawValue, figure.metric], default: []].append(value)
    }
    let order = members.keys.sorted { first, second in
      (metrics.firstIndex(of: first[2]) ?? 0, SystemStyle(first[0]).number, first[0], first[1])
        < (metrics.firstIndex(of: second[2]) ?? 0, SystemStyle(second[0]).number, second[0], second[1])
    }
    let rows = order.compactMap { key -> [String]? in
      guard let values = members[key], let estimate = Estimate(values) else { return nil }
      return [SystemStyle(key[0]).title, key[1], Self.heading(key[2]), "\(values.count)"]
        + [estimate.minimum, estimate.median, estimate.maximum].map(Display.number)
    }
    return [
      .heading(level: 3, text: "Cases of \(run.name)"),
      .table(
        Document.Grid(
          caption: "The figures of \(run.cases.count) cases, by system; every case is in summary.csv."
            + caveat,
          header: ["system", "basis", "figure", "cases", "lowest", "median", "highest"], rows: rows)),
    ]
  }

  private func comparison() -> [Document.Block] {
    var rows: [[String]] = []
    let all = SystemPair.pairs(of: run.samples)
    for title in all.map(\.title).distinct() {
      for metric in metrics {
        let pairs = all.filter { $0.title == title && $0.metric == metric }
        if pairs.isEmpty { continue }
        if pairs.count > Self.pairsMax {
          guard let all = SystemPair.overall(pairs, metric: metric) else { continue }
          rows.append([title, "\(pairs.count) points", Self.heading(metric), ""] + Self.cells(all))
        } else {
          rows += pairs.sorted { Self.place($0.coordinates) < Self.place($1.coordinates) }.map { pair in
            [title, pair.place, Self.heading(metric), pair.basis.rawValue] + Self.cells(pair.ratio)
          }
        }
      }
    }
    guard !rows.isEmpty else { return [] }
    return [
      .heading(level: 3, text: "How the systems of \(run.name) compare"),
      .table(
        Document.Grid(
          caption:
            "Ratios of the systems' figures in the same launches, with their 95 % interval; of many points "
            + "the geometric mean.",
          header: ["ratio", "at", "figure", "basis", "ratio [95 %]", "launches"],
          rows: rows)),
    ]
  }

  /// Figures and ratios in each state of the machine, of a run that saw more than one.
  private func states() -> [Document.Block] {
    let states = MachineStates(of: run.samples).states
    guard states.count > 1, run.cases.count <= Self.casesMax else { return [] }
    let figures = StateFigure.figures(of: run.samples, metrics: metrics).map { row in
      [
        row.group.coordinates.name, row.state, row.group.basis.rawValue, Self.heading(row.metric),
        Display.interval(row.figure.value, row.figure.low, row.figure.high), "\(row.samples)",
      ]
    }
    let ratios = StateFigure.samples(of: run.samples).flatMap { state, records in
      SystemPair.pairs(of: records).map { pair in
        [pair.title, pair.place, state, Self.heading(pair.metric), pair.basis.rawValue]
          + Self.cells(pair.ratio)
      }
    }
    let words = states.map { "\($0.name): \($0.samples.counted("sample")), \($0.median.words)" }
    var blocks: [Document.Block] = [
      .heading(level: 3, text: "States of the machine in \(run.name)"), .list(words),
      .details(
        summary: "Figures per state",
        [
          .table(
            Document.Grid(
              caption: "Figures of different states are never averaged; those above are of state "
                + "\(states[0].name)." + caveat,
              header: ["case", "state", "basis", "figure", "estimate [95 %]", "samples"], rows: figures))
        ]),
    ]
    if !ratios.isEmpty {
      let header = ["ratio", "at", "state", "figure", "basis", "ratio [95 %]", "launches"]
      blocks.append(
        .details(summary: "Ratios per state", [.table(Document.Grid(header: header, rows: ratios))]))
    }
    return blocks
  }

  /// Where the last system's lead comes from, of a run that goes from one system to another in steps.
  private func ladder() -> [Document.Block] {
    guard let words = PropertyLadder.paragraph(of: run) else { return [] }
    return [.heading(level: 3, text: "Where the lead comes from in \(run.name)"), .paragraph(words)]
  }

  private static func cells(_ ratio: LaunchEstimate) -> [String] {
    [Display.estimate(ratio), "\(ratio.launches)"]
  }

  /// What the harness itself costs: the null format, or the empty loop.
  private func floor() -> [Document.Block] {
    let own = run.figures.filter {
      $0.coordinates.system == CaseCoordinates.floor && RunComparison.metrics.contains($0.metric)
    }
    guard !own.isEmpty else { return [] }
    let names = metrics.filter { metric in own.contains { $0.metric == metric } }
    let isThroughput = own.contains(where: \.isThroughput)
    let text = names.compactMap { metric -> String? in
      guard let range = Estimate(own.filter { $0.metric == metric }.compactMap(\.value))
      else {
        return nil
      }
      let span =
        range.minimum == range.maximum
        ? Display.number(range.minimum)
        : "\(Display.number(range.minimum)) to \(Display.number(range.maximum))"
      return "\(Self.heading(metric)): \(span)"
    }.joined(separator: "; ")
    let what =
      isThroughput
      ? "the same roles, links and outer headers without a security protocol"
      : "the same loop over the same packets that does nothing to them"
    return [
      .heading(level: 3, text: "The harness's floor in \(run.name)"),
      .paragraph(
        "System baseline: \(what), medians over its cases: \(text). Nothing is subtracted from the others."),
    ]
  }

  /// So many warnings of a kind are listed.
  private static let warningsMax = 3

  private func warnings() -> [Document.Block] {
    let kinds = WarningSearch.byKind(WarningSearch.warnings(of: run))
    let items = kinds.map { kind, warnings -> String in
      let listed = warnings.prefix(Self.warningsMax).map(\.description).joined(separator: " · ")
      let rest = warnings.count - Self.warningsMax
      return "\(kind): \(listed)" + (rest > 0 ? " · and \(rest) more of this kind" : "")
    }
    return [
      .heading(level: 3, text: "Warnings about \(run.name)"),
      items.isEmpty ? .paragraph("None.") : .list(items),
    ]
  }

  private func commands() -> [Document.Block] {
    guard drawing != nil else { return [] }
    let commands = RunCommands(run: run)
    return [
      .paragraph("This figure again, measured anew, or drawn from the tables of this run:"),
      .code("\(commands.measure)\n\(commands.plot)"),
    ]
  }
}
