import Cases
import Foundation

/// What runs say, for readers: the paper's claims with their verdicts first, then the figures with what
/// stands behind them.
public struct Report: Sendable {
  /// The claims with their verdicts, machine by machine.
  public var claims: [Claim] { parts.flatMap(\.claims) }
  /// The claims as tables for a terminal, one for each machine.
  public var claimTables: String {
    parts.map { part in
      let rows = part.claims.map { [$0.figure.name, $0.statement, $0.basis, $0.verdict.words] }
      return (parts.count > 1 ? "\(part.runs[0].machine):\n" : "")
        + TextTable.render(header: ["figure", "claim", "basis", "verdict"], rows: rows)
    }.joined(separator: "\n")
  }
  /// A part for each machine: figures of different ones never stand in one column.
  private let parts: [Part]
  private let version: String

  /// What was run on one machine.
  private struct Part {
    var runs: [RunReading]
    var claims: [Claim] = []
    /// By run.
    var drawings: [String: Plotter.Drawing] = [:]
    /// Why there is no drawing, by run.
    var undrawn: [String: String] = [:]
  }

  /// Judges the claims and draws the figures.
  /// - Parameters:
  ///   - runs: at least one, at most one of each experiment and machine.
  ///   - suite: the scripts and the paper's values.
  ///   - version: of the vpebench that writes the report.
  /// - Throws: `ResultsError`, also if two runs are of one experiment and machine.
  public init(_ runs: [RunReading], suite: SuiteFolder, version: String) throws(ResultsError) {
    var parts: [Part] = []
    for run in runs {
      if let place = parts.firstIndex(where: { $0.runs[0].isOfTheMachine(of: run) }) {
        if let other = parts[place].runs.first(where: { $0.name == run.name }) {
          throw .run(path: run.path, problem: .repeatedExperiment(run.name, other: other.path))
        }
        parts[place].runs.append(run)
      } else {
        parts.append(Part(runs: [run]))
      }
    }
    let ran = Set(runs.map { Figure(of: $0) })
    for place in parts.indices {
      let own = Set(parts[place].runs.map { Figure(of: $0) })
      // What has no run at all is said once.
      parts[place].claims = try Claims.judge(parts[place].runs, suite: suite).filter {
        own.contains($0.figure) || (place == 0 && !ran.contains($0.figure))
      }
      try Self.draw(&parts[place], Plotter(suite: suite), suffix: place == 0 ? "" : "-\(place + 1)")
    }
    self.parts = parts
    self.version = version
  }

  private static func draw(
    _ part: inout Part, _ plotter: Plotter, suffix: String
  ) throws(ResultsError) {
    let baseline = part.runs.first { $0.name == Baseline.experiment }
    for run in part.runs {
      do {
        var drawing = try plotter.draw(Figure(of: run), of: run, baseline: baseline, as: .svg)
        drawing.suffix = suffix
        part.drawings[run.name] = drawing
      } catch .plot(.nothingToShow(_, _, let needs)) {
        // One run without a valid sample must not cost the report of all others.
        part.undrawn[run.name] = "There is no figure, for the run has no valid \(needs)."
      } catch .plot(let problem) {
        part.undrawn[run.name] = "There is no figure: \(ResultsError.plot(problem))."
      }
    }
  }

  /// `report.html`: one file that needs nothing else.
  public func html() -> String { HTMLPage(document()).text() }

  /// `report.md`, which shows the figures' SVG files beside it.
  public func markdown() -> String { MarkdownPage(document()).text() }

  /// Writes `report.html`, `report.md` and the SVG files, each whole or not at all.
  /// - Parameter output: the folder, made if it is missing.
  /// - Returns: the paths of the files, the HTML first.
  /// - Throws: `ResultsError.file`.
  public func write(to output: String) throws(ResultsError) -> [String] {
    try FileSystem.makeFolders(output)
    let document = document()
    var files = [
      ("report.html", Data(HTMLPage(document).text().utf8)),
      ("report.md", Data(MarkdownPage(document).text().utf8)),
    ]
    for part in parts {
      files += part.runs.compactMap { part.drawings[$0.name].map { ($0.fileName, $0.data) } }
    }
    for (name, data) in files { try AtomicFile.write(data, to: FileSystem.join(output, name)) }
    return files.map { FileSystem.join(output, $0.0) }
  }

  private func document() -> Document {
    var document = Document(title: "vpebench: ESP and VPE on one dataplane")
    document.blocks = introduction() + parts.flatMap(blocks)
    document.blocks += [
      .heading(level: 2, text: "Again"),
      .paragraph(
        "Each run in the order of this report, then the report, from the folder of vpebench (`make build` "
          + "puts the program into `.build/release/`):"),
      .code(commands()),
    ]
    return document
  }

  /// The claims, the runs and the environment of one machine; with several, each heading says which.
  private func blocks(_ part: Part) -> [Document.Block] {
    let sections = part.runs.flatMap { run in
      RunSection(run: run, drawing: part.drawings[run.name], undrawn: part.undrawn[run.name]).blocks()
    }
    let all = claimsTable(part.claims) + sections + EnvironmentSection(runs: part.runs).blocks()
    guard parts.count > 1 else { return all }
    return all.map { block in
      guard case .heading(let level, let text) = block else { return block }
      return .heading(level: level, text: "\(text) (\(part.runs[0].machine))")
    }
  }

  private func introduction() -> [Document.Block] {
    [
      .paragraph(
        "What a packet format costs, and how far it scales, when one security association must use many "
          + "cores: claims of the paper (Pfeiffer, Rossberg, Girlich, Schaefer: Vector Packet Encapsulation, "
          + "ARES 2020) beside what was measured here. Written by vpebench \(version)."),
      .paragraph(
        "Absolute rates are not judged, since the hardware differs: ratios and shapes are. The basis says "
          + "how a figure came about: measured (every thread had a core of its own), capacity (threads "
          + "shared cores; what the slowest could carry with a core of its own) or model (more threads than "
          + "were run)."),
    ]
  }

  private func claimsTable(_ claims: [Claim]) -> [Document.Block] {
    let counts = [
      ("reproduced", claims.count { $0.verdict == .reproduced }),
      ("not reproduced", claims.count { $0.verdict.words == "not reproduced" }),
      ("cannot be told on this machine", claims.count { $0.verdict.words.hasPrefix("cannot") }),
    ]
    let rows = claims.map { claim in
      [
        Document.GridCell(claim.statement), Document.GridCell(claim.figure.name),
        Document.GridCell(claim.paper), Document.GridCell(claim.ours.isEmpty ? "–" : claim.ours),
        Document.GridCell(claim.basis.isEmpty ? "–" : claim.basis), cell(claim.verdict),
      ]
    }
    let rules = claims.map { "\($0.statement) \($0.rule)" }
    return [
      .heading(level: 2, text: "The paper's claims"),
      .paragraph(
        "\(claims.count.counted("claim")): "
          + counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ") + "."),
      .table(
        Document.Grid(
          header: ["Claim", "Figure", "Paper", "Here", "Basis", "Verdict"], cells: rows, isProse: true)),
      .paragraph(
        "In brackets: 95 % confidence interval. Ratios are of samples of the same repetition, their mean is "
          + "the geometric one. Verdicts are computed:"),
      .details(summary: "The rule of each claim", [.list(rules)]),
    ]
  }

  private func cell(_ verdict: Verdict) -> Document.GridCell {
    let text = verdict.words + (verdict.reason.map { ", because \($0)" } ?? "")
    switch verdict {
    case .reproduced: return Document.GridCell("✓ \(text)", .good)
    case .notReproduced: return Document.GridCell("✗ \(text)", .bad)
    case .cannotBeTold: return Document.GridCell("? \(text)", .open)
    }
  }

  private func commands() -> String {
    let all = parts.flatMap(\.runs).map { RunCommands(run: $0) }
    let folders = all.map { RunCommands.quoted($0.folder) }.joined(separator: " ")
    return (all.map(\.measure) + ["vpebench report \(folders)"]).joined(separator: "\n")
  }
}
