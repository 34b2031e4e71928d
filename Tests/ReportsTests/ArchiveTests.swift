import Foundation
import Reports
import Results
import TestRuns
import TestSupport
import Testing

@Suite struct ArchiveTests {
  private let folder: TemporaryFolder

  /// A folder without git.
  private let packer: Packer

  init() throws {
    folder = try TemporaryFolder()
    packer = Packer(folder: folder.path)
  }

  /// Two runs on disk, built from a commit or not.
  private func runs(isDirty: Bool = false) throws -> [RunReading] {
    try [PlotTests.run(.five), PlotTests.run(.seven)].map { made in
      var made = made
      made.environment.software.gitDirty = isDirty
      let run = try made.write(to: folder("results-\(isDirty)"))
      try run.write(Data("{}\n".utf8), to: .journal)
      return try RunReading(path: run.path)
    }
  }

  private func pack(
    _ runs: [RunReading], _ name: String = "a.tar.gz", by other: Packer? = nil, allowsDirty: Bool = false
  ) throws -> String {
    let path = folder(name)
    _ = try ArchiveWriter(
      runs, suite: try suiteFolder(), version: "1.2.3", packer: other ?? packer, allowsDirty: allowsDirty
    ).write(to: path)
    return path
  }

  /// Unpacks an archive, changes it and packs it again.
  private func changed(_ path: String, _ change: (String) throws -> Void) throws -> String {
    let directory = folder("changed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try tar(["--extract", "--gzip", "--file", path], in: directory)
    try change(directory + "/vpebench-archive")
    try tar(
      ["--create", "--sparse", "--gzip", "--file", directory + "/b.tar.gz", "vpebench-archive"], in: directory
    )
    return directory + "/b.tar.gz"
  }

  private func tar(_ words: [String], in folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar"] + words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// A work tree with a commit on main, from which the runs were built, and a commit on a branch.
  private struct Tree {
    let path: String
    let main: String

    init(_ path: String) throws {
      self.path = path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      _ = try Self.git(["init", "--quiet", "--initial-branch=main"], path)
      try "a".write(toFile: path + "/a.txt", atomically: false, encoding: .utf8)
      _ = try Self.git(["add", "a.txt"], path)
      _ = try Self.git(["commit", "--quiet", "--message=a"], path)
      main = try Self.git(["rev-parse", "HEAD"], path)
    }

    func git(_ words: [String]) throws -> String { try Self.git(words, path) }

    private static func git(_ words: [String], _ path: String) throws -> String {
      let (process, output) = (Process(), Pipe())
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"] + words
      process.currentDirectoryURL = URL(fileURLWithPath: path)
      process.standardOutput = output
      try process.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "git \(words)")
      return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// The archive names the packing program. It must be built from a clean commit of main, as the runs must.
  @Test func onlyMainPacksAndIsPacked() throws {
    let tree = try Tree(folder("tree"))
    func said(_ commit: String, allowsDirty: Bool = false) throws -> String {
      var made = PlotTests.run(.five)
      made.environment.software.gitCommit = commit
      let run = try RunReading(path: made.write(to: folder("r-\(UUID().uuidString)")).path)
      return sentence {
        try pack([run], "m.tar.gz", by: Packer(folder: tree.path), allowsDirty: allowsDirty)
      }
    }
    #expect(try said(tree.main) == "")
    let directory = try unpacked(folder("m.tar.gz"))
    let package = try text(of: directory + "/datapackage.json")
    #expect(package.contains("\"commit\" : \"\(tree.main)\"") && package.contains("\"gnuplot\" : \"gnuplot "))
    let readMe = try text(of: directory + "/README.md")
    #expect(readMe.contains("written by the vpebench of commit \(tree.main) and gnuplot "))
    let other = try Archive(path: folder("m.tar.gz")).rebuild(
      to: folder("x"), suite: try suiteFolder(), version: "9")
    #expect(other.difference?.contains("rebuild with what packed it: commit \(tree.main), gnuplot ") == true)

    // A run of a commit that is not in main.
    #expect(try said("0123456789abcdef").contains("this run is of commit 0123456789ab, which is not on main"))
    // A packing program with changes. Results of its own do not count as changes.
    try FileManager.default.createDirectory(atPath: tree.path + "/results", withIntermediateDirectories: true)
    try "b".write(toFile: tree.path + "/results/b.txt", atomically: false, encoding: .utf8)
    #expect(try said(tree.main) == "")
    try "b".write(toFile: tree.path + "/b.txt", atomically: false, encoding: .utf8)
    #expect(try said(tree.main).contains("differs from commit \(tree.main.prefix(12)), so nobody else can"))
    #expect(try said(tree.main, allowsDirty: true) == "")
    #expect(
      try text(of: try unpacked(folder("m.tar.gz")) + "/datapackage.json").contains("\"gitDirty\" : true"))
    // A packing program of a branch.
    _ = try tree.git(["checkout", "--quiet", "-b", "other"])
    _ = try tree.git(["add", "b.txt"])
    _ = try tree.git(["commit", "--quiet", "--message=b"])
    #expect(try said(tree.main).contains("the program that packs is of commit"))
    #expect(try said(tree.git(["rev-parse", "HEAD"])).contains("this run is of commit"))
    // Once merged, the commit belongs to main.
    _ = try tree.git(["checkout", "--quiet", "main"])
    _ = try tree.git(["merge", "--quiet", "other"])
    #expect(try said(tree.main) == "")
  }

  /// Without git nobody can tell, and the archive says so.
  @Test func withoutGitTheArchiveSaysSo() throws {
    #expect(packer.commit == nil && packer.isDirty == nil)
    let readMe = try text(of: try unpacked(try pack(try runs())) + "/README.md")
    #expect(readMe.contains("a commit that nobody knows, for there was no git, and gnuplot "))
    #expect(readMe.contains("measured by the\nvpebench of commit 0123456789abcdef."))
  }

  @Test func theReportIsRebuiltByteForByte() throws {
    let archive = try Archive(path: try pack(try runs()))
    #expect(archive.runs.map(\.name) == ["figure-5", "figure-7"] && archive.version == "1.2.3")
    let suite = try suiteFolder()
    let (_, paths, difference) = try archive.rebuild(to: folder("again"), suite: suite, version: "1.2.3")
    #expect(difference == nil)
    // The report in the archive has the same claims file.
    #expect(paths.count == archive.report.count + 1 && paths.count > 5)
    for path in paths where !path.hasSuffix("/claims.csv") {
      let name = URL(fileURLWithPath: path).lastPathComponent
      #expect(FileManager.default.contents(atPath: path) == archive.report[name], "\(name)")
    }
    // The message about another program's report names that program.
    let other = try archive.rebuild(to: folder("other"), suite: suite, version: "1.2.4")
    #expect(other.difference?.hasPrefix("2 files of the report (report.html, report.md) differ") == true)
  }

  @Test func theSameRunsMakeTheSameBytes() throws {
    let runs = try runs()
    let data = try [pack(runs, "a.tar.gz"), pack(runs, "b.tar.gz")].map {
      try Data(contentsOf: URL(fileURLWithPath: $0))
    }
    #expect(data[0] == data[1])
  }

  @Test func whatWasChangedIsTold() throws {
    let path = try pack(try runs())
    func said(_ change: (String) throws -> Void) throws -> String {
      let other = try changed(path, change)
      return sentence { try Archive(path: other) }
    }
    let samples = try #require(try Archive(path: path).runs.first).runID
    let file = "results/figure-5/\(samples)/samples.csv"
    let altered = try said { base in
      let text = try String(contentsOfFile: "\(base)/\(file)", encoding: .utf8)
      try text.replacing("10.", with: "11.", maxReplacements: 1)
        .write(toFile: "\(base)/\(file)", atomically: false, encoding: .utf8)
    }
    #expect(altered.contains(": \(file) in it was changed after it was packed: its SHA-256 is "))
    #expect(
      try said { try FileManager.default.removeItem(atPath: "\($0)/claims.csv") }.contains(
        "claims.csv, which"))
    #expect(
      try said { try "x".write(toFile: "\($0)/x.txt", atomically: false, encoding: .utf8) }
        .contains("x.txt in it is not listed"))
    let foreign = folder("foreign.tar.gz")
    try Data("no archive".utf8).write(to: URL(fileURLWithPath: foreign))
    #expect(sentence { try Archive(path: foreign) }.contains("this is no archive of vpebench"))
  }

  /// No entry of an archive leads outside the archive, blocks the reader, or is larger than allowed. A faulty
  /// run is named by its path in the archive.
  @Test func whatLeadsOutOfAnArchiveIsRefused() throws {
    let path = try pack(try runs())
    let run = "results/figure-5/\(try #require(try Archive(path: path).runs.first).runID)"
    func said(_ change: (String) throws -> Void) throws -> String {
      let other = try changed(path, change)
      return sentence { try Archive(path: other) }.replacing(other, with: "A")
    }
    let files = FileManager.default
    let outside = folder("outside")
    for target in ["/etc/hostname", "/etc"] {
      #expect(
        try said { try files.createSymbolicLink(atPath: "\($0)/x", withDestinationPath: target) }
          == "A: x in it is a link or a device, which vpebench does not pack; fetch the archive from who "
          + "made it")
    }
    #expect(try said { mkfifo("\($0)/x", 0o600) }.contains("x in it is a link or a device"))
    // A run outside the archive, named by a link and by a path.
    let linked = try said { base in
      try files.moveItem(atPath: "\(base)/\(run)", toPath: outside)
      try files.createSymbolicLink(atPath: "\(base)/\(run)", withDestinationPath: outside)
    }
    #expect(linked.contains("\(run) in it is a link"))
    func describing(_ old: String, _ new: String) throws -> String {
      try said { base in
        let text = try String(contentsOfFile: base + "/datapackage.json", encoding: .utf8)
        #expect(text.contains(old))
        try text.replacing(old, with: new).write(
          toFile: base + "/datapackage.json", atomically: false, encoding: .utf8)
      }
    }
    let listed = "\"runs\" : [\n    \"\(run)\""
    for other in ["../../../../../../..\(outside)", "results", "\(run)/../../x"] {
      #expect(
        try describing(listed, "\"runs\" : [\n    \"\(other)\"")
          == "A: datapackage.json lists the run \(other), which is not among the files; fetch the archive "
          + "again")
    }
    let huge = try said { truncate("\($0)/claims.csv", 1 << 30 + 1) }
    #expect(huge.contains("claims.csv in it has 1073741825 bytes, more than any file of a run"), "\(huge)")
    let bad = try said { base in
      let path = "\(base)/\(run)/samples.csv"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let other = text.replacing(",true", with: ",perhaps", maxReplacements: 1)
      try other.write(toFile: path, atomically: false, encoding: .utf8)
      // With a new hash of the changed file, as a forger would make it.
      let script = """
        import hashlib, json, sys
        base, name = sys.argv[1:]
        package = json.load(open(base + "/datapackage.json"))
        for resource in package["resources"]:
            if resource["path"] == name:
                data = open(base + "/" + name, "rb").read()
                resource["hash"] = "sha256:" + hashlib.sha256(data).hexdigest()
        json.dump(package, open(base + "/datapackage.json", "w"))
        """
      let ending = try runProgram("/usr/bin/python3", ["-c", script, base, "\(run)/samples.csv"])
      try #require(ending.status == 0, "\(ending.errors)")
    }
    let start = "A: a run in it cannot be read: \(run)/samples.csv, line 2: \"perhaps\""
    #expect(bad.hasPrefix(start), "\(bad)")
    #expect(try files.contentsOfDirectory(atPath: outside).contains("samples.csv"), "left alone")
  }

  /// Members with paths outside the folder are not written.
  @Test func namesThatLeaveTheFolderWriteNothing() throws {
    let directory = folder("names")
    try FileManager.default.createDirectory(atPath: directory + "/a/b", withIntermediateDirectories: true)
    try "x".write(toFile: directory + "/evil", atomically: false, encoding: .utf8)
    let names = ["../../evil", directory + "/evil"]
    try tar(["--create", "--gzip", "--absolute-names", "--file", "t.tgz"] + names, in: directory + "/a/b")
    try FileManager.default.removeItem(atPath: directory + "/evil")
    #expect(sentence { try Archive(path: directory + "/a/b/t.tgz") }.contains("no archive of vpebench"))
    #expect(!FileManager.default.fileExists(atPath: directory + "/evil"))
  }

  @Test func whatNoCommitHoldsIsRefused() throws {
    let dirty = try runs(isDirty: true)
    let said = sentence { try pack(dirty) }
    #expect(
      said.contains("was built from source that differs from commit 0123456789ab")
        && said.contains("--allow-dirty"))
    #expect(!FileManager.default.fileExists(atPath: folder("a.tar.gz")))
    let directory = try unpacked(try pack(dirty, allowsDirty: true))
    #expect(try text(of: directory + "/datapackage.json").contains("\"uncommitted\" : ["))
    let unknown = RunReading(name: "figure-5", samples: dirty[0].samples)
    #expect(sentence { try pack([unknown]) }.contains("any commit"))
  }

  private func unpacked(_ path: String) throws -> String {
    let directory = folder("unpacked-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try tar(["--extract", "--gzip", "--file", path], in: directory)
    return directory + "/vpebench-archive"
  }

  @Test func frictionlessAcceptsTheArchive() throws {
    let base = try unpacked(try pack(try runs()))
    let (status, output) = try Oracle.frictionless(validate: base + "/datapackage.json")
    #expect(status == 0, "\(output)")
    let package = try text(of: base + "/datapackage.json")
    for word in [
      "\"title\" : \"The vpebench authors\"", "\"name\" : \"BSD-3-Clause\"", "\"path\" : \"LICENSE\"",
      "\"created\" : \"2026-11-20T13:18:24Z\"", "\"primaryKey\"", "\"foreignKeys\"",
    ] { #expect(package.contains(word), "\(word)") }
    // The archive has a file of every kind, journals included.
    for name in ["claims.csv", "README.md", "LICENSE", "CITATION.cff", "report/report.md"] {
      #expect(package.contains("\"path\" : \"\(name)\""), "\(name)")
    }
    #expect(package.contains("/journal.jsonl\""))

    // Both checks can fail.
    let run = try #require(
      FileManager.default.contentsOfDirectory(atPath: base + "/results/figure-5").first)
    let samples = "\(base)/results/figure-5/\(run)/samples.csv"
    let lines = try text(of: samples).split(separator: "\n")
    try (lines + [lines[1]]).map { $0 + "\n" }.joined()
      .write(toFile: samples, atomically: false, encoding: .utf8)
    let (failed, complaint) = try Oracle.frictionless(validate: base + "/datapackage.json")
    #expect(failed == 1 && complaint.contains("primary-key") && complaint.contains("hash-count"))
  }

  /// The tolerance for a repetition is wider than the figure's interval, because both runs have an error.
  @Test func theToleranceIsThatOfARepetition() throws {
    let made = MadeRun(
      records: throughputs("esp-single", [1, 1, 1]) + throughputs("vpe", [1.1, 1.3, 1.15]))
    let run = try made.write(to: folder("spread"))
    try run.write(Data("{}\n".utf8), to: .journal)
    let reading = try RunReading(path: run.path)
    let base = try unpacked(try pack([reading]))
    let (header, rows) = try CSV.parse(
      Data(contentsOf: URL(fileURLWithPath: base + "/claims.csv")), source: "")
    let table = rows.map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    let claim = try #require(table.first { $0["claim"] == "5-vpe-esp-single-64" })
    let claims = try Claims.judge([reading], suite: suiteFolder())
    let own = try #require(claims.first { $0.id == "5-vpe-esp-single-64" }?.estimate)
    let expected = try #require(own.prediction)
    for (column, value) in [("value", own.value), ("tolerance_low", expected.low)] {
      #expect(try abs(#require(claim[column].flatMap { Double($0) }) / value - 1) < 1e-4, "\(column)")
    }
    #expect(try expected.low < #require(own.low) && expected.high > #require(own.high))
  }

  @Test func claimsHaveFigureCommandAndValue() throws {
    let base = try unpacked(try pack(try runs()))
    let (header, rows) = try CSV.parse(
      Data(contentsOf: URL(fileURLWithPath: base + "/claims.csv")), source: "")
    let table = rows.map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    let claim = try #require(table.first { $0["claim"] == "5-vpe-esp-single-64" })
    #expect(claim["drawing"] == "figure-5.svg" && claim["run"]?.hasPrefix("results/figure-5/") == true)
    #expect(claim["command"] == "vpebench run experiments/figure-5.json5" && claim["basis"] == "capacity")
    let without = try #require(table.first { $0["claim"] == "6-peaks" })
    #expect(
      without["command"] == "vpebench run experiments/figure-6.json5" && without["verdict"] == "not run")
  }
}
