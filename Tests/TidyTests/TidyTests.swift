import Foundation
import Testing

/// The repository against the rules of this folder; a failure lists every offender.
@Suite struct TidyTests {
  private static let sourceLinesMax = 400
  private static let testLinesMax = 500
  private static let bodyLinesMax = 70
  private static let columnsMax = 110

  @Test func theWalkFindsTheRepository() {
    let paths = Repository.files.map(\.path)
    #expect(paths.contains("Package.swift"))
    #expect(paths.contains("Tests/TidyTests/TidyTests.swift"))
    #expect(!paths.contains { $0.hasPrefix(".build/") || $0.hasPrefix(".git/") })
  }

  @Test func filesAreShort() {
    expectNone(
      Repository.swiftFiles.compactMap { file in
        let limit = file.path.hasPrefix("Tests/") ? Self.testLinesMax : Self.sourceLinesMax
        // The newline at the end opens no further line.
        let count = file.lines.count - 1
        return count > limit ? "\(file.path): \(count) lines, at most \(limit)" : nil
      })
  }

  @Test func functionsAreShort() {
    expectNone(offenders(in: Repository.swiftFiles) { CodeRules.longBodies($0, limit: Self.bodyLinesMax) })
  }

  @Test func linesAreShort() {
    // Data and prose have lines of their own making.
    let suffixes = [".swift", ".c", ".h", ".modulemap", ".json5", ".gp", ".gnuplot", ".py", ".sh"]
    let files = Repository.files.filter { file in
      !file.path.hasPrefix("results/") && suffixes.contains { file.path.hasSuffix($0) }
        || file.path.hasPrefix("tools/") || ["Makefile", ".ci/run"].contains(file.path)
    }
    expectNone(offenders(in: files) { TextRules.longLines($0, limit: Self.columnsMax) })
  }

  @Test func swiftHasNoStrayBlanks() {
    expectNone(offenders(in: Repository.swiftFiles, TextRules.strayBlanks))
  }

  @Test func onlyTheCommandLinePrints() {
    let files = Repository.swiftFiles.filter {
      $0.path.hasPrefix("Sources/") && !$0.path.hasPrefix("Sources/vpebench")
    }
    expectNone(offenders(in: files, CodeRules.prints))
  }

  @Test func publicDeclarationsAreDocumented() {
    let files = Repository.swiftFiles.filter { $0.path.hasPrefix("Sources/") }
    let named = files.reduce(into: Set(["description"])) { $0.formUnion(CodeRules.requirements($1.text)) }
    expectNone(offenders(in: files) { CodeRules.undocumented($0, named: named) })
    expectNone(offenders(in: files, CodeRules.emptyComments))
  }

  @Test func roomsImportWhatTheManifestSays() throws {
    let manifest = try #require(Repository.files.first { $0.path == "Package.swift" })
    let rules = RoomRules(manifest: manifest.text)
    let files = Repository.swiftFiles.filter { $0.path.hasPrefix("Sources/") }
    let rooms = Dictionary(grouping: files, by: target)
    expectNone(rooms.keys.filter { !rules.names.contains($0) }.map { "\($0) is no target" })
    expectNone(
      files.flatMap { file in
        rules.forbidden(in: file.text, target: target(file)).map { "\(file.path) imports \($0)" }
      })
    expectNone(
      rooms.flatMap { room, files in
        rules.unused(by: room, files.map(\.text)).map { "\(room) does not import \($0)" }
      })
    expectNone(rules.shared.map { "\($0) has more than one owner" })
  }

  @Test func noFileNamesAMachinesFolders() {
    expectNone(offenders(in: Repository.files, TextRules.machinePaths))
  }

  @Test func linksOfThePagesResolve() {
    let pages = Repository.files.filter { $0.path.hasSuffix(".md") }
    #expect(pages.contains { $0.path == "README.md" }, "there is no README.md")
    expectNone(
      pages.flatMap { page in
        let folder = (page.path as NSString).deletingLastPathComponent
        return TextRules.links(page.text).filter { link in
          !Repository.exists(link.hasPrefix("/") ? link : "\(folder)/\(link)")
        }.map { "\(page.path): \($0)" }
      })
  }

  @Test func pagesNameEveryExperiment() {
    let pages = Repository.files.filter {
      $0.path == "README.md" || ($0.path.hasPrefix("docs/") && $0.path.hasSuffix(".md"))
    }
    let experiments = Repository.files.map(\.path).filter {
      $0.wholeMatch(of: /experiments\/[^\/]+\.json5/) != nil
    }
    #expect(!experiments.isEmpty)
    expectNone(
      experiments.filter { path in
        let name = (path as NSString).lastPathComponent
        return !pages.contains { $0.text.contains(name) }
      })
  }

  /// What differs between the two files is what differs between the formats.
  @Test func theFormatsReadStepForStep() throws {
    let files = try ["ESP", "VPE"].map { name in
      try #require(Repository.files.first { $0.path == "Sources/Tunnel/\(name).swift" }).lines
    }
    #expect(files[0].difference(from: files[1]).count <= 150)
  }

  /// The mutants change text by text: what is rewritten must be found again.
  @Test func mutantsBreakWhatIsThere() throws {
    let listed = try run("tools/mutants", ["--list"])
    #expect(listed.status == 0 && listed.output.contains("Tunnel/ReplayWindow.swift"), "\(listed.output)")
  }

  @Test func swiftFormatIsContent() throws {
    let clean = try lint(["Package.swift", "Sources", "Tests"])
    #expect(clean.status == 0, "\(clean.output)")
  }

  @Test func swiftFormatCanFail() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).swift")
    try Data("let  a = 1;\n".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try lint([file.path]).status != 0)
  }

  /// The target in whose folder a file lies, e.g. `Wire`.
  private func target(_ file: SourceFile) -> String {
    let parts = file.path.split(separator: "/")
    return parts.count > 2 ? String(parts[1]) : ""
  }

  private func offenders(in files: [SourceFile], _ rule: (String) -> [String]) -> [String] {
    files.flatMap { file in rule(file.text).map { "\(file.path):\($0)" } }
  }

  private func expectNone(_ offenders: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    let isTidy = offenders.isEmpty
    #expect(isTidy, "\n\(offenders.joined(separator: "\n"))", sourceLocation: sourceLocation)
  }

  /// Runs `swift format lint --strict` at the root, with the committed configuration.
  private func lint(_ paths: [String]) throws -> (status: Int32, output: String) {
    // The script of the Makefile finds swift where PATH does not.
    try run(
      "tools/swift",
      ["format", "lint", "--strict", "--recursive", "--parallel", "--configuration", ".swift-format"] + paths)
  }

  private func run(_ tool: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    let output = Pipe()
    process.executableURL = Repository.root.appendingPathComponent(tool)
    process.currentDirectoryURL = Repository.root
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
