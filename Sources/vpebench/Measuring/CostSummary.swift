import Basics
import Cases
import Descriptors
import Foundation
import Reports
import Results
import Runs
import Statistics

/// The output at the end of a packet-cost run: each case's ticks per packet and ratio to the bare call, and
/// the results of the curves' analysis.
struct CostSummary {
  private let outcome: ExperimentRun.Outcome
  private let descriptor: Descriptor
  private let records: [String: [SampleRecord]]

  /// The most cases that are listed one by one.
  private static let casesMax = 120
  /// Characters per line of running text.
  private static let width = 100

  init(_ outcome: ExperimentRun.Outcome, _ descriptor: Descriptor) {
    self.outcome = outcome
    self.descriptor = descriptor
    records = Dictionary(grouping: outcome.records) { $0.coordinates.name }
  }

  func lines() -> [String] {
    let cases = descriptor.cases.filter { records[$0.name] != nil }
    let invalid = outcome.records.count { !$0.valid }
    var lines = AnalysisText.lines(outcome.analyses)
    if cases.count > Self.casesMax {
      lines.append(
        "\(cases.count.counted("case")), \(outcome.records.count.counted("sample")), "
          + "\(invalid) of them invalid"
      )
    } else {
      lines += [
        table(cases),
        "undisturbed TSC ticks per packet, one thread; in brackets the ratio to the library's bare call next",
        "to it (median; raw for vpe, raw-aad for esp-single), and half its 95 % interval.",
        "baseline is the empty loop; nothing is subtracted.",
      ]
    }
    let run = RunReading(name: descriptor.name, samples: outcome.records)
    if let words = PropertyLadder.paragraph(of: run) { lines += [""] + words.wrapped(to: Self.width) }
    return lines
  }

  private func table(_ cases: [Case]) -> String {
    let operations = descriptor.measure.operations.map {
      $0.rawValue.replacingOccurrences(of: "-", with: "_")
    }
    let rows = cases.map { point -> [String] in
      let samples = records[point.name] ?? []
      let usable = samples.count(where: \.isUsable)
      let figures = operations.map { operation -> String in
        let metric = "\(operation)_cycles_per_packet"
        guard let ticks = LaunchEstimate(of: metric, in: samples) else { return "" }
        let ratio = LaunchEstimate(of: RatioToFloor.name(of: metric), in: samples)
        let text = ratio.map { " (\(Self.number($0.value, 3)) ± \(spread($0)))" } ?? ""
        return Self.number(ticks.value, 1) + text
      }
      let disturbance = LaunchEstimate(of: "disturbance_ratio", in: samples)
      return [point.name] + figures
        + [disturbance.map { Self.number($0.value, 2) } ?? "", "\(usable)/\(samples.count)"]
    }
    return TextTable.render(header: ["case"] + operations + ["disturbed", "valid"], rows: rows)
  }

  private func spread(_ ratio: LaunchEstimate) -> String {
    ratio.high.flatMap { high in ratio.low.map { Self.number((high - $0) / 2, 3) } } ?? "?"
  }

  private static func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
