import Foundation

/// What runs say, for readers: the paper's claims with their verdicts first, then the figures with what
/// stands behind them.
public struct Report: Sendable {
  /// The claims with their verdicts.
  public let claims: [Claim]
  private let runs: [RunReading]
  private let drawings: [Plotter.Drawing]
  /// Why there is no drawing, by run, where there should be one.
  private let undrawn: [String: String]
  private let version: String
  /// What the paper states of goodputs.
  private let paper: [PaperValues.Point]

  /// Judges the claims and draws the figures.
  /// - Parameters:
  ///   - runs: at least one, at most one of each experiment.
  ///   - suite: the scripts and the paper's values.
  ///   - version: of the vpebench that writes the report.
  /// - Throws: `ResultsError`, also if two runs are of one experiment.
  public init(_ runs: [RunReading], suite: SuiteFolder, version: String) throws(ResultsError) {
    for (index, run) in runs.enumerated() {
      if let other = runs[..<index].first(where: { $0.name == run.name }) {
        throw .run(path: run.path, problem: .repeatedExperiment(run.name, other: other.path))
      }
    }
    self.runs = runs
    self.version = version
    claims = try Claims.judge(runs, suite: suite)
    let (six, five) = (try suite.paperValues(of: .six), try suite.paperValues(of: .five))
    paper = (six?.points ?? []) + (five?.points ?? [])
    let plotter = Plotter(suite: suite)
    let baseline = runs.first { $0.name == Baseline.experiment }
    var drawings: [Plotter.Drawing] = []
    var undrawn: [String: String] = [:]
    for run in runs {
      guard let figure = Figure(experiment: run.name) else { continue }
      do {
        drawings.append(try plotter.draw(figure, of: run, baseline: baseline, as: .svg))
      } catch .plot(.nothingToShow(_, _, let needs)) {
        // One run without a valid sample must not cost the report of all others.
        undrawn[run.name] = "There is no figure, for the run has no valid \(needs)."
      } catch .plot(let problem) {
        undrawn[run.name] = "There is no figure: \(ResultsError.plot(problem))."
      }
    }
    self.drawings = drawings
    self.undrawn = undrawn
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
    files += drawings.map { ($0.fileName, $0.data) }
    for (name, data) in files { try AtomicFile.write(data, to: FileSystem.join(output, name)) }
    return files.map { FileSystem.join(output, $0.0) }
  }

  private func document() -> Document {
    var document = Document(title: "vpebench: ESP and VPE on one dataplane")
    document.blocks = introduction() + claimsTable()
    for run in runs {
      let drawing = drawings.first { $0.figure == Figure(experiment: run.name) }
      document.blocks += RunSection(run: run, drawing: drawing, undrawn: undrawn[run.name]).blocks(paper)
    }
    document.blocks += EnvironmentSection(runs: runs).blocks()
    document.blocks += [
      .heading(level: 2, text: "Again"),
      .paragraph(
        "Each run in the order of this report, then the report, from the folder of vpebench (`make build` "
          + "puts the program into `.build/release/`):"),
      .code(commands()),
    ]
    return document
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

  private func claimsTable() -> [Document.Block] {
    let counts = Verdict.allWords.map { words in "\(claims.count { $0.verdict.words == words }) \(words)" }
    func text(_ text: String) -> Document.GridCell { Document.GridCell(text.isEmpty ? "–" : text) }
    let rows = claims.map { claim in
      let who = claim.source == .objection ? "Against VPE: " : ""
      return [
        text(who + claim.statement), text(claim.figure.rawValue), text(claim.paper), text(claim.ours),
        text(claim.direction), text(claim.magnitude.rawValue), text(claim.basis), cell(claim.verdict),
      ]
    }
    let rules = claims.map { "\($0.statement) \($0.rule)" }
    return [
      .heading(level: 2, text: "The paper's claims, and what speaks against VPE"),
      .paragraph("\(claims.count.counted("claim")): \(counts.joined(separator: ", "))."),
      .table(
        Document.Grid(
          header: ["Claim", "Figure", "Paper", "Here", "Direction", "Magnitude", "Basis", "Verdict"],
          cells: rows, isProse: true)),
      .paragraph(
        "In brackets: 95 % interval, by a bootstrap over launches; ratios are of figures in the same "
          + "launches. "
          + "Direction: whether ours points the claim's way. Magnitude: where the paper's value lies against "
          + "our interval. Figures of basis capacity or model can refute a claim, never confirm one. "
          + "Verdicts "
          + "are computed by rules of version \(Rules.version); tests are two-sided, at 5 % over all "
          + "claims of the report together (Holm)."),
      .details(summary: "The rule of each claim", [.list(rules)]),
    ]
  }

  private func cell(_ verdict: Verdict) -> Document.GridCell {
    let text = verdict.words + (verdict.reason.map { ", because \($0)" } ?? "")
    switch verdict {
    case .reproduced: return Document.GridCell("✓ \(text)", .good)
    case .notReproduced: return Document.GridCell("✗ \(text)", .bad)
    case .notResolved, .notRun: return Document.GridCell("? \(text)", .open)
    }
  }

  private func commands() -> String {
    let all = runs.map { RunCommands(run: $0) }
    let folders = all.map { RunCommands.quoted($0.folder) }.joined(separator: " ")
    return (all.map(\.measure) + ["vpebench report \(folders)"]).joined(separator: "\n")
  }
}
