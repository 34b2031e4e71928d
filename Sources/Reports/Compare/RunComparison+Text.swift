import Basics
import Cases
import Foundation
import Results
import Statistics

extension RunComparison {
  /// The most rows that are shown in full: nobody reads a longer table row by row.
  private static let rowsMax = 120

  /// The comparison as lines for a terminal: a table of the cases (if there are many, of the most different
  /// ones), a line for each system and metric, and the differences between the environments.
  public func lines() -> [String] {
    let isLong = rows.count > Self.rowsMax
    let shown =
      isLong
      ? Array(
        rows.filter(\.differs).sorted { Self.distance($0) > Self.distance($1) }.prefix(Self.rowsMax / 4))
      : rows
    let cells = shown.map { row in
      [
        row.name, row.basis.rawValue, row.metric, Self.number(row.first), Self.number(row.second),
        Self.ratio(row.ratio), row.differs ? "differs" : "",
      ]
    }
    let table = TextTable.render(
      header: ["case", "basis", "figure", "first", "second", "second/first (95 %)", ""], rows: cells)
    var lines = ratioLines()
    if isOneMachine {
      lines += rows.isEmpty ? [] : [table]
      if isLong { lines.append("the \(shown.count) most different of \(rows.count) figures are listed") }
      lines += summaries()
    } else {
      lines.append("the runs are of different machines: their figures do not compare, ratios within a run do")
    }
    if rows.contains(where: { $0.basis != .measured }) { lines.append(Basis.capacityCaveat) }
    for (names, which) in [(onlyInFirst, "first"), (onlyInSecond, "second")] where !names.isEmpty {
      lines.append(
        "only in the \(which) run: \(names.prefix(5).joined(separator: ", "))"
          + (names.count > 5 ? " and \(names.count - 5) more" : ""))
    }
    lines += notCompared.map { "not compared: \($0.name): \($0.reason)" }
    lines += stateWarnings.map { "warning: \($0)" }
    lines.append(differences.isEmpty ? "the environments do not differ" : "the environments differ in:")
    lines += differences.map { "  \($0.property): \($0.first ?? "unknown") → \($0.second ?? "unknown")" }
    return lines
  }

  /// The most points of one pair of systems that have a row each; more are summed up in one row.
  private static let pointsMax = 24

  /// A table of the ratios between systems in each run, and of how each ratio has changed.
  private func ratioLines() -> [String] {
    let groups = Dictionary(grouping: ratios) { [$0.pair.title, $0.pair.metric, $0.pair.basis.rawValue] }
    var seen: Set<[String]> = []
    let cells = ratios.flatMap { row -> [[String]] in
      let key = [row.pair.title, row.pair.metric, row.pair.basis.rawValue]
      guard let own = groups[key], own.count > Self.pointsMax else {
        return [texts(row.pair, row.pair.caseName, row.pair.ratio, row.second, row.change)]
      }
      guard seen.insert(key).inserted,
        let first = Statistics.geometricMean(own.map(\.pair.ratio.value)),
        let second = Statistics.geometricMean(own.map(\.second.value)),
        let change = Statistics.geometricMean(own.map(\.change.ratio))
      else { return [] }
      let means = [first, second, change].map(Self.number)
      return [
        [row.pair.title, "\(own.count) points, mean", row.pair.metric, row.pair.basis.rawValue] + means
      ]
    }
    guard !cells.isEmpty else { return [] }
    return [
      TextTable.render(
        header: ["ratio", "at", "figure", "basis", "first", "second", "second/first (95 %)", ""], rows: cells)
    ]
  }

  private func texts(
    _ pair: SystemPair, _ caseName: String, _ first: LaunchEstimate, _ second: LaunchEstimate,
    _ change: UnpairedRatio
  ) -> [String] {
    [
      pair.title, caseName, pair.metric, pair.basis.rawValue,
      Display.estimate(first), Display.estimate(second), Self.ratio(change),
      change.leavesOutOne ? "differs" : "",
    ]
  }

  /// The geometric mean of the cases' ratios, for each system and metric.
  private func summaries() -> [String] {
    rows.grouped { [$0.system, $0.metric, $0.basis.rawValue] }.compactMap { key, own in
      guard let all = Statistics.geometricMean(own.map(\.ratio.ratio)) else { return nil }
      return "\(key.joined(separator: ", ")): second/first \(Self.number(all)) (geometric mean of "
        + "\(own.count.counted("case"))), \(own.count { $0.differs }) of them different"
    }
  }

  private static func distance(_ row: Row) -> Double { abs(log(row.ratio.ratio)) }

  private static func number(_ value: Double) -> String { Display.number(value) }

  private static func ratio(_ ratio: UnpairedRatio) -> String {
    Display.interval(ratio.ratio, ratio.ci95Low, ratio.ci95High)
  }
}
