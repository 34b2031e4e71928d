import Foundation
import Testing

extension CommandTests.FigureFiveTests {
  @Test func itsFigureIsDrawnFromItsTablesAlone() async throws {
    let scratch = try Scratch()
    let copy = scratch.path("copy/figure-5/run")
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    for file in try FileManager.default.contentsOfDirectory(atPath: run.folder.path)
    where file.hasSuffix(".csv") || file == "datapackage.json" {
      try FileManager.default.copyItem(atPath: "\(run.folder.path)/\(file)", toPath: "\(copy)/\(file)")
    }
    for folder in [run.folder.path, copy] {
      let ending = try await Vpebench.run(["plot", folder, "--output", scratch.path("of-\(folder == copy)")])
      #expect(ending.status == 0, "\(ending.errors)")
    }
    let drawn = try ["of-false", "of-true"].map {
      try String(contentsOfFile: scratch.path("\($0)/figure-5.svg"), encoding: .utf8)
    }
    #expect(drawn[0] == drawn[1])
    #expect(drawn[0].contains("<svg") && drawn[0].contains("Gbit/s"))
  }

  /// If whole columns, with their headings, are reordered, the table is the same.
  @Test func theOrderOfColumnsDoesNotMatter() async throws {
    let scratch = try Scratch()
    let copy = scratch.path("figure-5/run")
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    let header = try run.folder.header("samples.csv")
    let rows = try run.folder.rows("samples.csv").map { row in
      header.map { "\"\((row[$0] ?? "").replacing("\"", with: "\"\""))\"" }
    }
    let reordered = ([header] + rows).map { $0.reversed().joined(separator: ",") + "\n" }.joined()
    try reordered.write(toFile: "\(copy)/samples.csv", atomically: false, encoding: .utf8)
    for folder in [run.folder.path, copy] {
      let ending = try await Vpebench.run(["plot", folder, "--output", scratch.path("of-\(folder == copy)")])
      #expect(ending.status == 0, "\(ending.errors)")
    }
    #expect(
      FileManager.default.contentsEqual(
        atPath: scratch.path("of-true/figure-5.svg"), andPath: scratch.path("of-false/figure-5.svg")))
  }

  @Test func itsReportOpensInABrowser() async throws {
    let scratch = try Scratch()
    let ending = try await Vpebench.run(["report", run.folder.path, "--output", scratch.path])
    #expect(ending.status == 0, "\(ending.errors)")
    let page = try String(contentsOfFile: scratch.path("report.html"), encoding: .utf8)
    #expect(page.contains("<svg") && page.contains("not run"))
    #expect(FileManager.default.fileExists(atPath: scratch.path("report.md")))
    let verdict = try await Program.run([
      try Oracles.python, "Tests/oracles/report_browser.py", scratch.path("report.html"),
    ])
    #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
  }

  @Test func aRunComparesWithItselfAsEqual() async throws {
    let ending = try await Vpebench.run(["compare", run.folder.path, run.folder.path])
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains("vpe-aes128gcm-64B-2t-0h") && ending.output.contains("1.000"))
  }

  @Test func tablesThatAreBrokenAreRefusedInOneSentence() async throws {
    let whole = try run.folder.text("samples.csv")
    let broken = [
      ("empty", ""), ("foreign", "a,b\n1,2\n"), ("cut", "case,system,aead\nvpe"),
      ("truncated", String(whole.prefix(whole.count / 2))),
      ("moved", whole.replacing("basis,window_seconds", with: "window_seconds,basis")),
    ]
    for (what, text) in broken {
      let scratch = try Scratch()
      let folder = scratch.path("figure-5/\(what)")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(run.folder.path)/datapackage.json", toPath: "\(folder)/datapackage.json")
      try text.write(toFile: folder + "/samples.csv", atomically: false, encoding: .utf8)
      for command in ["plot", "report"] {
        let ending = try await Vpebench.run([command, folder, "--output", scratch.path("out")])
        #expect(ending.status == 1, "\(what): \(ending.output)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("out")), "\(what): something is drawn")
        #expect(ending.errorLines.count == 1 && ending.errors.contains("samples.csv"), "\(ending.errors)")
      }
    }
  }
}
