import Basics
import Results

/// The report's section on the machine. Folded details hold the first run's full environment and the other
/// runs' differences from it.
struct EnvironmentSection {
  let runs: [RunReading]

  /// Whether the section shows a property. Properties that are shown elsewhere or say little are left out.
  private static func isShown(_ property: String) -> Bool {
    property != "command_line" && !property.hasPrefix("memory.huge_pages.")
  }

  /// The properties that readers look for first; they are shown unfolded.
  private static let first = [
    "cpu.name", "cpu.family", "cpu.model", "cpu.usable_cores", "cpu.tsc_hz", "system.virtual_machine",
    "system.kernel", "software.git_commit", "software.git_dirty", "software.swift", "software.dpdk",
    "software.intel_ipsec_mb", "software.intel_ipsec_mb_sha256",
  ]

  /// - Parameter suffix: tells the file of details apart from that of another machine.
  func blocks(suffix: String) -> [Document.Block] {
    let heading = Document.Block.heading(level: 2, text: "Environment")
    guard let first = runs.first(where: { $0.environment != nil }) else {
      return [
        heading, .paragraph("No run has an environment.json, so nobody can tell what the figures are of."),
      ]
    }
    let properties = runs.map { EnvironmentText.properties(of: $0.environment) }
    var values: [String: String] = [:]
    for name in Self.first {
      let all = properties.compactMap { $0[name] }.distinct()
      if !all.isEmpty { values[name] = all.joined(separator: " / ") }
    }
    let others = properties[runs.firstIndex { $0.name == first.name } ?? 0].filter { Self.isShown($0.key) }
    let differences = runs.filter { $0.name != first.name }.compactMap { run -> String? in
      let differences = RunComparison.differences(first.environment, run.environment).filter {
        Self.isShown($0.property)
      }
      return differences.isEmpty
        ? nil
        : "\(run.name)/\(run.runID) differs: "
          + differences.map { "`\($0.property)` \($0.second ?? "unknown")" }.joined(separator: ", ")
    }
    return [
      heading, table(values, caption: "Of all runs; where they differ, each value."),
      .details(
        file: "environment" + suffix, title: "All that is known of machine and software",
        [table(others, caption: "Of the run \(first.name)/\(first.runID).")]
          + (differences.isEmpty ? [] : [.list(differences)])),
    ]
  }

  private func table(_ properties: [String: String], caption: String) -> Document.Block {
    .table(
      caption: caption, header: ["property", "value"],
      rows: properties.keys.sorted().map { [$0, properties[$0] ?? ""] }, isProse: true)
  }
}
