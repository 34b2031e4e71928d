import Experiments
import Foundation
import Results

/// What is printed at the end of a run: a line for each case, the comparison of VPE with ESP, what the
/// figures are, and where the files lie.
struct RunSummary {
  private let outcome: ExperimentRun.Outcome
  private let descriptor: Descriptor

  init(_ outcome: ExperimentRun.Outcome, _ descriptor: Descriptor) {
    self.outcome = outcome
    self.descriptor = descriptor
  }

  func print() {
    Swift.print()
    switch descriptor.measure.what {
    case .throughput:
      Swift.print(descriptor.measure.setup == .dut ? DUTSummary(cases, outcome.records).text() : table())
      let comparison = ComparisonTable(cases, outcome.records).text
      if !comparison.isEmpty { Swift.print(comparison) }
      ModelSummary(outcome, descriptor).lines().forEach { Swift.print($0) }
      basisNotes().forEach { Swift.print($0) }
    case .packetCost:
      CostSummary(outcome, descriptor).lines().forEach { Swift.print($0) }
    }
    gapNotes().forEach { Swift.print($0) }
    Swift.print()
    RunVerdict(outcome, name: descriptor.name).lines.forEach { Swift.print($0) }
    if let failure = outcome.failure { _ = CommandLineTool.fail("\(failure)", 1) }
    tellFiles()
  }

  /// The data package is written last: without it a full disk, say, has kept the tables away.
  private func tellFiles() {
    let folder = outcome.directory.path
    let further = [RunDirectory.File.analysis, .placements].filter {
      FileManager.default.fileExists(atPath: outcome.directory.path(of: $0))
    }
    let tables = (["summary", "samples", "stages"] + further.map { $0.rawValue.replacing(".csv", with: "") })
      .joined(separator: ",")
    guard FileManager.default.fileExists(atPath: outcome.directory.path(of: .dataPackage)) else {
      Swift.print("\nno tables were written; the samples are in \(outcome.directory.path(of: .journal))")
      return
    }
    Swift.print("\nwritten: \(folder)/{\(tables)}.csv, environment.json, datapackage.json")
    let latest = "\(URL(fileURLWithPath: folder).deletingLastPathComponent().relativePath)/latest"
    Swift.print("         \(latest)")
    if Figure(experiment: descriptor.name) != nil { Swift.print("figure:  vpebench plot \(latest)") }
  }

  private func samples(_ point: Case) -> [SampleRecord] {
    outcome.records.filter { $0.coordinates.name == point.name }
  }

  private var cases: [Case] {
    let names = Set(outcome.records.map(\.coordinates.name))
    return descriptor.cases.filter { names.contains($0.name) }
  }

  private func values(_ point: Case, _ metric: String) -> [Double] {
    samples(point).filter(\.isUsable).compactMap { $0.metrics[metric] }
  }

  private func table() -> String {
    let isCapacity = outcome.records.contains { $0.basis == .capacity }
    let header =
      ["case", isCapacity ? "capacity Gbit/s" : "goodput Gbit/s", "± 95 %"]
      + (isCapacity ? ["carried"] : [])
      + ["Mpps", "seal cyc/pkt", "open cyc/pkt", "lost", "busiest thread", "basis", "valid"]
    let rows = cases.map { point -> [String] in
      let goodput = Estimate(values(point, "goodput_gbps"))
      func mean(_ metric: String, _ digits: Int) -> String {
        Estimate(values(point, metric)).map { Self.number($0.mean, digits) } ?? ""
      }
      let records = samples(point)
      let lost = records.reduce(0) { $0 + ($1.counts["frames_lost"] ?? 0) }
      let spread = goodput.flatMap { estimate in estimate.ci95High.map { $0 - estimate.mean } }
      return [point.name, mean("goodput_gbps", 3), spread.map { Self.number($0, 3) } ?? ""]
        + (isCapacity ? [mean("carried_gbps", 3)] : [])
        + [
          mean("packet_rate_mpps", 3), mean("seal_cycles_per_packet", 1), mean("open_cycles_per_packet", 1),
          "\(lost)", Self.commonest(records.compactMap(\.bottleneck)), records.first?.basis.rawValue ?? "",
          "\(records.filter(\.valid).count)/\(records.count)",
        ]
    }
    return TextTable.render(header: header, rows: rows)
  }

  /// The cases that this machine cannot show, each with the reason.
  private func gapNotes() -> [String] {
    cases.compactMap { point in
      var reasons: [String] = []
      for reason in samples(point).flatMap(\.gaps) where !reasons.contains(reason) { reasons.append(reason) }
      return reasons.isEmpty ? nil : "not shown here: \(point.name): \(reasons.joined(separator: "; "))"
    }
  }

  private func basisNotes() -> [String] {
    let bases = Set(outcome.records.map(\.basis))
    guard bases.contains(.capacity) else { return [] }
    if descriptor.measure.setup == .dut { return [] }
    return [
      "basis capacity: threads shared cores; a figure is what the slowest gateway thread could carry with a",
      "core of its own, from its busy cycles per packet. carried: what came back in fact.",
      Basis.capacityCaveat,
    ]
  }

  /// The value that is there most often.
  static func commonest(_ values: [String]) -> String {
    let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count)
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
  }

  static func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
