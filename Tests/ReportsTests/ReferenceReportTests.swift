import Foundation
import Reports
import TestRuns
import TestSupport
import Testing

/// What the repository says of its reference run: report, README and docs follow from the runs beside them.
@Suite struct ReferenceReportTests {
  private static let remedy = "`make readme` writes it anew"

  /// Without what differs from one reader to the next: where the runs lie, and which version reads them.
  private func plain(_ path: String) throws -> String {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try Reference.runs().reduce(text.replacing(/Written by vpebench [0-9.]+/, with: "")) { text, run in
      text.replacing("results/reference/\(run.name)/latest", with: "results/\(run.name)/\(run.runID)")
    }
  }

  @Test func theReportIsWhatItsRunsSay() throws {
    let folder = try TemporaryFolder()
    // Drawings are as the gnuplot at hand makes them.
    let paths = try Reference.report().write(to: folder("report")).filter {
      !$0.hasSuffix(".html") && !$0.hasSuffix(".svg")
    }
    #expect(paths.count > 20)
    for path in paths {
      let name = URL(fileURLWithPath: path).lastPathComponent
      #expect(
        try plain(path) == plain("\(Reference.folder())/report/\(name)"), "\(name); \(Self.remedy)")
    }
  }

  @Test func readmeAndResultsQuoteTheReport() throws {
    let root = try Reference.folder() + "/../.."
    let folder = try TemporaryFolder()
    for page in ["README.md", "docs/results.md"] {
      let copy = folder("page.md")
      let text = try String(contentsOfFile: "\(root)/\(page)", encoding: .utf8)
      try Data(text.utf8).write(to: URL(fileURLWithPath: copy))
      let update = try Process.run(
        URL(fileURLWithPath: "/usr/bin/env"),
        arguments: ["bash", "\(root)/tools/update-readme", Reference.folder() + "/report/report.md", copy])
      update.waitUntilExit()
      #expect(update.terminationStatus == 0)
      #expect(try String(contentsOfFile: copy, encoding: .utf8) == text, "\(page); \(Self.remedy)")
    }
  }
}
