import Experiments
import Foundation
import Results

/// What is printed at the end of a packet-cost run: ticks per packet of each case and their ratio to the bare
/// call's, and what was found in the curves.
struct CostSummary {
  private let outcome: ExperimentRun.Outcome
  private let descriptor: Descriptor
  private let records: [String: [SampleRecord]]

  /// More cases are a curve, not a table to read.
  private static let casesMax = 120

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
        "median TSC ticks per packet, one thread; in brackets the median ratio to the library's bare call of",
        "the same repetition (raw for vpe, raw-aad for esp-single), and half the 95 % interval of its mean.",
        "null is the empty loop; nothing is subtracted.",
      ]
    }
    return lines
  }

  private func table(_ cases: [Case]) -> String {
    let operations = descriptor.measure.operations.map {
      $0.rawValue.replacingOccurrences(of: "-", with: "_")
    }
    let rows = cases.map { point -> [String] in
      let samples = records[point.name] ?? []
      let valid = samples.filter(\.valid)
      let figures = operations.map { operation -> String in
        let metric = "\(operation)_cycles_per_packet"
        guard let ticks = Estimate(valid.compactMap { $0.metrics[metric] }) else { return "" }
        let ratio = Estimate(valid.compactMap { $0.metrics[RatioToFloor.name(of: metric)] })
        let text = ratio.map { " (\(Self.number($0.median, 3)) ± \(spread($0)))" } ?? ""
        return Self.number(ticks.median, 1) + text
      }
      return [point.name] + figures + ["\(valid.count)/\(samples.count)"]
    }
    return TextTable.render(header: ["case"] + operations + ["valid"], rows: rows)
  }

  private func spread(_ ratio: Estimate) -> String {
    ratio.ci95High.map { Self.number($0 - ratio.mean, 3) } ?? "?"
  }

  private static func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
