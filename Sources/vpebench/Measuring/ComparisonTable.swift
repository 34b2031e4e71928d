import Basics
import Cases
import Results
import Statistics

/// Compares the systems of a run over the same repetitions: a line for each point, or, if there are many
/// points, a line for each pair of systems.
struct ComparisonTable {
  private let pairs: [SystemPair]

  /// The most points that are listed one by one.
  private static let pointsMax = 24

  init(_ records: [SampleRecord]) { pairs = SystemPair.pairs(of: records).filter { $0.basis != .model } }

  /// The table, and a line that explains it; empty if nothing can be compared.
  var text: String {
    if pairs.isEmpty { return "" }
    let names = SystemPair.metrics.flatMap { name in
      Basis.allCases.map { $0.name(of: name) }
    }
    let metrics = names.distinct().filter { name in pairs.contains { $0.metric == name } }
    let rows = pairs.grouped(by: \.title).flatMap { self.rows($0.key, $0.values, metrics) }
    return TextTable.render(header: ["ratio", "at"] + metrics.map(Self.heading), rows: rows)
      + "ratios of samples taken next to each other: median, 95 % interval over launches (docs/method.md);\n"
      + "ratios.csv has each\n"
  }

  private func rows(_ title: String, _ own: [SystemPair], _ metrics: [String]) -> [[String]] {
    let caseNames = own.map(\.caseName).distinct()
    if caseNames.count > Self.pointsMax {
      let cells = metrics.map { metric -> String in
        let values = own.filter { $0.metric == metric }.map(\.ratio.value)
        guard let all = Statistics.geometricMean(values), let least = values.min(), let most = values.max()
        else { return "" }
        return "\(Self.number(all)), \(Self.number(least)) to \(Self.number(most))"
      }
      return [[title, "\(caseNames.count) points: geometric mean, range"] + cells]
    }
    return caseNames.map { caseName in
      [title, caseName]
        + metrics.map { metric in
          own.first { $0.caseName == caseName && $0.metric == metric }.map { Self.text($0.ratio) } ?? ""
        }
    }
  }

  private static func heading(_ metric: String) -> String {
    metric.replacing("_gbps", with: "").replacing("_per_packet", with: "").replacing("_", with: " ")
  }

  private static func text(_ ratio: LaunchEstimate) -> String {
    guard let low = ratio.low, let high = ratio.high else { return number(ratio.value) }
    return "\(number(ratio.value)) [\(number(low)), \(number(high))]"
  }

  private static func number(_ value: Double) -> String { RunSummary.number(value, 2) }
}
