import Basics
import Cases
import Descriptors
import Foundation
import Machine
import Results
import Runs
import Statistics

/// The output at the end of a run: a line for each case, the comparisons of systems, an explanation of the
/// figures, and the paths of the files.
struct RunSummary {
  private let outcome: ExperimentRun.Outcome
  private let descriptor: Descriptor

  init(_ outcome: ExperimentRun.Outcome, _ descriptor: Descriptor) {
    self.outcome = outcome
    self.descriptor = descriptor
  }

  func print() {
    Output.line("")
    switch descriptor.measure.what {
    case .throughput:
      Output.line(descriptor.measure.setup == .dut ? DUTSummary(cases, outcome.records).text() : table())
      printComparison()
      ModelSummary(outcome, descriptor).lines().forEach { Output.line($0) }
      basisNotes().forEach { Output.line($0) }
    case .packetCost:
      CostSummary(outcome, descriptor).lines().forEach { Output.line($0) }
      printComparison()
    case .rateSearch:
      Output.line(RateSummary(cases, outcome.records).text())
      printComparison()
    }
    outcome.verdict.gapLines.forEach { Output.line($0) }
    outcome.calibration.leftOutLines.forEach { Output.line($0) }
    MachineStates(of: outcome.records).notes.forEach { Output.line($0) }
    let library = CryptoLibraryIdentity(version: LibraryVersions.installed.ipsecMB)
    if library.sharesALine {
      Output.line("warning: intel-ipsec-mb is \(library): \(CryptoLibraryIdentity.sharedLine)")
    }
    for warning in outcome.warnings { Output.line("note: \(warning)") }
    Output.line("")
    outcome.verdict.lines(descriptor.name).forEach { Output.line($0) }
    if let failure = outcome.failure { _ = CommandLineTool.fail("\(failure)", 1) }
    printFiles()
  }

  private func printComparison() {
    let comparison = ComparisonTable(outcome.records).text
    if !comparison.isEmpty { Output.line(comparison) }
  }

  /// Prints the paths of the files. The data package is written last; if it is missing, for example because
  /// the disk was full, so are the tables.
  private func printFiles() {
    let folder = outcome.directory.path
    let further = [RunDirectory.File.ratios, .states, .analysis, .placements, .searches, .trials].filter {
      FileManager.default.fileExists(atPath: outcome.directory.path(of: $0))
    }
    let tables = (["summary", "samples", "stages"] + further.map { $0.rawValue.replacing(".csv", with: "") })
      .joined(separator: ",")
    guard FileManager.default.fileExists(atPath: outcome.directory.path(of: .dataPackage)) else {
      Output.line("\nno tables were written; the samples are in \(outcome.directory.path(of: .journal))")
      return
    }
    Output.line("\nwritten: \(folder)/{\(tables)}.csv, environment.json, datapackage.json")
    switch outcome.publication {
    case .published:
      let latest = "\(URL(fileURLWithPath: folder).deletingLastPathComponent().relativePath)/latest"
      Output.line("         \(latest)")
      Output.line("figure:  vpebench plot \(latest)")
    case .withheld(let reason): Output.line("note: \(reason)")
    }
  }

  private func samples(_ point: Case) -> [SampleRecord] {
    outcome.records.filter { $0.coordinates.name == point.name }
  }

  private var cases: [Case] {
    let names = Set(outcome.records.map(\.coordinates.name))
    return descriptor.cases.filter { names.contains($0.name) }
  }

  private func figure(_ point: Case, _ metric: String) -> LaunchEstimate? {
    LaunchEstimate(of: metric, in: samples(point))
  }

  private func table() -> String {
    let isCapacity = outcome.records.contains { $0.basis == .capacity }
    let name = Basis.throughputName(of: Set(outcome.records.map(\.basis)))
    let header =
      ["case", "\(name) Gbit/s", "95 %"]
      + (isCapacity ? ["carried"] : [])
      + ["Mpps", "seal cyc/pkt", "open cyc/pkt", "disturbed", "lost", "busiest thread", "basis", "valid"]
    let rows = cases.map { point -> [String] in
      let records = samples(point)
      let throughput = records.first.flatMap { figure(point, $0.basis.throughputMetric) }
      func text(_ metric: String, _ digits: Int) -> String {
        figure(point, metric).map { Self.number($0.value, digits) } ?? ""
      }
      let lost = records.reduce(0) { $0 + ($1.counts["frames_lost"] ?? 0) }
      let spread = throughput.flatMap { figure in
        figure.low.flatMap { low in
          figure.high.map { "\(Self.number(low, 3)) to \(Self.number($0, 3))" }
        }
      }
      return [point.name, throughput.map { Self.number($0.value, 3) } ?? "", spread ?? ""]
        + (isCapacity ? [text("carried_gbps", 3)] : [])
        + [
          text("packet_rate_mpps", 3), text("seal_cycles_per_packet", 1), text("open_cycles_per_packet", 1),
          text("disturbance_ratio", 2), "\(lost)", Self.mostFrequent(records.compactMap(\.bottleneck)),
          records.first?.basis.rawValue ?? "", "\(records.count { $0.valid })/\(records.count)",
        ]
    }
    return TextTable.render(header: header, rows: rows)
  }

  private func basisNotes() -> [String] {
    let bases = Set(outcome.records.map(\.basis))
    guard bases.contains(.capacity) else { return [] }
    if descriptor.measure.setup == .dut { return [] }
    return [
      "basis capacity: threads shared cores; a figure is what the slowest gateway thread could carry with a",
      "core of its own, from undisturbed costs. carried: what came back in fact.",
      Basis.capacityCaveat,
    ]
  }

  /// The most frequent value.
  static func mostFrequent(_ values: [String]) -> String {
    let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count)
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
  }

  static func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
