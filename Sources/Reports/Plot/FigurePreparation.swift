import Basics
import Cases
import Results
import Statistics

extension Figure {
  /// The most points in a series that are drawn with error bars.
  private static let barsMax = 60

  /// The data for the gnuplot script, computed only from the run's samples and the paper's values.
  /// - Throws: `ResultsError.plot` if the run has nothing that the figure shows.
  func data(of run: RunReading, paper: PaperValues?) throws(ResultsError) -> PlotData {
    if !steps.isEmpty { return try waterfall(of: run) }
    if isClustered { return try clusters(of: run) }
    if isOfLatency { return try latencies(of: run) }
    let peers = run.peersAtBest
    let shown = run.figures.filter { figure in
      (!figure.coordinates.isOfPeer || peers.contains(figure.coordinates.name)) && figure.isValid
        && figure.value != nil
        && (self != .five || figure.coordinates.threads == 2)
        && contents.contains { $0.shows(figure) }
    }
    guard !shown.isEmpty else {
      let needs = contents.flatMap(\.metrics).map(\.name).distinct().joined(separator: " or ")
      throw .plot(.nothingToShow(run: run.path, figure: name, needs: needs))
    }
    var drawn: [PlotData.Panel] = []
    for content in contents {
      let fitting = shown.filter(content.shows)
      let parts = Self.parts(of: fitting, by: panels)
      for part in content.isOnePanel ? [(value: "", title: "", figures: parts[0].figures)] : parts {
        for subpart in Self.parts(of: part.figures, by: subpanels) {
          var panel = PlotData.Panel(
            title: [part.title, subpart.title].filter { !$0.isEmpty }.joined(separator: ", "),
            yLabel: Self.label(content.yLabel, of: shown), series: series(of: subpart.figures, content)
          )
          panel.shade = shade
          if let paper { add(paper, to: &panel, split: Int(part.value)) }
          shape(&panel, as: content.form, subpart.figures, of: run)
          if isBars { arrangeBars(&panel, gapped: gapped(run, frameBytes: Int(part.value))) }
          drawn.append(panel)
        }
      }
    }
    var data = PlotData(panels: drawn.filter { !$0.series.isEmpty }, axis: x)
    guard !data.panels.isEmpty else {
      throw .plot(.nothingToShow(run: run.path, figure: name, needs: "figures over \(x.coordinate)"))
    }
    data.bases =
      showsBasis ? Basis.allCases.filter { basis in shown.contains { $0.basis == basis } } : []
    let caveats = data.bases.contains { $0 != .measured } ? [Basis.capacityCaveat] : []
    data.caveat = (caveats + Self.weaknesses(of: shown)).joined(separator: " ")
    data.isDense = data.panels.contains { $0.series.contains { $0.points.count > Self.barsMax } }
    if paper != nil { data.paperTitle = markedSystem.map { "paper, \($0.title)" } ?? "paper" }
    if self == .five { data.note = note(on: run) }
    return data
  }

  /// A panel for each packet size and operation, with the steps' bars one below the other.
  private func waterfall(of run: RunReading) throws(ResultsError) -> PlotData {
    let ladders = PropertyLadder.all(of: run)
    guard !ladders.isEmpty else {
      throw .plot(.nothingToShow(run: run.path, figure: name, needs: "case of every step"))
    }
    var panels: [PlotData.Panel] = []
    for size in ladders.map(\.packetBytes).distinct() {
      for content in contents {
        let own = ladders.filter { $0.packetBytes == size }
        let series = content.metrics.enumerated().compactMap { number, metric in
          own.first { $0.metric == metric.name }.map { ladder in
            PlotData.Series(title: metric.suffix, style: number + 1, points: Self.bars(ladder))
          }
        }
        guard !series.isEmpty else { continue }
        panels.append(
          PlotData.Panel(title: "\(content.yLabel), \(size) bytes", yLabel: "", series: series))
      }
    }
    var data = PlotData(panels: panels, axis: x)
    data.columns = panels.count / Set(ladders.map(\.packetBytes)).count
    data.steps = steps.dropFirst().prefix { !$0.isAside }.count
    return data
  }

  /// Each bar begins where the one before it ends; an entry that is not a step begins at 0.
  private static func bars(_ ladder: PropertyLadder) -> [PlotData.Point] {
    var end = 0.0
    return ladder.savings.enumerated().map { index, saving in
      let start = saving.isAside ? 0 : end
      end = start + saving.ticks.value
      return PlotData.Point(
        x: Double(index), y: end, low: saving.ticks.low.map { start + $0 },
        high: saving.ticks.high.map { start + $0 }, start: start, label: saving.change)
    }
  }

  /// What is weaker about the protection of the systems shown, a sentence for each system.
  private static func weaknesses(of figures: [CaseFigure]) -> [String] {
    figures.map(\.coordinates.system).distinct().compactMap { System(rawValue: $0)?.weakness }
  }

  /// Transforms a panel as its form asks. A panel without the needed values loses all its series.
  private func shape(
    _ panel: inout PlotData.Panel, as form: Form, _ figures: [CaseFigure], of run: RunReading
  ) {
    panel.form = form
    switch form {
    case .plain, .decades: break
    case .zoom(let range):
      let inside = panel.series.flatMap(\.points).filter { range.contains($0.x) }
      if Set(inside.map(\.x)).count < 2 { panel.series = [] }
    case .difference: panel.series = [differences(figures, of: run)].filter { !$0.points.isEmpty }
    case .relative:
      let vpe = SystemStyle(System.vpe.rawValue)
      let own = panel.series.filter { $0.style == vpe.number }.flatMap(\.points)
      guard let base = own.first(where: { $0.x == 2 })?.y, base > 0 else {
        panel.series = []
        return
      }
      for index in panel.series.indices {
        panel.series[index].points = panel.series[index].points.map { $0.divided(by: base) }
      }
      let theirs = panel.paper.first { $0.label == vpe.title && $0.x == 2 }?.y
      panel.paper = theirs.map { base in panel.paper.map { $0.divided(by: base) } } ?? []
      panel.paperLevels = theirs.map { base in panel.paperLevels.map { $0.divided(by: base) } } ?? []
    }
  }

  /// The differences of ESP's and VPE's costs at each x: the median over launches, where a launch's
  /// difference is the median over its repetitions.
  private func differences(_ figures: [CaseFigure], of run: RunReading) -> PlotData.Series {
    func axisValue(_ figure: CaseFigure) -> Double? { x.value(of: figure.coordinates) }
    func rounds(_ figure: CaseFigure) -> LaunchEstimate.Rounds {
      run.samples(of: figure.caseKey).byRound { $0.metrics[figure.metric] }
    }
    let esp = figures.filter { $0.coordinates.isOf(.espSingle) }
    let others = Dictionary(
      esp.compactMap { figure in axisValue(figure).map { ($0, figure) } },
      uniquingKeysWith: { first, _ in first })
    let points = figures.filter { $0.coordinates.isOf(.vpe) }.compactMap { own -> PlotData.Point? in
      guard let x = axisValue(own), let other = others[x], let above = other.value, let below = own.value
      else {
        return nil
      }
      let apart = LaunchEstimate.compared([rounds(other), rounds(own)]) { $0[0] - $0[1] }
        .sorted { $0.key < $1.key }.compactMap { Estimator.middle.value(of: $0.value) }
      let ranks = SignedRank(apart)
      return PlotData.Point(x: x, y: ranks?.value ?? above - below, low: ranks?.low, high: ranks?.high)
    }
    return PlotData.Series(
      title: "\(System.espSingle.title) − \(System.vpe.title)", style: SystemStyle.plain,
      points: points.sorted { $0.x < $1.x })
  }

  /// Completes a label with the kind of throughput: goodput if measured, otherwise capacity.
  private static func label(_ label: String, of figures: [CaseFigure]) -> String {
    let name = Basis.throughputName(of: Set(figures.map(\.basis)))
    return label.replacing(Self.throughput, with: name.prefix(1).uppercased() + name.dropFirst())
  }

  private func note(on run: RunReading) -> String {
    let note = run.hasBaseline ? "solo, (DPDK): a gateway alone" : "no run of the baseline"
    return absences(from: run).isEmpty ? note : note + "; no bar: failed, or not shown here"
  }

  /// A sentence with its reason for each case that the figure lacks, so that none is silently absent.
  func remarks(on run: RunReading) -> [String] {
    let shown = run.figures.filter { figure in contents.contains { $0.shows(figure) } }
    // Remarks are printed without a full stop.
    let absences = absences(from: run) + Self.weaknesses(of: shown).map { String($0.dropLast()) }
    guard self == .five, !run.hasBaseline else { return absences }
    return absences
      + ["DPDK's ipsec-secgw is not shown: no run of the baseline that compares lies beside this one"]
  }

  /// A sentence for each case that the figure lacks.
  private func absences(from run: RunReading) -> [String] {
    let names = Set(contents.flatMap(\.metrics).map(\.name))
    let gapped = run.gaps.filter { gap in
      run.figures.contains {
        $0.coordinates == gap.coordinates && $0.basis == gap.basis && names.contains($0.metric)
      }
    }
    let gaps = gapped.map { "Not shown here: \($0.coordinates.name) (\($0.reason))" }
    let failed = run.figures.filter { !$0.isValid && names.contains($0.metric) }
    let faults = failed.grouped(by: \.coordinates.name).map { name, own in
      "Failed: \(name), of which \(own[0].mean == nil ? "no" : "not every") sample is valid"
    }
    return gaps + faults
  }

  /// Groups figures by the value of a coordinate, with a title for each group. Without a split, or if no case
  /// has the coordinate, all figures form one group.
  private static func parts(
    of figures: [CaseFigure], by split: Split?
  ) -> [(value: String, title: String, figures: [CaseFigure])] {
    guard let split else { return [("", "", figures)] }
    let values = values(of: split.coordinate, figures)
    // If an axis has only one value in a run, the cases' coordinates leave it out.
    if values.isEmpty { return [("", "", figures)] }
    return values.map { value in
      (value, split.title(value), figures.filter { $0.coordinates.byName[split.coordinate] == value })
    }
  }

  /// The values of a coordinate, sorted; numbers by size.
  static func values(of name: String, _ figures: [CaseFigure]) -> [String] {
    Set(figures.compactMap { $0.coordinates.byName[name] }).sorted { first, second in
      if let first = Double(first), let second = Double(second) { return first < second }
      return first < second
    }
  }

  /// The series of a panel, ordered by the style of their system. The figures of a series differ only in x.
  private func series(
    of figures: [CaseFigure], _ content: Content
  ) -> [PlotData.Series] {
    let names = varying(figures)
    let members = figures.grouped { figure in
      let known = figure.coordinates.byName
      return [figure.coordinates.system, figure.metric, figure.basis.rawValue] + names.map { known[$0] ?? "" }
    }
    var titles: Set<String> = []
    var variants: [String: [String]] = [:]
    let all = members.map { key, own -> PlotData.Series in
      let first = own[0]
      let style = SystemStyle(first.coordinates.system)
      let suffix = content.metrics.first { $0.name == first.metric }?.suffix ?? ""
      let others = zip(names, key.dropFirst(3)).map { ", \($0) \($1)" }.joined()
      let title = style.title + suffix + others
      // A curve that is partly measured and partly modelled has one entry in the key.
      let known = variants[first.coordinates.system, default: []]
      let variant = known.firstIndex(of: title) ?? known.count
      if variant == known.count { variants[first.coordinates.system, default: []].append(title) }
      return PlotData.Series(
        title: title, style: style.number, variant: variant, basis: showsBasis ? first.basis : nil,
        points: points(of: own))
    }
    return all.filter { !$0.points.isEmpty }.sorted { first, second in
      (first.style, first.variant, first.basis.order) < (second.style, second.variant, second.basis.order)
    }.map { series in
      var series = series
      if !titles.insert(series.title).inserted { series.title = "" }
      return series
    }
  }

  /// The names of the coordinates that distinguish the series of a system: those that vary within a system
  /// and that the figure does not already show.
  private func varying(_ figures: [CaseFigure]) -> [String] {
    var taken: Set = ["system", PeerMode.column, x.coordinate]
    taken.formUnion([panels?.coordinate, subpanels?.coordinate].compactMap { $0 })
    if !taken.isDisjoint(with: CostCurve.lengthAxes) { taken.formUnion(CostCurve.lengthAxes) }
    let systems = Dictionary(grouping: figures.map(\.coordinates), by: \.system)
    let names = Set(figures.flatMap { $0.coordinates.byName.keys }).subtracting(taken)
    return names.filter { name in
      systems.values.contains { Set($0.map { $0.byName[name] ?? "" }).count > 1 }
    }.filter { $0 != .axis(.packetBytes) }.sorted()
  }

  /// The label of a bar. A gateway of ours that is measured alone has its own bar beside that of the whole
  /// circuit.
  private func label(_ coordinates: CaseCoordinates) -> String {
    let title = SystemStyle(coordinates.system).title
    return coordinates.link == LinkKind.memif.rawValue && !coordinates.isOfPeer ? "\(title) solo" : title
  }

  private func points(of figures: [CaseFigure]) -> [PlotData.Point] {
    figures.compactMap { figure -> PlotData.Point? in
      guard let value = figure.value, let x = x.value(of: figure.coordinates) else { return nil }
      let interval = figure.interval
      return PlotData.Point(
        x: x, y: value, low: interval?.low, high: interval?.high,
        label: label(figure.coordinates))
    }.sorted { $0.x < $1.x }
  }
}

extension Basis? {
  /// The drawing order: measured figures come last, so that they lie above modelled ones.
  fileprivate var order: Int {
    switch self {
    case .model: 0
    case .capacity: 1
    default: 2
    }
  }
}

// The paper's values.
extension Figure {
  private func add(
    _ paper: PaperValues, to panel: inout PlotData.Panel, split: Int?
  ) {
    if let system = markedSystem {
      panel.paperMarks = paper.points.filter { $0.system == system.rawValue }.map(\.value)
      return
    }
    for point in paper.points where point.frameBytes == split {
      if let threads = point.threads {
        panel.paper.append(
          PlotData.Point(x: Double(threads), y: point.value, label: SystemStyle(point.system).title))
      } else {
        panel.paperLevels.append(
          PlotData.Point(x: .nan, y: point.value, label: SystemStyle(point.system).title))
      }
    }
    panel.paper.sort { $0.x < $1.x }
  }

  /// The labels of the cases with this frame size that the machine cannot show.
  private func gapped(_ run: RunReading, frameBytes: Int?) -> [String] {
    let peers = run.peersAtBest
    return run.gaps.map(\.coordinates).filter {
      $0.frameBytes == frameBytes && (!$0.isOfPeer || peers.contains($0.name))
    }.map(label)
  }

  /// Whether a bar shows one gateway alone, not the whole circuit.
  private static func isAlone(_ label: String) -> Bool {
    label.hasSuffix(" solo") || label == System.ipsecSecgw.title
  }

  /// Gives each system an x value: first the paper's systems in the paper's order, then further systems of
  /// the run. Gateways that are measured alone stand apart, because they compare only with each other.
  private func arrangeBars(_ panel: inout PlotData.Panel, gapped: [String]) {
    let paper = panel.paper.map(\.label)
    let further = Set(panel.series.compactMap { $0.points.first?.label } + gapped).subtracting(paper)
    let all = paper + further.sorted()
    let (circuit, alone) = (all.filter { !Self.isAlone($0) }, all.filter(Self.isAlone).sorted())
    // An empty x value separates the two groups.
    let labels = circuit + (circuit.isEmpty || alone.isEmpty ? [] : [""]) + alone
    if labels.contains("") { panel.gap = circuit.count }
    func position(_ label: String) -> Double { Double(labels.firstIndex(of: label) ?? 0) }
    for index in panel.paper.indices { panel.paper[index].x = position(panel.paper[index].label) }
    for index in panel.series.indices {
      for point in panel.series[index].points.indices {
        panel.series[index].points[point].x = position(panel.series[index].points[point].label)
      }
    }
    // A system that was not run keeps its x value, with its name below it.
    for label in all where !panel.series.contains(where: { $0.points.first?.label == label }) {
      let point = PlotData.Point(x: position(label), y: .nan, label: label)
      panel.series.append(PlotData.Series(title: label, style: 9, points: [point]))
    }
  }
}
