import Cases

// Figures 7 and 8.
extension Claims {
  private static let seal = "seal_cycles_per_packet"

  static func figureSeven(_ run: RunReading?, _ paper: PaperValues) -> [Claim] {
    let below = Claim(
      .seven, "Sealing costs less in VPE than in ESP at every packet length.",
      rule:
        "At no length VPE costs more beyond the noise (paired t tests, adjusted for their number, 5 %), and "
        + "at half of the lengths or more it costs less beyond the noise.", paper: "always below")
    let rises = Claim(
      .seven, "VPE's cost grows consistently with the length.",
      rule: "Kendall's tau of cost and length is at least \(Rules.risingTau). Where it is less, that "
        + "counts against the claim only if a point's 95 % interval is within ± 2 %.",
      paper: "consistent increase")
    let periods = self.periods(
      run, paper, .seven, system: "esp-single", curve: "packet_bytes", unit: "lengths")
    guard let run else { return [below, rises] + periods }

    var ratios: [Int: [Double]] = [:]
    var bases: Set<Basis> = []
    var overall: [Double] = []
    for pair in SystemPair.pairs(of: run, "vpe", "esp-single", metric: seal) {
      ratios[length(pair.coordinates), default: []] += pair.ratios
      bases.insert(pair.basis)
      overall.append(pair.ratio.value)
    }
    var comparison = Rules.compare(ratios)
    comparison.overall = PairedRatio(ratios: overall)
    let ours = comparison.overall.map {
      "VPE / ESP \(Display.number($0.value)) over all lengths; less beyond the noise at \(comparison.below), "
        + "more at \(comparison.above.count) of \(comparison.places)"
    }
    let costs = run.figures.filter {
      $0.metric == seal && $0.coordinates.system == "vpe" && $0.isValid && $0.value != nil
    }.sorted { length($0.coordinates) < length($1.coordinates) }
    let trend = Statistics.trend(of: costs.compactMap(\.value))
    return [
      below.judged(Rules.alwaysBelow(comparison), ours: ours ?? "", bases: Array(bases)),
      rises.judged(
        Rules.rises(costs.compactMap(\.value), noise: noise(run, "vpe")),
        ours: trend.map { "tau \(Display.number($0.tau))" } ?? "",
        bases: costs.map(\.basis)),
    ] + periods
  }

  static func figureEight(_ run: RunReading?, _ paper: PaperValues) -> [Claim] {
    periods(run, paper, .eight, system: "vpe", curve: "extra_headroom_bytes", unit: "headrooms")
  }

  /// The inner packet's length.
  private static func length(_ coordinates: CaseCoordinates) -> Int {
    coordinates.byName["packet_bytes"].flatMap { Int($0) } ?? 0
  }

  /// That minima lie a period apart, and that they lie where the paper has them.
  private static func periods(
    _ run: RunReading?, _ paper: PaperValues, _ figure: Figure, system: String, curve: String, unit: String
  ) -> [Claim] {
    let title = SystemStyle(system).title
    let minima = paper.points.filter { $0.system == system }.map { Int($0.value) }
    let period = PeriodExpectation(minima: minima)?.period ?? 0
    let places = minima.map { "\($0)" }.joined(separator: ", ")
    let apart = Claim(
      figure, "\(title) seals cheapest at \(unit) that lie \(period) bytes apart.",
      rule:
        "In half of the curves or more the period is part of the structure that analysis.csv finds (rotation "
        + "tests, 5 %), whatever its phase. Where it is found in none, that counts against the claim only if "
        + "a point's 95 % interval is within ± 2 %.", paper: "\(period) bytes apart")
    let phase = Claim(
      figure, "\(title) seals cheapest at \(unit) of \(places) bytes.",
      rule:
        "Where the period is found, its lowest cost lies within a step of the paper's, in half of the curves "
        + "or more.", paper: places)
    guard let run else { return [apart, phase] }
    let findings = run.expectations.filter {
      $0.system == system && $0.curve == curve && $0.metric == seal
    }
    let bases = run.figures.filter { $0.coordinates.system == system && $0.metric == seal }.map(\.basis)
    let ours = findings.map { finding in
      (finding.packetBytes.map { "\($0) bytes: " } ?? "") + sentence(finding) + others(finding)
    }.joined(separator: "; ")
    return [
      apart.judged(Rules.hasPeriod(findings, noise: noise(run, system)), ours: ours, bases: bases),
      phase.judged(Rules.hasPhase(findings), ours: ours, bases: bases),
    ]
  }

  private static func sentence(_ finding: ExpectationFinding) -> String {
    switch finding.status {
    case "yes", "other_phase":
      finding.phase.map { "lowest at \(finding.period) k + \($0)" } ?? "period \(finding.period)"
    case "other_period":
      "period \(finding.structure.map { "\($0)" }.joined(separator: " and ")) instead"
    case "no_structure": "no significant period"
    default: "not testable"
    }
  }

  /// Who else has the period: what the bare library has too is not the format's doing.
  private static func others(_ finding: ExpectationFinding) -> String {
    guard !finding.alsoIn.isEmpty, ["yes", "other_phase"].contains(finding.status) else { return "" }
    let titles = finding.alsoIn.map { SystemStyle($0).title }
    return " (the period is also in: \(titles.joined(separator: "; ")))"
  }

  /// The median over a system's points of half the 95 % interval, as a share of the figure.
  private static func noise(_ run: RunReading, _ system: String) -> Double? {
    Statistics.percentile(
      50,
      of: run.figures.filter { $0.coordinates.system == system && $0.metric == seal }.compactMap { figure in
        figure.margin.flatMap { margin in figure.value.map { margin / $0 } }
      })
  }
}
