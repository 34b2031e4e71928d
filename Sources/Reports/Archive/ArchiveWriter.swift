import Basics
import Foundation
import Results

/// Packs runs into an archive. The same program makes the same bytes of the same runs, whenever it packs
/// them.
public struct ArchiveWriter {
  private let runs: [RunReading]
  private let suite: SuiteFolder
  private let version: String
  private let packer: Packer

  /// - Parameters:
  ///   - runs: at least one run; they must suit `Report`.
  ///   - suite: the folder with licence, citation and scripts.
  ///   - version: version of the vpebench that packs.
  ///   - packer: the commit and the gnuplot version of this program.
  ///   - allowsDirty: whether to pack although a run or this program was built from source that is not a
  ///     commit of main.
  /// - Throws: `ResultsError.archive` if a run or this program was not built from a commit of main.
  public init(
    _ runs: [RunReading], suite: SuiteFolder, version: String, packer: Packer, allowsDirty: Bool = false
  ) throws(ResultsError) {
    (self.runs, self.suite, self.version, self.packer) = (runs, suite, version, packer)
    if allowsDirty { return }
    for run in runs {
      if let problem = packer.problem(of: run) { throw .archive(path: run.path, problem: problem) }
    }
    if let problem = packer.problem { throw .archive(path: suite.path, problem: problem) }
  }

  /// Writes the archive:
  ///  1. Copy the runs, the licence and the citation to a temporary folder.
  ///  2. Write the report from the copied runs.
  ///  3. Write the table of claims.
  ///  4. Hash and describe every file.
  ///  5. Pack the folder with sorted names, one time stamp and no user names, so that the bytes are
  ///     reproducible.
  /// - Returns: the archive file's SHA-256.
  /// - Throws: `ResultsError`.
  public func write(to path: String) throws(ResultsError) -> String {
    let folder = try FileSystem.makeTemporaryFolder(for: "archive")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let base = FileSystem.join(folder, Archive.root)
    var names: [String] = []
    for run in runs { names.append(try copy(run, to: base)) }
    for name in ["LICENSE", "CITATION.cff"] {
      try put(try FileSystem.read(FileSystem.join(suite.path, name)), name, in: base)
    }
    var packed: [RunReading] = []
    for name in names { packed.append(try RunReading(path: FileSystem.join(base, name))) }
    let report = try Report(packed, suite: suite, version: version)
    for (name, data) in report.files() { try put(data, "report/\(name)", in: base) }
    let claims = Schemas.claims(report.claimRows)
    try put(CSV.encode(claims), "claims.csv", in: base)
    try put(Data(readMe.utf8), "README.md", in: base)
    let described = try Archive.explaining(of: path) { () throws(ArchiveProblem) in
      try package(base, names, claims)
    }
    try put(described.encode(), "datapackage.json", in: base)
    let data = try Archive.explaining(of: path) { () throws(ArchiveProblem) in try pack(folder) }
    try AtomicFile.write(data, to: path)
    let file = URL(fileURLWithPath: path)
    let name = file.lastPathComponent
    return try Archive.explaining(of: path) { () throws(ArchiveProblem) in
      try Tool.hashes([name], in: file.deletingLastPathComponent().path)[name] ?? ""
    }
  }

  /// The archive's date: the time at which the last run started.
  private var created: String {
    runs.compactMap { $0.environment?.timeUtc }.max() ?? "1970-01-01T00:00:00Z"
  }

  private func copy(_ run: RunReading, to base: String) throws(ResultsError) -> String {
    let name = "results/\(run.name)/\(run.runID)"
    if FileSystem.isFolder(FileSystem.join(base, name)) {
      throw .run(path: run.path, problem: .repeatedExperiment(run.name, other: name))
    }
    let directory = RunDirectory(existing: run.path)
    for file in RunDirectory.File.allCases
    where FileManager.default.fileExists(atPath: directory.path(of: file)) {
      try put(try FileSystem.read(directory.path(of: file)), "\(name)/\(file.rawValue)", in: base)
    }
    return name
  }

  private func put(_ data: Data, _ name: String, in base: String) throws(ResultsError) {
    let url = URL(fileURLWithPath: FileSystem.join(base, name))
    try FileSystem.makeFolders(url.deletingLastPathComponent().path)
    do { try data.write(to: url) } catch { throw .file(.write, path: url.path, code: EIO) }
  }

  private func pack(_ folder: String) throws(ArchiveProblem) -> Data {
    try Tool.run(
      [
        "tar", "--create", "--directory", folder, "--use-compress-program", "gzip -n -9",
        "--format=ustar", "--sort=name", "--mtime=\(created)", "--owner=0", "--group=0", "--numeric-owner",
        "--mode=u=rwX,go=rX",
        Archive.root,
      ])
  }

  // MARK: What it is

  private func package(
    _ base: String, _ names: [String], _ claims: Table
  ) throws(ArchiveProblem) -> DataPackage {
    let citation = try Citation(
      String(
        decoding: (try? FileSystem.read(FileSystem.join(base, "CITATION.cff"))) ?? Data(), as: UTF8.self))
    let files = Archive.files(below: base)
    let hashes = try Tool.hashes(files, in: base)
    var known: [String: DataPackage.Resource] = ["claims.csv": DataPackage.Resource(table: claims)]
    for (run, name) in zip(runs, names) {
      guard let data = try? FileSystem.read(FileSystem.join(base, "\(name)/datapackage.json")),
        let own = DataPackage(json: data)
      else { continue }
      let title = "\(run.name)-\(run.runID)"
      for resource in own.resources {
        known["\(name)/\(resource.path)"] = resource.moved(to: name, as: title)
      }
    }
    let resources = files.map { file in
      var resource = known[file] ?? DataPackage.Resource(file: file)
      resource.path = file
      resource.hash = hashes[file].map { "sha256:\($0)" }
      return resource
    }
    return DataPackage(
      name: "vpebench-results", title: "What packets cost in ESP and VPE: runs of vpebench and their report",
      resources: resources, version: version, created: created, license: citation.license,
      authors: citation.authors, runs: names,
      packer: DataPackage.Packer(
        commit: packer.commit, gitDirty: packer.isDirty, gnuplot: packer.gnuplot),
      uncommitted: zip(runs, names).filter { packer.problem(of: $0.0) != nil }.map(\.1))
  }

  private var readMe: String {
    let commits = runs.map { $0.environment?.software.gitCommit ?? "unknown" }.distinct()
    return """
      # Runs of vpebench \(version), and their report

      `report/report.html` tells what was found, `claims.csv` each claim with its figure, the command that
      makes it, its value and the interval that a repetition on the same machine should meet. `results/`
      holds the runs: samples, tables, journals, environment and descriptor; `datapackage.json` says what
      each column means, and the SHA-256 of every file.

      The report was written by the vpebench of \(packer.words). It again, byte for byte, with the same two
      and neither DPDK nor a crypto library:

      ```sh
      make report-from ARCHIVE=FILE
      ```

      Each run anew, on any machine: the column `command` of `claims.csv`. The runs here were measured by the
      vpebench of commit \(commits.joined(separator: ", ")).

      """
  }
}
