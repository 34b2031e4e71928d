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
    Output.line("")
    switch descriptor.measure.what {
    case .throughput:
      Output.line(table())
      comparisons().forEach { Output.line($0) }
      ModelSummary(outcome, descriptor).lines().forEach { Output.line($0) }
      basisNotes().forEach { Output.line($0) }
    case .packetCost:
      CostSummary(outcome, descriptor).lines().forEach { Output.line($0) }
    }
    gapNotes().forEach { Swift.print($0) }
    MachineStates(of: outcome.records).notes.forEach { Swift.print($0) }
    let library = CryptoLibraryIdentity(version: LibraryVersions.installed.ipsecMB)
    if library.sharesALine {
      Swift.print("warning: intel-ipsec-mb is \(library): \(CryptoLibraryIdentity.sharedLine)")
    }
    if let failure = outcome.failure { _ = CommandLineTool.fail("\(failure)", 1) }
    tellFiles()
    for warning in outcome.warnings { Output.line("note: \(warning)") }
    if let tally = Self.tally(outcome) { Output.line("note: \(tally)") }
  }

  /// How many samples are missing; nil if none is.
  private static func tally(_ outcome: ExperimentRun.Outcome) -> String? {
    let missing = outcome.scheduled - outcome.records.count
    return missing > 0 ? "\(missing) of \(outcome.scheduled.counted("sample")) were not run" : nil
  }

  /// The data package is written last: without it a full disk, say, has kept the tables away.
  private func tellFiles() {
    let folder = outcome.directory.path
    let further = [RunDirectory.File.states, .analysis, .placements].filter {
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
      Output.line("         \(URL(fileURLWithPath: folder).deletingLastPathComponent().relativePath)/latest")
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
    let header = [
      "case", "goodput Gbit/s", "95 %", "Mpps", "seal cyc/pkt", "open cyc/pkt", "disturbed", "lost",
      "busiest thread", "basis", "valid",
    ]
    let rows = cases.map { point -> [String] in
      let goodput = figure(point, "goodput_gbps")
      func text(_ metric: String, _ digits: Int) -> String {
        figure(point, metric).map { Self.number($0.value, digits) } ?? ""
      }
      let records = samples(point)
      let valid = records.filter(\.valid).count
      let lost = records.reduce(0) { $0 + ($1.counts["frames_lost"] ?? 0) }
      let spread = goodput.flatMap { figure in
        figure.low.flatMap { low in
          figure.high.map { "\(Self.number(low, 3)) to \(Self.number($0, 3))" }
        }
      }
      return [
        point.name, text("goodput_gbps", 3), spread ?? "", text("packet_rate_mpps", 3),
        text("seal_cycles_per_packet", 1), text("open_cycles_per_packet", 1), text("disturbance_ratio", 2),
        "\(lost)", Self.commonest(records.compactMap(\.bottleneck)), records.first?.basis.rawValue ?? "",
        "\(valid)/\(records.count)",
      ]
    }
    return TextTable.render(header: header, rows: rows)
  }

  /// VPE against ESP, and ours against the best of the peer's, where all else is equal.
  private func comparisons() -> [String] {
    let formats = cases.filter { $0.system == .vpe }.compactMap { vpe in
      comparison("VPE / ESP", vpe, counterpart(of: vpe))
    }
    let peers = cases.filter { $0.isBlackBox && $0.peerMode == nil }.compactMap { ours in
      comparison("ours / DPDK's", ours, bestPeer(of: ours))
    }
    return formats + peers
  }

  /// The peer's case that carries most of those that check for replay.
  private func bestPeer(of ours: Case) -> Case? {
    cases.filter {
      $0.peerMode?.checksReplay == true && $0.frameBytes == ours.frameBytes && $0.aead == ours.aead
        && $0.windowSize == ours.windowSize
    }.max { first, second in
      (figure(first, "goodput_gbps")?.value ?? 0) < (figure(second, "goodput_gbps")?.value ?? 0)
    }
  }

  private func counterpart(of vpe: Case) -> Case? {
    cases.first(where: {
      $0.system == .espSingle && $0.link == vpe.link && $0.frameBytes == vpe.frameBytes && $0.aead == vpe.aead
        && $0.threads == vpe.threads && $0.extraHeadroomBytes == vpe.extraHeadroomBytes
        && $0.flows == vpe.flows && $0.windowSize == vpe.windowSize
        && $0.replayedPercent == vpe.replayedPercent && $0.replayAgePackets == vpe.replayAgePackets
        && $0.forgedPercent == vpe.forgedPercent
    })
  }

  /// Ratios of figures in the same launches.
  private func comparison(_ title: String, _ first: Case, _ second: Case?) -> String? {
    guard let second else { return nil }
    let parts = [
      ("goodput_gbps", "goodput"), ("seal_cycles_per_packet", "seal cycles"),
      ("open_cycles_per_packet", "open cycles"),
    ].compactMap { metric, name -> String? in
      guard let ratio = pairedRatio(first, second, metric) else { return nil }
      let low = ratio.low.map { " [\(Self.number($0, 3))" } ?? ""
      let high = ratio.high.map { ", \(Self.number($0, 3))]" } ?? ""
      return "\(name) \(Self.number(ratio.value, 3))\(low)\(high)"
    }
    return parts.isEmpty
      ? nil : "\(title), \(first.name) / \(second.name): \(parts.joined(separator: ", "))"
  }

  private func pairedRatio(_ a: Case, _ b: Case, _ metric: String) -> PairedRatio? {
    PairedRatio(of: metric, in: samples(a), to: samples(b))
  }

  /// The cases that this machine cannot show, each with the reason.
  private func gapNotes() -> [String] {
    cases.compactMap { point in
      var reasons: [String] = []
      // What some samples do not show, others do.
      guard samples(point).allSatisfy({ !$0.gaps.isEmpty }) else { return nil }
      for reason in samples(point).flatMap(\.gaps) where !reasons.contains(reason) { reasons.append(reason) }
      return reasons.isEmpty ? nil : "not shown here: \(point.name): \(reasons.joined(separator: "; "))"
    }
  }

  private func basisNotes() -> [String] {
    let bases = Set(outcome.records.map(\.basis))
    guard bases.contains(.capacity) else { return [] }
    return [
      "basis capacity: threads shared cores; a figure is what the slowest gateway thread could carry with a",
      "core of its own, from undisturbed costs. What came back: carried_gbps in summary.csv.",
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
