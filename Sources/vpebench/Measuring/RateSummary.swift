import Basics
import Cases
import Foundation
import Results
import Statistics

/// The output about a rate search: a line for each case, and an explanation of the figures.
struct RateSummary {
  private let cases: [Case]
  private let records: [SampleRecord]
  private let samples: [String: [SampleRecord]]

  init(_ cases: [Case], _ records: [SampleRecord]) {
    (self.cases, self.records) = (cases, records)
    samples = Dictionary(grouping: records) { $0.coordinates.name }
  }

  func text() -> String {
    let goals = MetricCatalog.goals.filter { goal in
      records.contains { $0.search?.goals.contains { $0.name == goal.name } == true }
    }
    let header =
      ["case"]
      + goals.flatMap { ["\($0.title) Mpps", "95 %", "Gbit/s", "of capacity"] }
      + ["capacity Mpps", "tester Mpps", "trials", "repeated", "basis", "valid"]
    let rows = cases.map { point -> [String] in
      let own = samples[point.name] ?? []
      func estimate(_ metric: String) -> LaunchEstimate? { LaunchEstimate(of: metric, in: own) }
      func figure(_ metric: String, _ digits: Int) -> String {
        estimate(metric).map { RunSummary.number($0.value, digits) } ?? ""
      }
      func sum(_ count: String) -> String { "\(own.reduce(0) { $0 + ($1.counts[count] ?? 0) })" }
      let rates = goals.flatMap { goal -> [String] in
        let rate = estimate("\(goal.name)_mpps")
        let spread = rate.flatMap { rate in
          rate.low.flatMap { low in rate.high.map { (low, $0) } }
        }
        return [
          rate.map { RunSummary.number($0.value, 3) } ?? Self.end(of: goal.name, in: own),
          spread.map { "\(RunSummary.number($0.0, 3)) to \(RunSummary.number($0.1, 3))" } ?? "",
          figure("\(goal.name)_gbps", 2), figure("\(goal.name)_capacity_ratio", 3),
        ]
      }
      return [point.name] + rates + [
        figure("seal_capacity_mpps", 3), figure("tester_mpps", 1), sum("trials"), sum("trials_repeated"),
        own.first?.basis.rawValue ?? "", "\(own.count { $0.valid })/\(own.count)",
      ]
    }
    return TextTable.render(header: header, rows: rows)
      + goals.map { "\($0.title): highest load at which \($0.meaning)\n" }.joined()
      + "capacity: by the undisturbed cost of the DUT's own polls in the same searches; tester: what it "
      + "offers without a DUT\n"
  }

  /// How the searches ended; printed if they found no rate.
  private static func end(of goal: String, in records: [SampleRecord]) -> String {
    RunSummary.mostFrequent(
      records.compactMap { record in record.search?.goals.first { $0.name == goal }?.end })
  }
}
