import Basics
import Cases
import Statistics

/// Finds the warnings about a run.
public enum WarningSearch {
  /// The metrics that are checked: those on which claims and figures are based.
  package static let metrics =
    Basis.throughputMetrics + Metric.costs + MetricCatalog.goals.prefix(2).map { Metric.rate($0.name) }

  /// The warnings about a run: first those about the whole run, then those about cases in their order.
  public static func warnings(of run: RunReading) -> [Warning] {
    let groups = run.groups
    let states = MachineStates(of: run.samples).notes.map(Warning.machineState)
    let ofRun = run.fileWarnings + environment(run) + states
    return ofRun + invalid(run) + gaps(run) + few(run) + wide(run) + outliers(groups) + drift(groups)
      + nearFloor(run) + modelErrors(run)
  }

  /// Groups warnings by kind, in the order of first appearance, with the worst of each kind first.
  public static func byKind(_ warnings: [Warning]) -> [(kind: String, warnings: [Warning])] {
    warnings.grouped(by: \.kind).map { kind, own in (kind, own.sorted { $0.weight > $1.weight }) }
  }

  private static func environment(_ run: RunReading) -> [Warning] {
    guard let environment = run.environment else { return [.unknownEnvironment] }
    var warnings: [Warning] = []
    if environment.commandLine.contains("--quick") { warnings.append(.quickProfile) }
    if environment.software.gitDirty == true {
      warnings.append(.dirtySource(commit: environment.software.gitCommit ?? "unknown"))
    }
    if environment.system.virtualMachine == true { warnings.append(.virtualMachine) }
    if let governor = environment.cpu.governor, governor != "performance" {
      warnings.append(.governor(governor))
    }
    if environment.cpu.smt == true { warnings.append(.sharedCores) }
    let library = CryptoLibraryIdentity(environment.software)
    if library.sharesALine { warnings.append(.sharedLine(version: library.version ?? "")) }
    return warnings + elsewhere(environment)
  }

  /// Warnings about what took CPU time from the run (a quota, other runs, other processes, the host), and
  /// about samples that count in any state of the machine.
  public static func elsewhere(_ environment: Environment) -> [Warning] {
    var warnings: [Warning] = environment.anyMachineState == true ? [.anyMachineState] : []
    if let quota = environment.cpu.quotaCpus { warnings.append(.quota(quota)) }
    guard let load = environment.load else { return warnings }
    if let others = load.otherRuns, others > 0 { warnings.append(.otherRuns(others)) }
    if let share = load.othersCpuShare, share > Warning.othersShareMax {
      warnings.append(.busyMachine(share: share))
    }
    if let share = load.stealShare, share > Warning.stealShareMax {
      warnings.append(.stolenTime(share: share))
    }
    return warnings
  }

  private static func invalid(_ run: RunReading) -> [Warning] {
    let records = Dictionary(grouping: run.samples, by: \.caseKey)
    return run.cases.compactMap { point in
      let own = records[point] ?? []
      let invalid = own.filter { !$0.valid }
      guard let first = invalid.first else { return nil }
      return .invalidSamples(
        case: point.coordinates.name, invalid: invalid.count, of: own.count,
        fault: first.faults.first ?? "no fault is named")
    }
  }

  private static func gaps(_ run: RunReading) -> [Warning] {
    run.gaps.map { .gap(case: $0.coordinates.name, reason: $0.reason) }
  }

  /// Whether a figure is checked: its metric is, and it is based on samples.
  private static func isChecked(_ figure: CaseFigure) -> Bool {
    metrics.contains(figure.metric) && figure.basis != .model && (figure.gap.isEmpty || figure.samples > 0)
  }

  private static func few(_ run: RunReading) -> [Warning] {
    run.figures.filter { isChecked($0) && $0.samples < Warning.samplesMin }.grouped(by: \.caseKey).map {
      .fewSamples(case: $0.key.coordinates.name, samples: $0.values[0].samples)
    }
  }

  private static func wide(_ run: RunReading) -> [Warning] {
    run.figures.filter(isChecked).compactMap { figure in
      guard let value = figure.value, let margin = figure.margin, value > 0,
        margin / value > Warning.marginMax
      else { return nil }
      return .wideInterval(case: figure.coordinates.name, metric: figure.metric, margin: margin / value)
    }
  }

  /// The values of each metric of each case, in the order in which the samples were taken.
  private static func series(_ groups: [CaseGroup]) -> [(name: String, metric: String, values: [Double])] {
    groups.filter { $0.basis != .model }.flatMap { group in
      metrics.map { (group.coordinates.name, $0, group.values(of: $0)) }.filter { !$0.2.isEmpty }
    }
  }

  private static func outliers(_ groups: [CaseGroup]) -> [Warning] {
    series(groups).compactMap { name, metric, values in
      let count = Statistics.outliers(in: values).count
      return count > 0 ? .outliers(case: name, metric: metric, outliers: count, of: values.count) : nil
    }
  }

  private static func drift(_ groups: [CaseGroup]) -> [Warning] {
    let tested = series(groups).compactMap { name, metric, values in
      Statistics.trend(of: values).map { (name: name, metric: metric, trend: $0) }
    }
    let adjusted = Statistics.benjaminiHochberg(tested.map(\.trend.pValue))
    return zip(tested, adjusted).compactMap { test, pValue in
      pValue <= Warning.driftLevel && abs(test.trend.change) >= Warning.changeMin
        ? .drift(case: test.name, metric: test.metric, change: test.trend.change) : nil
    }
  }

  /// Compares a gateway's throughput with that of the null format at the same coordinates and basis.
  private static func nearFloor(_ run: RunReading) -> [Warning] {
    let carried = run.figures.filter(\.isThroughput)
    let floors = carried.filter { $0.coordinates.isOf(.null) }
    return carried.filter { !$0.coordinates.isOf(.null) && !$0.coordinates.isOf(.tester) }.compactMap {
      figure in
      let floor = floors.first {
        $0.basis == figure.basis && $0.coordinates.link == figure.coordinates.link
          && $0.coordinates.threads == figure.coordinates.threads
          && $0.coordinates.frames == figure.coordinates.frames
          && $0.coordinates.extraHeadroomBytes == figure.coordinates.extraHeadroomBytes
      }
      guard let own = figure.value, let least = floor.flatMap(\.value),
        least > 0, own / least > Warning.floorShareMax
      else { return nil }
      return .nearFloor(case: figure.coordinates.name, shareOfFloor: own / least)
    }
  }

  private static func modelErrors(_ run: RunReading) -> [Warning] {
    run.figures.filter { $0.metric == Metric.modelError }.compactMap { figure in
      guard let error = figure.value, abs(error) > Warning.modelErrorMax else { return nil }
      return .modelError(case: figure.coordinates.name, error: error)
    }
  }
}
