import Experiments
import Results

/// What a run came to, in a line or a few: whether all is well, and if not, what is wrong.
struct RunVerdict {
  private let outcome: ExperimentRun.Outcome
  private let name: String

  /// So many cases with faults are listed.
  private static let casesMax = 5

  init(_ outcome: ExperimentRun.Outcome, name: String) { (self.outcome, self.name) = (outcome, name) }

  var lines: [String] {
    let faulty = outcome.records.filter { !$0.valid }
    let missing = outcome.scheduled - outcome.records.count
    let gapped = Dictionary(grouping: outcome.records) { $0.coordinates.name }
      .count { $0.value.allSatisfy { !$0.gaps.isEmpty } }
    if faulty.isEmpty, missing <= 0, outcome.failure == nil {
      let cases = gapped.counted("case")
      let gaps = gapped > 0 ? "; \(cases) not shown on this machine, for the reasons above" : ""
      return ["\(name): all is well, \(outcome.records.count.counted("sample")) valid\(gaps)"]
    }
    var lines: [String] = []
    if !faulty.isEmpty {
      let invalid = faulty.count.counted(of: outcome.records.count, "sample", "is", "are")
      lines.append("\(name): FAILED, \(invalid) invalid:")
      let cases = Dictionary(grouping: faulty) { $0.coordinates.name }.sorted { $0.key < $1.key }
      for (name, samples) in cases.prefix(Self.casesMax) {
        let fault = samples[0].faults.first ?? "no fault is named"
        lines.append("  \(name), \(samples.count.counted("sample")): \(fault)")
      }
      if cases.count > Self.casesMax {
        lines.append("  and \((cases.count - Self.casesMax).counted("more case"))")
      }
    }
    if missing > 0 {
      let left = missing.counted(of: outcome.scheduled, "sample", "was", "were")
      lines.append("\(name): \(left) not run")
    }
    return lines
  }
}
