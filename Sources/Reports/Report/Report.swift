import Basics
import Cases
import Foundation
import Results

/// The report on runs: a short answer, the paper's claims with verdicts, the figures, the reasons for
/// differences, and folded details.
public struct Report: Sendable {
  /// The claims with their verdicts, grouped by machine.
  public var claims: [Claim] { parts.flatMap(\.claims) }
  /// The claims as tables for a terminal, one for each machine.
  public var claimTables: String {
    parts.map { part in
      let rows = part.claims.map { [$0.experiment, $0.statement, $0.basis, $0.verdict.words] }
      return (parts.count > 1 ? "\(part.runs[0].machine):\n" : "")
        + TextTable.render(header: ["figure", "claim", "basis", "verdict"], rows: rows)
    }.joined(separator: "\n")
  }
  /// A part for each machine; figures of different machines never share a table.
  private let parts: [Part]
  private let version: String
  /// The paper's goodputs.
  private let paper: [PaperValues.Point]

  /// The runs of one machine.
  private struct Part {
    var runs: [RunReading]
    /// The suffix of the part's files, which tells machines apart.
    var suffix = ""
    var claims: [Claim] = []
    /// The comparison with a reference report; nil without one, or if the runs are the reference's own.
    var against: AgainstReference?
    /// The drawings, by the name of the run.
    var drawings: [String: Plotter.Drawing] = [:]
    /// The reasons why runs have no drawing, by the name of the run.
    var undrawn: [String: String] = [:]
  }

  /// Judges the claims and draws the figures.
  /// - Parameters:
  ///   - runs: at least one run; at most one run of each experiment and machine.
  ///   - suite: the folder with the plot scripts and the paper's values.
  ///   - version: the version of the vpebench that writes the report.
  ///   - reference: the claims of another report, for comparison.
  /// - Throws: `ResultsError`; among others, if two runs have the same experiment and machine.
  public init(
    _ runs: [RunReading], suite: SuiteFolder, version: String, reference: ReferenceClaims? = nil
  ) throws(ResultsError) {
    var parts: [Part] = []
    for run in runs {
      if let index = parts.firstIndex(where: { $0.runs[0].isOfTheMachine(of: run) }) {
        if let other = parts[index].runs.first(where: { $0.name == run.name }) {
          throw .run(path: run.path, problem: .repeatedExperiment(run.name, other: other.path))
        }
        parts[index].runs.append(run)
      } else {
        parts.append(Part(runs: [run]))
      }
    }
    for index in parts.indices {
      let own = parts[index].runs
      // Claims without a run are listed with the first machine only.
      parts[index].claims = try Claims.judge(own, suite: suite).filter { claim in
        own.contains { $0.isOf(claim.experiment) }
          || (index == 0 && !runs.contains { $0.isOf(claim.experiment) })
      }
      parts[index].against = reference.flatMap { AgainstReference(parts[index].claims, own, $0) }
      if index > 0 { parts[index].suffix = "-\(index + 1)" }
      try Self.draw(&parts[index], Plotter(suite: suite))
    }
    self.parts = parts
    self.version = version
    let (six, five) = (try suite.paperValues(of: .six), try suite.paperValues(of: .five))
    paper = (six?.points ?? []) + (five?.points ?? [])
  }

  private static func draw(_ part: inout Part, _ plotter: Plotter) throws(ResultsError) {
    let baseline = part.runs.first { $0.name == Experiment.baseline }
    for run in part.runs {
      do {
        var drawing = try plotter.draw(Figure(of: run), of: run, baseline: baseline, as: .svg)
        drawing.suffix = part.suffix
        part.drawings[run.name] = drawing
      } catch .plot(.nothingToShow(_, _, let needs)) {
        // If one run has no valid sample, the report on the others must still be written.
        part.undrawn[run.name] = "There is no figure, for the run has no valid \(needs)."
      } catch .plot(let problem) {
        part.undrawn[run.name] = "There is no figure: \(ResultsError.plot(problem))."
      }
    }
  }

  /// The answer in a few sentences, for each machine.
  public var inShort: [(machine: String, sentences: [String])] {
    parts.map { ($0.runs[0].machine, InShort(claims: $0.claims, runs: $0.runs).sentences) }
  }

  /// VPE compared with the ESP of today, in sentences, for each machine with such a run.
  public var thesis: [[String]] { parts.compactMap { Thesis($0.runs)?.sentences } }

  /// The verdicts that differ from the reference's, with possible reasons, as lines for a terminal; empty
  /// without a reference, or if the runs are its own.
  public var againstReference: [String] { parts.flatMap { $0.against?.lines ?? [] } }

  /// Every claim with its run, drawing and command.
  public var claimRows: [ClaimRow] {
    parts.flatMap { part in
      part.claims.map { claim in
        let run = part.runs.first { $0.isOf(claim.experiment) }
        return ClaimRow(
          claim: claim, machine: part.runs[0].machine, run: run.map { RunCommands(run: $0).folder } ?? "",
          drawing: run.flatMap { part.drawings[$0.name]?.fileName } ?? "",
          command: run.map { RunCommands(run: $0).measure }
            ?? "vpebench run experiments/\(claim.experiment).json5")
      }
    }
  }

  /// The text of `report.html`, one self-contained file.
  public func html() -> String { HTMLPage(document()).text() }

  /// The text of `report.md`. It shows the figures' SVG files and links to the files of details, all beside
  /// it.
  public func markdown() -> String { MarkdownPage(document()).text() }

  /// All files of the report by name: `report.html`, `report.md`, the drawings and the details.
  public func files() -> [(name: String, data: Data)] {
    let document = document()
    let page = MarkdownPage(document)
    let texts = [("report.html", HTMLPage(document).text()), ("report.md", page.text())]
    let drawings = parts.flatMap { part in
      part.runs.compactMap { part.drawings[$0.name].map { ($0.fileName, $0.data) } }
    }
    return texts.map { ($0.0, Data($0.1.utf8)) } + drawings
      + page.details().map { ($0.name, Data($0.text.utf8)) }
  }

  /// Writes the report's files and `claims.csv`, each completely or not at all. Another report can be
  /// compared with these claims.
  /// - Parameter output: the folder to write to; made if it is missing.
  /// - Returns: the paths of the files, the HTML first.
  /// - Throws: `ResultsError.file`.
  public func write(to output: String) throws(ResultsError) -> [String] {
    try FileSystem.makeFolders(output)
    let files = files() + [("claims.csv", CSV.encode(Schemas.claims(claimRows)))]
    for (name, data) in files { try AtomicFile.write(data, to: FileSystem.join(output, name)) }
    return files.map { FileSystem.join(output, $0.name) }
  }

  private func document() -> Document {
    var document = Document(title: "vpebench: ESP and VPE on one dataplane")
    document.blocks = parts.flatMap(blocks) + introduction()
    document.blocks += [
      .heading(level: 2, text: "Again"),
      .paragraph(
        "All runs, those that differ by their descriptor alone in one command, then the report, from the "
          + "folder of vpebench (`make build` puts the program into `.build/release/`):"),
      .code(commands()),
    ]
    return document
  }

  /// If there are more runs, the page shows tables and reasons of the most important ones only.
  private static let wholeMax = 16

  /// The blocks of one machine. If there are several machines, each heading names its machine.
  private func blocks(_ part: Part) -> [Document.Block] {
    let sections = part.runs.map { run in
      RunSection(
        run: run, drawing: part.drawings[run.name], undrawn: part.undrawn[run.name], suffix: part.suffix,
        isOneOfMany: part.runs.count > Self.wholeMax)
    }
    let all =
      inShort(part) + claimsTable(part) + (part.against?.blocks() ?? [])
      + [
        .heading(level: 2, text: "Figures"),
        .paragraph("Where nothing else is said: \(Figure.interval) \(Figure.bases)"),
      ]
      + sections.flatMap { $0.blocks() } + [.heading(level: 2, text: "Differences explained")]
      + Self.withoutRepetition(sections.flatMap { $0.explanation(paper) })
      + EnvironmentSection(runs: part.runs).blocks(suffix: part.suffix)
    return parts.count > 1 ? all.map { Self.named($0, part.runs[0].machine) } : all
  }

  /// The block with the machine's name in its headings.
  private static func named(_ block: Document.Block, _ machine: String) -> Document.Block {
    switch block {
    case .heading(let level, let text): .heading(level: level, text: "\(text) (\(machine))")
    case .details(let file, let title, let blocks):
      .details(file: file, title: "\(title) (\(machine))", blocks.map { named($0, machine) })
    default: block
    }
  }

  /// The blocks without paragraphs that occur further up.
  private static func withoutRepetition(_ blocks: [Document.Block]) -> [Document.Block] {
    var seen: Set<String> = []
    return blocks.filter { block in
      guard case .paragraph(let text) = block else { return true }
      return text.hasSuffix(":") || seen.insert(text).inserted
    }
  }

  private func inShort(_ part: Part) -> [Document.Block] {
    let short = InShort(claims: part.claims, runs: part.runs)
    let thesis = Thesis(part.runs).map { thesis in
      [
        Document.Block.heading(level: 2, text: "What remains of the thesis"),
        .paragraph(
          "The paper sets VPE beside the pipeline of 2020. Beside ESP as it can be built today, flows dealt "
            + "evenly, peaks over threads:"), .list(thesis.sentences),
      ]
    }
    return [
      .heading(level: 2, text: "In short"),
      .paragraph(
        "What does a packet format cost, and how far does it scale, when one security association must use "
          + "many cores? \(short.found)"), .list(short.sentences),
    ] + (thesis ?? [])
  }

  /// The section that says how to read the report.
  private func introduction() -> [Document.Block] {
    [
      .heading(level: 2, text: "How to read this"),
      .paragraph(
        "Claims are those of Pfeiffer, Rossberg, Girlich, Schaefer: Vector Packet Encapsulation, ARES 2020, "
          + "beside what was measured here. Absolute rates are not judged, since the hardware differs: "
          + "ratios and shapes are. The basis says how a figure came about: measured (every thread had a "
          + "core of its own), capacity (threads shared cores; what the slowest could carry with a core of "
          + "its own) or model (more threads than were run). Written by vpebench \(version)."),
    ]
  }

  private func claimsTable(_ part: Part) -> [Document.Block] {
    let claims = part.claims
    let counts = Verdict.allWords.map { words in "\(claims.count { $0.verdict.words == words }) \(words)" }
    func text(_ text: String) -> Document.GridCell { Document.GridCell(text.isEmpty ? "–" : text) }
    let rows = claims.map { claim in
      let who = claim.source == .objection ? "Against VPE: " : ""
      return [
        text(who + claim.statement), text(claim.experiment), text(claim.paper), text(claim.ours),
        text(claim.direction), text(claim.magnitude.rawValue), text(claim.basis), cell(claim.verdict),
      ]
    }
    let rules = claims.map { "\($0.statement) \($0.rule)" }
    return [
      .heading(level: 2, text: "The paper's claims, and what speaks against VPE"),
      .paragraph("\(claims.count.counted("claim")): \(counts.joined(separator: ", "))."),
      .table(
        header: ["Claim", "Figure", "Paper", "Here", "Direction", "Magnitude", "Basis", "Verdict"],
        cells: rows, isProse: true),
      .paragraph(
        "In brackets: 95 % interval, by a bootstrap over launches; ratios are medians over samples taken "
          + "next to each other. "
          + "Direction: whether ours points the claim's way. Magnitude: where the paper's value lies against "
          + "our interval. Figures of basis capacity or model confirm no claim, and refute one only where "
          + "what cores share could but make it look worse. Verdicts are computed by rules of version "
          + "\(Rules.version); tests are two-sided, at 5 % over an experiment's claims together (Holm)."),
      .details(file: "rules" + part.suffix, title: "The rule of each claim", [.list(rules)]),
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
    let all = parts.flatMap(\.runs).map { RunCommands(run: $0) }
    // A placeholder for the experiment's name; no command contains it.
    let gap = "\u{0}"
    var groups: [(command: String, names: [String])] = []
    for one in all {
      let name = one.run.name
      let command = one.measure.replacing(
        " experiments/\(name).json5", with: " experiments/\(gap).json5", maxReplacements: 1)
      if let index = groups.firstIndex(where: { $0.command == command }) {
        if !groups[index].names.contains(name) { groups[index].names.append(name) }
      } else {
        groups.append((command, [name]))
      }
    }
    let runs = groups.map { group in
      let names = group.names.joined(separator: ",")
      return group.command.replacing(gap, with: group.names.count > 1 ? "{\(names)}" : names)
    }
    return (runs + ["vpebench report \(Self.words(all.map(\.folder)))"]).joined(separator: "\n")
  }

  /// Folders as words for a shell. If the paths differ in one component only, braces list its values.
  private static func words(_ folders: [String]) -> String {
    let parts = folders.map { $0.split(separator: "/", omittingEmptySubsequences: false) }
    func isPlain(_ part: Substring) -> Bool { part.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil }
    guard let first = parts.first, first.count > 2, parts.count > 1,
      parts.allSatisfy({ $0.dropLast(2) == first.dropLast(2) && $0.last == first.last }),
      parts.allSatisfy({ isPlain($0[$0.count - 2]) })
    else { return folders.map(RunCommands.quoted).joined(separator: " ") }
    let names = parts.map { $0[$0.count - 2] }.joined(separator: ",")
    let before = RunCommands.quoted(first.dropLast(2).joined(separator: "/"))
    return "\(before)/{\(names)}/\(RunCommands.quoted(String(first[first.count - 1])))"
  }
}
