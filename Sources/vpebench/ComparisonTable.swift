import Cases
import Experiments
import Results

/// How the systems of a run compare, over the same launches: a line for each point of the sweep.
struct ComparisonTable {
  private let cases: [Case]
  private let samples: [String: [SampleRecord]]

  private static let metrics = ["goodput_gbps", "seal_cycles_per_packet", "open_cycles_per_packet"]

  /// - Parameter cases: those that were run.
  init(_ cases: [Case], _ records: [SampleRecord]) {
    self.cases = cases
    samples = Dictionary(grouping: records.filter(\.isUsable)) { $0.coordinates.name }
  }

  /// The table, and a line that says what is in it; empty if nothing can be compared.
  var text: String {
    let pairs = Pairing.pairs(of: cases.map { CaseCoordinates($0) }) {
      LaunchEstimate(of: "goodput_gbps", in: records($0))?.value
    }
    let rows = pairs.compactMap(row)
    if rows.isEmpty { return "" }
    let first = cases.contains { $0.isDUT } ? "packet rate" : "goodput"
    return TextTable.render(
      header: ["ratio", "at", first, "seal cycles", "open cycles"], rows: rows)
      + "ratios of the figures, with 95 % intervals over launches (docs/method.md)\n"
  }

  private func row(_ pair: Pairing.Pair) -> [String]? {
    let ratios = Self.metrics.map { PairedRatio(of: $0, in: records(pair.first), to: records(pair.second)) }
    guard ratios.contains(where: { $0 != nil }) else { return nil }
    let cells = ratios.map { ratio -> String in
      guard let ratio else { return "" }
      let value = RunSummary.number(ratio.value, 2)
      guard let low = ratio.low, let high = ratio.high else { return value }
      return "\(value) [\(RunSummary.number(low, 2)), \(RunSummary.number(high, 2))]"
    }
    return [pair.title, pair.first.name] + cells
  }

  private func records(_ point: CaseCoordinates) -> [SampleRecord] { samples[point.name] ?? [] }
}
