import Basics
import Cases
import Foundation
import Results
import Statistics

/// Compares two runs, case by case.
public struct RunComparison: Sendable {
  /// One figure of one case in both runs.
  public struct Row: Sendable, Equatable {
    /// The case's name.
    public let name: String
    /// The system's name, such as `esp-single`.
    public let system: String
    /// How both values were obtained: measured, capacity or model.
    public let basis: Basis
    /// The figure's name.
    public let metric: String
    /// Value in the first run.
    public let first: Double
    /// Value in the second run.
    public let second: Double
    /// The second value as a multiple of the first.
    public let ratio: UnpairedRatio

    /// Whether the interval excludes 1; false if there is no interval.
    public var differs: Bool { ratio.leavesOutOne }
  }

  /// A property of the environment that differs; a value is nil if its run did not record the property.
  public struct Difference: Sendable, Equatable {
    /// The property's path in `environment.json`, such as `cpu.microcode`.
    public let property: String
    /// Value in the first run.
    public let first: String?
    /// Value in the second run.
    public let second: String?
  }

  /// The ratio of two systems in both runs. Unlike a single figure, such a ratio compares across machines.
  public struct RatioRow: Sendable {
    /// The pair of systems and their coordinates, as in the first run.
    public let pair: SystemPair
    /// The ratio in the second run.
    public let second: LaunchEstimate
    /// The second ratio as a multiple of the first.
    public let change: UnpairedRatio
  }

  /// The ratios that both runs have.
  public let ratios: [RatioRow]
  /// Whether both runs were on the same kind of processor, as far as is known. If not, only ratios compare.
  public let isOneMachine: Bool
  /// The figures that both runs have, in the order of the first run; empty if neither machine could show any.
  public let rows: [Row]
  /// Names of cases that only the first run has.
  public let onlyInFirst: [String]
  /// Names of cases that only the second run has.
  public let onlyInSecond: [String]
  /// Cases that both runs have and that are not compared, each with the reason.
  public let notCompared: [(name: String, reason: String)]
  /// The differences between the environments, by name.
  public let differences: [Difference]
  /// Further reasons why figures may differ, a sentence each: missing samples, and differences of the
  /// machines' states.
  public let stateWarnings: [String]

  /// The figures that are compared.
  static let metrics = WarningSearch.metrics

  /// Compares two runs.
  ///
  /// The runs were not interleaved, so each ratio is that of the two figures, with the spread of both
  /// (``UnpairedRatio``). If the machine's speed changed between the runs, all cases differ.
  /// - Parameters:
  ///   - allowDifferentEnvironment: whether runs of different environment versions may be compared.
  ///   - allowDifferentLibrary: whether runs with different builds of the crypto library may be.
  /// - Throws: `ResultsError.comparison`.
  public init(
    _ first: RunReading, _ second: RunReading, allowDifferentEnvironment: Bool = false,
    allowDifferentLibrary: Bool = false
  ) throws(ResultsError) {
    if let problem = ComparisonProblem.between(
      first, second, allowDifferentEnvironment: allowDifferentEnvironment,
      allowDifferentLibrary: allowDifferentLibrary)
    {
      throw .comparison(problem)
    }
    var others: [Key: CaseFigure] = [:]
    for figure in second.figures { others[Key(figure)] = figure }
    rows = first.figures.filter { Self.metrics.contains($0.metric) && $0.isValid }.compactMap { figure in
      guard let other = others[Key(figure)], other.isValid, let own = figure.value,
        let its = other.value, let ratio = Self.ratio(of: other, in: second, to: figure, in: first)
      else { return nil }
      return Row(
        name: figure.coordinates.name, system: figure.coordinates.system, basis: figure.basis,
        metric: figure.metric, first: own, second: its, ratio: ratio)
    }
    ratios = Self.ratios(first, second)
    isOneMachine = first.isOfTheMachine(of: second)
    let names = (Self.names(of: first), Self.names(of: second))
    onlyInFirst = names.0.filter { !names.1.contains($0) }
    onlyInSecond = names.1.filter { !names.0.contains($0) }
    let compared = Set(rows.map(\.name))
    notCompared = names.0.filter { names.1.contains($0) && !compared.contains($0) }.map { name in
      let reasons = [(first, "first"), (second, "second")].compactMap { run, which in
        Self.reason(of: name, in: run).map { "\($0) in the \(which) run" }
      }
      return (name, reasons.isEmpty ? "no figure in common" : reasons.joined(separator: ", "))
    }
    // A gap (a case that the machine cannot show) is no error, even if a run has only gaps.
    let gapped = Set((first.gaps + second.gaps).map(\.coordinates.name))
    guard !rows.isEmpty || notCompared.contains(where: { gapped.contains($0.name) }) else {
      throw .comparison(.nothingInCommon(first.path, second.path))
    }
    differences = Self.differences(first.environment, second.environment)
    let handsOver = rows.contains { $0.metric == $0.basis.throughputMetric }
    let ofFiles = [(first, "first"), (second, "second")].flatMap { run, which in
      run.fileWarnings.map { "the \(which) run: \($0)" }
    }
    stateWarnings =
      ofFiles
      + Self.stateWarnings(
        MachineStates(of: first.samples), MachineStates(of: second.samples), handsOver: handsOver)
  }

  private static func ratios(_ first: RunReading, _ second: RunReading) -> [RatioRow] {
    func key(_ pair: SystemPair) -> [String] {
      [pair.coordinates.name, pair.other.name, pair.basis.rawValue, pair.metric]
    }
    let others = Dictionary(SystemPair.pairs(of: second).map { (key($0), $0) }) { first, _ in first }
    return SystemPair.pairs(of: first).compactMap { pair in
      others[key(pair)].flatMap { other in
        guard pair.isValid, other.isValid else { return nil }
        return RatioRow(
          pair: pair, second: other.ratio, change: UnpairedRatio(of: other.ratio, to: pair.ratio))
      }
    }
  }

  /// The reason why a run has no figure of a case; nil if it has one.
  private static func reason(of name: String, in run: RunReading) -> String? {
    if run.figures.contains(where: { $0.coordinates.name == name && !$0.isValid }) { return "invalid" }
    return run.gaps.first { $0.coordinates.name == name }.map { "not shown (\($0.reason))" }
  }

  /// On the same, quiet cores the best issue rates of two runs differ by less than this factor.
  private static let issueRateFactor = 1.1

  private static func stateWarnings(
    _ first: MachineStates, _ second: MachineStates, handsOver: Bool
  ) -> [String] {
    var warnings: [String] = []
    if let own = first.states.first?.median, let its = second.states.first?.median,
      !own.isSame(as: its, handsOver: handsOver)
    {
      warnings.append(
        "the machine was not in the same state (first: \(own.words); second: \(its.words)): costs and "
          + "capacities do not compare, ratios within a run may")
    }
    if let own = first.bestIssueRate, let its = second.bestIssueRate, own > 0, its > 0,
      max(own, its) / min(own, its) > issueRateFactor
    {
      warnings.append(
        "the cores were more disturbed in the \(own < its ? "first" : "second") run, even at best "
          + "(\(Display.number(own)) and \(Display.number(its)) additions a cycle): its costs are too "
          + "high, ratios compare"
      )
    }
    return warnings
      + [(first, "first"), (second, "second")].flatMap { states, name in
        states.notes.map { "the \(name) run: \($0)" }
      }
  }

  /// Identifies a figure in both runs; a case's name states all its coordinates.
  private struct Key: Hashable {
    let name: String
    let basis: Basis
    let metric: String

    init(_ figure: CaseFigure) {
      (name, basis, metric) = (figure.coordinates.name, figure.basis, figure.metric)
    }
  }

  /// The ratio of two figures, over independent launches; the ratio of their means if a run did not record
  /// launches.
  private static func ratio(
    of figure: CaseFigure, in run: RunReading, to other: CaseFigure, in otherRun: RunReading
  ) -> UnpairedRatio? {
    let (own, its) = (run.samples(of: figure.caseKey), otherRun.samples(of: other.caseKey))
    if own.haveLaunches, its.haveLaunches,
      let ratio = UnpairedRatio(of: figure.metric, in: own, to: its)
    {
      return ratio
    }
    return figure.statistics.flatMap { own in other.statistics.flatMap { UnpairedRatio(of: own, to: $0) } }
  }

  private static func names(of run: RunReading) -> [String] {
    run.figures.map(\.coordinates.name).distinct()
  }
}

extension RunComparison {
  /// Properties that change with every run and do not affect figures.
  private static let ignored: Set = [
    "time_utc", "run_ids", "run_id_is_given", "memory.huge_pages.0.free", "memory.huge_pages.1.free",
    "load.load_average", "load.others_cpu_share", "load.steal_share",
  ]

  static func differences(_ first: Environment?, _ second: Environment?) -> [Difference] {
    let properties = (EnvironmentText.properties(of: first), EnvironmentText.properties(of: second))
    let names = Set(properties.0.keys).union(properties.1.keys).subtracting(ignored)
    return names.sorted().compactMap { name in
      let values = (properties.0[name], properties.1[name])
      return values.0 == values.1 ? nil : Difference(property: name, first: values.0, second: values.1)
    }
  }
}
