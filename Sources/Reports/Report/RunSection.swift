import Basics
import Cases
import Results
import Statistics

/// The report's section on one run: the figure, a short comparison of the systems, and the reasons for
/// differences. Everything else is folded away.
struct RunSection {
  let run: RunReading
  let drawing: Plotter.Drawing?
  /// The reason why there is no drawing; nil if there is one, or if none is expected.
  let undrawn: String?
  /// The suffix that tells machines apart.
  let suffix: String
  /// The metrics that tables show, of those that the run has.
  let metrics: [String]
  /// The pairs of systems that are compared.
  let pairs: [SystemPair]
  let warnings: [(kind: String, warnings: [Warning])]
  let structure: CostStructure
  /// Whether the page itself shows tables and reasons. Otherwise it shows only the figure, and the run's file
  /// has the rest.
  let isWhole: Bool

  /// The experiments that answer the suite's question; their sections are whole even if there are many runs.
  private static let headlines: Set = [
    Experiment.figure5, Experiment.figure6, Experiment.figure7, Experiment.figure8, Experiment.scalingToday,
    Experiment.ladder,
  ]

  init(
    run: RunReading, drawing: Plotter.Drawing?, undrawn: String? = nil, suffix: String = "",
    isOneOfMany: Bool = false
  ) {
    (self.run, self.drawing, self.undrawn, self.suffix) = (run, drawing, undrawn, suffix)
    isWhole = !isOneOfMany || Self.headlines.contains(run.name)
    let known = Set(run.figures.map(\.metric))
    metrics = Self.shown.filter(known.contains)
    pairs = SystemPair.pairs(of: run)
    warnings = WarningSearch.byKind(WarningSearch.warnings(of: run))
    structure = CostStructure(run)
  }

  /// If there are more rows of ratios, they are summarised.
  private static let rowsMax = 6
  /// The most missing cases that are named below a figure.
  private static let remarksMax = 3

  /// The section's blocks: heading, figure, ratios and folded details.
  func blocks() -> [Document.Block] {
    let title = Figure(of: run).title
    let size = "\(run.cases.count.counted("case")), \(run.samples.count.counted("sample"))"
    let question = run.question.isEmpty ? "" : run.question + " "
    var blocks: [Document.Block] = [
      .heading(level: 3, text: run.name + (title == run.name ? "" : ": \(title)")),
      .paragraph("\(question)Run `\(run.runID)`, \(size)." + warned),
    ]
    if let drawing { blocks.append(.figure(picture(of: drawing))) }
    if let undrawn { blocks.append(.paragraph(undrawn)) }
    let tables =
      RatesTable(run: run).blocks() + LatencyTable(run: run).blocks() + comparison()
      + CapacityCheck(run: run).sentence()
    if isWhole { blocks += tables }
    let caption = drawing.map { Document.Block.paragraph(words(of: $0)) }
    let rest = isWhole ? [] : [caption].compactMap(\.self) + tables + reasons([])
    blocks.append(
      .details(
        file: run.name + suffix,
        title: "All of \(run.name): \(isWhole ? "" : "ratios, reasons, ")cases, percentiles, states of the "
          + "machine, warnings, commands",
        rest + RunDetails(section: self).blocks()))
    return blocks
  }

  /// The reasons for the systems' differences; empty if none is known.
  /// - Parameter paper: the paper's goodputs.
  func explanation(_ paper: [PaperValues.Point]) -> [Document.Block] {
    isWhole ? reasons(paper) : []
  }

  private func reasons(_ paper: [PaperValues.Point]) -> [Document.Block] {
    let blocks =
      PropertyLadder.table(of: run) + Explanation(run: run).blocks() + structure.sentence()
      + ModelSection(run: run).words(paper)
    return blocks.isEmpty ? [] : [.heading(level: 3, text: "Why they differ in \(run.name)")] + blocks
  }

  private func picture(of drawing: Plotter.Drawing) -> Document.Picture {
    Document.Picture(
      name: drawing.name, title: drawing.figure.title,
      caption: isWhole ? words(of: drawing) : short(drawing.figure.caption),
      svg: String(decoding: drawing.data, as: UTF8.self))
  }

  /// The caption without the explanation of estimates and bases, which the report gives once above all
  /// figures.
  private func short(_ caption: String) -> String {
    let own =
      [Figure.interval, Figure.bases].reduce(caption) { $0.replacing($1, with: "") } + Self.caveat(run)
    return own.split(separator: " ").joined(separator: " ")
  }

  /// The caption of a figure, and the cases that the figure lacks.
  private func words(of drawing: Plotter.Drawing) -> String {
    var remarks = drawing.remarks.prefix(Self.remarksMax).map { "\($0)." }
    let rest = drawing.remarks.count - remarks.count
    if rest > 0 { remarks.append("\(rest.counted("more case")) like that: see below.") }
    return ([drawing.figure.caption + Self.caveat(run)] + remarks).joined(separator: " ")
  }

  /// The kinds of warnings, as a sentence.
  private var warned: String {
    let kinds = warnings.map { kind, warnings in
      kind + (warnings.count > 1 ? " (\(warnings.count))" : "")
    }
    return kinds.isEmpty ? "" : " Warnings: \(kinds.joined(separator: ", "))."
  }

  /// A caveat about the effects that capacities leave out; empty for other figures.
  static func caveat(_ run: RunReading) -> String {
    run.figures.contains { $0.basis == .capacity } ? " \(Basis.capacityCaveat)" : ""
  }

  /// The sort key of a case in tables: by its sweep, then by its system.
  static func sortKey(_ coordinates: CaseCoordinates) -> (Int, Int, Int, Int, String) {
    (
      coordinates.frameBytes, coordinates.threads, coordinates.extraHeadroomBytes,
      SystemStyle(coordinates.system).number, coordinates.name
    )
  }

  /// Cases in the order of tables.
  static func sorted(_ cases: [CaseKey]) -> [CaseKey] {
    cases.sorted { sortKey($0.coordinates) < sortKey($1.coordinates) }
  }

  /// The metrics that tables show, in their order.
  private static let shown =
    MetricCatalog.goals.map { Metric.rate($0.name) } + Basis.throughputMetrics + Metric.costs
    + Metric.operations.map(RatioToFloor.name)
    + [Metric.saBytes, Metric.lateDrops, Metric.unlimitedCapacity, Metric.modelError]

  /// The column heading of a metric, such as `seal, TSC ticks/packet`.
  static func heading(_ metric: String) -> String {
    if Basis.throughputMetrics.contains(metric) {
      return metric.replacing("_gbps", with: ", Gbit/s")
    }
    if let goal = MetricCatalog.goals.first(where: { metric == Metric.rate($0.name) }) {
      return "\(goal.title), Mpps"
    }
    if metric == Metric.unlimitedCapacity { return "without shared limits, Gbit/s" }
    if metric == Metric.modelError { return "model's error" }
    if metric == Metric.lateDrops { return "late packets dropped" }
    if metric.hasSuffix("_to_raw_ratio") {
      let cost = metric.replacing("_cycles_per_packet_to_raw_ratio", with: "")
      return "\(cost) ÷ AEAD alone"
    }
    let unit = MetricCatalog.entry(for: metric).unit.map { ", \($0)" } ?? ""
    let name = metric.replacing("_cycles_per_packet", with: "").replacing("_", with: " ")
    return name + unit
  }

  /// A table of the ratios between systems, a row for each point. If there are many, a row for each pair of
  /// systems has the geometric mean, the lowest and the highest ratio. Modelled pairs are left out.
  private func comparison() -> [Document.Block] {
    let run = pairs.filter { $0.basis != .model }
    let columns = metrics.filter { metric in run.contains { $0.metric == metric } }
    let points = run.grouped { [$0.title, $0.caseName, $0.basis.rawValue] }.map(\.1).sorted {
      Self.sortKey($0[0].coordinates) < Self.sortKey($1[0].coordinates)
    }
    guard !points.isEmpty else { return [] }
    let isLong = points.count > Self.rowsMax
    let rows = (isLong ? run.grouped { [$0.title, $0.basis.rawValue] }.map(\.1) : points).map { own in
      [
        own[0].title, isLong ? "\(Set(own.map(\.caseName)).count) points" : own[0].caseName,
        own[0].basis.rawValue,
      ]
        + columns.map { metric in Self.text(own.filter { $0.metric == metric }, metric) }
    }
    return [
      .table(
        caption: "Ratios of samples taken next to each other, the median"
          + (isLong ? ": geometric mean over all points, and in words the lowest and the highest." : "."),
        header: ["ratio", "at", "basis"] + columns.map(Self.heading), rows: rows)
    ]
  }

  private static func text(_ pairs: [SystemPair], _ metric: String) -> String {
    guard let first = pairs.first else { return "" }
    if pairs.count == 1 { return Display.estimate(first.ratio) }
    let values = pairs.map(\.ratio.value)
    guard let all = SystemPair.overall(pairs), let low = values.min(), let high = values.max()
    else { return "" }
    return "\(Display.estimate(all)), from \(Display.number(low)) to \(Display.number(high))"
  }
}
