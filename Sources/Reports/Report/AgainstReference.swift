import Basics
import Foundation
import Results

/// The verdicts of another report, and the folder of its runs.
public struct ReferenceClaims: Sendable {
  /// The reference's verdicts, one per claim and machine.
  let verdicts: [ReferenceVerdict]
  /// The folder to which the paths of the reference's runs are relative.
  let folder: String

  /// The path of the repository's own reference claims.
  static let file = "results/reference/report/claims.csv"

  /// Reads the claims of a report.
  /// - Parameters:
  ///   - path: the path of a `claims.csv`.
  ///   - suite: the folder to which the paths of its runs are relative.
  /// - Throws: `ResultsError`.
  public init(path: String, suite: SuiteFolder) throws(ResultsError) {
    (verdicts, folder) = (try ReferenceVerdict.read(path: path), suite.path)
  }

  /// The repository's own reference; nil if it is missing.
  public static func ofTheRepository(_ suite: SuiteFolder) throws(ResultsError) -> ReferenceClaims? {
    let path = FileSystem.join(suite.path, file)
    return FileManager.default.fileExists(atPath: path) ? try ReferenceClaims(path: path, suite: suite) : nil
  }

  /// The run that decided the verdict; nil if it is missing or cannot be read.
  fileprivate func run(_ verdict: ReferenceVerdict) -> RunReading? {
    verdict.run.isEmpty ? nil : try? RunReading(path: FileSystem.join(folder, verdict.run))
  }

  /// Whether `run` is the run that decided the verdict.
  fileprivate func isOf(_ run: RunReading, _ verdict: ReferenceVerdict) -> Bool {
    func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    return resolved(FileSystem.join(folder, verdict.run)) == resolved(run.path)
  }
}

/// The verdicts that differ from a reference's, with both values, and the differences between machines and
/// builds. Whoever repeats the runs sees which verdicts changed, and possible reasons.
struct AgainstReference {
  /// A claim with different verdicts here and in the reference, both decided by a run.
  private struct Difference {
    let claim: Claim
    let reference: ReferenceVerdict
  }

  private let machine: String
  private let rulesVersion: Int?
  private let compared: Int
  private let alone: (here: Int, there: Int)
  private let differences: [Difference]
  /// The differences between the runs that decided these claims, each with the experiments that it concerns.
  private let reasons: [String]

  /// - Returns: nil if all runs are the reference's own, so that there is nothing to compare.
  init?(_ claims: [Claim], _ runs: [RunReading], _ reference: ReferenceClaims) {
    let own = runs.first?.machine ?? ""
    let machines = reference.verdicts.map(\.machine).distinct()
    guard let machine = machines.first(where: { $0 == own }) ?? machines.first else { return nil }
    let others = Dictionary(
      reference.verdicts.filter { $0.machine == machine }.map { ($0.claim, $0) },
      uniquingKeysWith: { first, _ in first })
    let notRun = Verdict.notRun("").words
    var (known, differences, alone) = (0, [Difference](), (here: 0, there: 0))
    for claim in claims {
      guard let other = others[claim.id] else { continue }
      let run = runs.first { $0.isOf(claim.experiment) }
      if let run, reference.isOf(run, other) { continue }
      switch (claim.verdict.words == notRun, other.verdict == notRun) {
      case (true, true): break
      case (true, false): alone.there += 1
      case (false, true): alone.here += 1
      case (false, false):
        known += 1
        if claim.verdict.words != other.verdict {
          differences.append(Difference(claim: claim, reference: other))
        }
      }
    }
    guard known + alone.here > 0 else { return nil }
    (self.machine, self.differences) = (machine, differences)
    reasons = Self.reasons(differences, runs, reference)
    (compared, self.alone) = (known, alone)
    rulesVersion = others.values.map(\.rulesVersion).first
  }

  /// The number of verdicts that differ, in one or two sentences.
  private var summary: String {
    let only = [
      alone.here > 0 ? "\(alone.here.counted("claim")) judged here alone" : "",
      alone.there > 0 ? "\(alone.there.counted("claim")) there alone" : "",
    ].filter { !$0.isEmpty }.joined(separator: ", ")
    return "Of \(compared.counted("claim")) that both have judged by a run, "
      + (differences.isEmpty ? "none has" : differences.count == 1 ? "1 has" : "\(differences.count) have")
      + " another verdict than in the reference, which is of \(machine)"
      + (only.isEmpty ? "." : "; \(only).")
      + (rulesVersion.map { $0 != Rules.version } == true
        ? " It was judged by rules of version \(rulesVersion ?? 0), this by those of \(Rules.version)." : "")
  }

  private static func text(_ verdict: String, _ value: String, _ basis: String) -> String {
    verdict + (value.isEmpty ? "" : ": \(value)") + (basis.isEmpty ? "" : " (\(basis))")
  }

  private func row(_ difference: Difference) -> [String] {
    let (claim, other) = (difference.claim, difference.reference)
    return [
      claim.statement, Self.text(other.verdict, other.value, other.basis),
      Self.text(claim.verdict.words, claim.ours, claim.basis),
    ]
  }

  /// The comparison as blocks of the report.
  func blocks() -> [Document.Block] {
    var blocks: [Document.Block] = [
      .heading(level: 2, text: "Against the reference"), .paragraph(summary),
    ]
    if !differences.isEmpty {
      blocks.append(
        .table(
          header: ["Claim", "Reference", "Here"],
          rows: differences.map(row), isProse: true))
      blocks += [.paragraph("What differs between the runs that decided these:"), .list(reasons)]
    }
    return blocks
  }

  /// The comparison as lines for a terminal.
  var lines: [String] {
    [summary]
      + differences.map { difference in
        let cells = row(difference)
        return
          "  \(difference.claim.experiment): \(cells[0])\n    reference: \(cells[1])\n    here: \(cells[2])"
      }
      + (differences.isEmpty
        ? [] : ["what differs between the runs that decided these:"] + reasons.map { "  \($0)" })
  }

  // MARK: Why

  /// Properties that affect figures: those of the processor, the build and the libraries.
  private static let properties = [
    "any_machine_state", "cpu.boost", "cpu.family", "cpu.flags", "cpu.governor", "cpu.l2_bytes",
    "cpu.l3_bytes", "cpu.microcode", "cpu.model", "cpu.name", "cpu.quota_cpus", "cpu.smt", "cpu.stepping",
    "cpu.tsc_hz", "cpu.usable_cores", "cpu.vendor", "environment_version", "software.dpdk",
    "software.git_commit", "software.git_dirty", "software.intel_ipsec_mb",
    "software.intel_ipsec_mb_architecture", "software.intel_ipsec_mb_sha256", "software.machine_flags",
    "software.swift", "system.clock_source", "system.kernel", "system.virtual_machine",
  ]

  private static func reasons(
    _ differences: [Difference], _ runs: [RunReading], _ reference: ReferenceClaims
  ) -> [String] {
    var known: [(text: String, experiments: [String])] = []
    for difference in differences {
      let experiment = difference.claim.experiment
      if known.contains(where: { $0.experiments.contains(experiment) }) { continue }
      for text in reasons(
        runs.first { $0.isOf(experiment) }, reference.run(difference.reference), difference)
      {
        if let index = known.firstIndex(where: { $0.text == text }) {
          known[index].experiments.append(experiment)
        } else {
          known.append((text, [experiment]))
        }
      }
    }
    return known.map { "\($0.text) (\($0.experiments.joined(separator: ", ")))" }
  }

  private static func reasons(
    _ own: RunReading?, _ other: RunReading?, _ difference: Difference
  ) -> [String] {
    var found: [String] = []
    if difference.claim.basis != difference.reference.basis {
      let basis = difference.claim.basis
      found.append(
        "basis: reference \(difference.reference.basis.isEmpty ? "none" : difference.reference.basis), here "
          + (basis.isEmpty ? "none" : basis))
    }
    guard let own, let other else {
      return found + ["the reference's run is not at hand, so that nothing is known of its machine and build"]
    }
    found += RunComparison.differences(other.environment, own.environment)
      .filter { properties.contains($0.property) }.map(text)
    let quick = [other, own].map { $0.environment?.commandLine.contains("--quick") == true }
    if quick[0] != quick[1] {
      found.append("profile: reference \(quick[0] ? "quick" : "full"), here \(quick[1] ? "quick" : "full")")
    }
    let states = [other, own].map { MachineStates(of: $0.samples).states.first?.median.words ?? "unknown" }
    if states[0] != states[1] {
      found.append("most frequent state of the machine: reference \(states[0]), here \(states[1])")
    }
    return found.isEmpty ? ["nothing that is known: runs of one machine vary"] : found
  }

  /// One difference as text. For processor flags, only the flags that one of the machines lacks.
  private static func text(_ difference: RunComparison.Difference) -> String {
    guard difference.property == "cpu.flags" else {
      return "\(difference.property): reference \(difference.first ?? "unknown"), here "
        + (difference.second ?? "unknown")
    }
    let words = [difference.first, difference.second].map { Set(($0 ?? "").split(separator: " ")) }
    func only(_ side: Int) -> String {
      let own = words[side].subtracting(words[1 - side]).sorted().joined(separator: " ")
      return own.isEmpty ? "none" : own
    }
    return "cpu.flags: only in the reference \(only(0)), only here \(only(1))"
  }
}
