/// What a report says about the machine: that of the first run in full, of the others what differs.
struct EnvironmentSection {
  let runs: [RunReading]

  /// What is told elsewhere, or says little.
  private static func isShown(_ property: String) -> Bool {
    property != "command_line" && !property.hasPrefix("memory.huge_pages.")
  }

  func blocks() -> [Document.Block] {
    var blocks: [Document.Block] = [.heading(level: 2, text: "Environment")]
    guard let first = runs.first(where: { $0.environment != nil }) else {
      return blocks + [
        .paragraph("No run has an environment.json, so nobody can tell what the figures are of.")
      ]
    }
    let properties = EnvironmentText.properties(of: first.environment).filter { Self.isShown($0.key) }
    let mitigations = properties.filter { $0.key.hasPrefix("system.mitigations.") }
    let others = properties.filter { mitigations[$0.key] == nil }
    blocks += [
      .table(table(others, caption: "Of the run \(first.name)/\(first.runID).")),
      .details(
        summary: "What the kernel does about vulnerabilities of the processor", [.table(table(mitigations))]),
    ]
    for run in runs where run.name != first.name {
      let differences = RunComparison.differences(first.environment, run.environment).filter {
        Self.isShown($0.property)
      }
      guard !differences.isEmpty else { continue }
      blocks.append(
        .list([
          "\(run.name)/\(run.runID) differs: "
            + differences.map { "`\($0.property)` \($0.second ?? "unknown")" }.joined(separator: ", ")
        ]))
    }
    return blocks
  }

  private func table(_ properties: [String: String], caption: String = "") -> Document.Grid {
    var grid = Document.Grid(
      caption: caption, header: ["property", "value"],
      rows: properties.keys.sorted().map { [$0, properties[$0] ?? ""] })
    grid.isProse = true
    return grid
  }
}
