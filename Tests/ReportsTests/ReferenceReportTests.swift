import Foundation
import Reports
import TestRuns
import TestSupport
import Testing

/// What the repository says of its reference run follows from the runs beside it (README and docs/results.md:
/// `PagesTests`).
@Suite struct ReferenceReportTests {
  /// Without what differs from one reader to the next: where the runs lie, and which version reads them.
  private func plain(_ path: String, _ places: [(folder: String, run: String)]) throws -> String {
    // The last command names all folders at once, and in braces where they lie beside each other.
    let text = try String(contentsOfFile: path, encoding: .utf8)
      .replacing(/(?m)^vpebench report .*$/, with: "")
    return places.reduce(text.replacing(/Written by vpebench [0-9.]+/, with: "")) {
      $0.replacing($1.folder, with: $1.run)
    }
  }

  @Test func theReportIsWhatItsRunsSay() throws {
    let places = try Reference.runs().map {
      (folder: "results/reference/\($0.name)/latest", run: "results/\($0.name)/\($0.runID)")
    }
    let folder = try TemporaryFolder()
    // Drawings are as the gnuplot at hand makes them.
    let paths = try Reference.report().write(to: folder("report")).filter {
      !$0.hasSuffix(".html") && !$0.hasSuffix(".svg")
    }
    #expect(paths.count > 20)
    for path in paths {
      let name = URL(fileURLWithPath: path).lastPathComponent
      #expect(
        try plain(path, places) == plain("\(Reference.folder())/report/\(name)", places),
        "\(name); `make readme` writes it anew")
    }
  }
}
