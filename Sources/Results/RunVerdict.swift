import Basics

/// The verdict on a run: whether it is valid, and if not, what is wrong. A gap (a case that this machine
/// cannot show) is no fault.
public struct RunVerdict: Sendable {
  private let records: [SampleRecord]
  private let missing: Int
  private let failed: Bool

  /// The most cases with faults that are listed.
  private static let casesMax = 5

  /// - Parameters:
  ///   - records: all samples of the run.
  ///   - scheduled: the number of samples that there should be.
  ///   - failed: whether the run ended early.
  public init(_ records: [SampleRecord], scheduled: Int, failed: Bool) {
    (self.records, self.failed) = (records, failed)
    missing = max(0, scheduled - records.count)
  }

  /// Whether every scheduled sample exists and is valid. The exit status is then 0.
  public var isWell: Bool { !failed && missing == 0 && records.allSatisfy(\.valid) }

  /// The cases of which this machine can show no sample, each with the reasons, in the order of their first
  /// samples.
  public var gaps: [(case: String, reasons: [String])] {
    records.grouped(by: \.coordinates.name).compactMap { name, samples in
      guard samples.allSatisfy({ !$0.gaps.isEmpty }) else { return nil }
      return (name, samples.flatMap(\.gaps).distinctButForNumbers())
    }
  }

  /// A line for each case with a gap.
  public var gapLines: [String] {
    gaps.map { "not shown here: \($0.case): \($0.reasons.joined(separator: "; "))" }
  }

  /// The verdict in one or a few lines.
  /// - Parameter name: the experiment's name.
  public func lines(_ name: String) -> [String] {
    let faulty = records.filter { !$0.valid }
    if isWell {
      let cases = gaps.count.counted("case")
      let rest = gaps.isEmpty ? "" : "; \(cases) not shown on this machine, for the reasons above"
      return ["\(name): all is well, \(records.count.counted("sample")) valid\(rest)"]
    }
    var lines: [String] = []
    if !faulty.isEmpty {
      let invalid = faulty.count.counted(of: records.count, "sample", "is", "are")
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
      let left = missing.counted(of: records.count + missing, "sample", "was", "were")
      lines.append("\(name): \(left) not run")
    }
    return lines
  }
}
