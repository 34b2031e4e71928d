import Foundation
import Reports
import TestRuns
import TestSupport
import Testing

/// The repository's statements on its reference run follow from the runs beside it. `PagesTests` checks
/// README and docs/results.md.
@Suite struct ReferenceReportTests {
  /// The text without what differs between readers: the folders of the runs, and the version that reads them.
  private func plain(_ path: String, _ folders: [(folder: String, run: String)]) throws -> String {
    // The last command names all folders at once, with braces if they lie beside each other.
    let text = try String(contentsOfFile: path, encoding: .utf8)
      .replacing(/(?m)^vpebench report .*$/, with: "")
    return folders.reduce(text.replacing(/Written by vpebench [0-9.]+/, with: "")) {
      $0.replacing($1.folder, with: $1.run)
    }
  }

  @Test func theReportIsWhatItsRunsSay() throws {
    let folders = try Reference.runs().map {
      (folder: "results/reference/\($0.name)/latest", run: "results/\($0.name)/\($0.runID)")
    }
    let folder = try TemporaryFolder()
    // Drawings depend on the installed gnuplot.
    let paths = try Reference.report().write(to: folder("report")).filter {
      !$0.hasSuffix(".html") && !$0.hasSuffix(".svg")
    }
    #expect(paths.count > 20)
    for path in paths {
      let name = URL(fileURLWithPath: path).lastPathComponent
      #expect(
        try plain(path, folders) == plain("\(Reference.folder())/report/\(name)", folders),
        "\(name); `make readme` writes it anew")
    }
  }
}
