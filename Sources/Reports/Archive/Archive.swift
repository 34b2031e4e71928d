import Basics
import Foundation
import Results

/// A results archive: one file that holds runs (with their samples, journals and environments), their report,
/// and a table of claims (figure, command, value and tolerance of each). `datapackage.json` in it describes
/// every file and states its hash.
public struct Archive: Sendable {
  /// The runs, in the order of the report.
  public let runs: [RunReading]
  /// The packed report's files, by name.
  public let report: [String: Data]
  /// Version of the vpebench that packed the archive; the same version is needed to rebuild the same bytes.
  public let version: String
  /// The commit and the gnuplot version that packed the archive.
  private let packer: DataPackage.Packer?

  /// The only folder at the top level of an archive.
  static let root = "vpebench-archive"

  /// Whether the path is that of an archive: it exists and is no folder.
  public static func isMeant(by path: String) -> Bool {
    FileManager.default.fileExists(atPath: path) && !FileSystem.isFolder(path)
  }

  /// Unpacks an archive, compares each file with its recorded hash, and reads the runs.
  /// - Throws: `ResultsError.archive`, and what reading a run throws.
  public init(path: String) throws(ResultsError) {
    let input = try FileSystem.open(path, O_RDONLY, for: .read)
    defer { close(input) }
    let folder = try FileSystem.makeTemporaryFolder(for: "archive")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let base = FileSystem.join(folder, Self.root)
    let package = try Self.explaining(of: path) { () throws(ArchiveProblem) in
      let words = ["tar", "--extract", "--gzip", "--no-same-owner", "--no-same-permissions"]
      _ = try Tool.run(words + ["--directory", folder, "--file", "-"], input: input)
      try Self.requireFiles(base)
      let package = try Self.package(in: base)
      try Self.check(base, package)
      return package
    }
    (version, packer) = (package.version ?? "", package.packer)
    runs = try Self.explaining(of: path) { () throws(ArchiveProblem) in try Self.runs(of: package, in: base) }
    var report: [String: Data] = [:]
    for name in package.hashes.keys where name.hasPrefix("report/") {
      report[String(name.dropFirst("report/".count))] = try FileSystem.read(FileSystem.join(base, name))
    }
    self.report = report
  }

  /// Runs `work` and reports its `ArchiveProblem` as a problem of the archive at `path`.
  static func explaining<Result>(
    of path: String, _ work: () throws(ArchiveProblem) -> Result
  ) throws(ResultsError) -> Result {
    do { return try work() } catch { throw .archive(path: path, problem: error) }
  }

  private static func package(in base: String) throws(ArchiveProblem) -> DataPackage {
    guard let data = try? FileSystem.read(FileSystem.join(base, "datapackage.json")),
      let package = DataPackage(json: data), !package.runs.isEmpty
    else { throw .unreadable(said: "it has no datapackage.json of an archive") }
    guard Set(package.runs).count == package.runs.count else {
      throw .unreadable(said: "datapackage.json lists a run twice")
    }
    return package
  }

  /// Requires that the archive holds only files and folders. A symbolic link could point outside the archive.
  private static func requireFiles(_ base: String) throws(ArchiveProblem) {
    let below = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    for name in [""] + below.sorted() {
      var status = stat()
      guard lstat(name.isEmpty ? base : FileSystem.join(base, name), &status) == 0 else { continue }
      let kind = status.st_mode & S_IFMT
      guard kind == S_IFREG || kind == S_IFDIR else { throw .noFile(name.isEmpty ? root : name) }
      guard status.st_size <= FileSystem.bytesMax else { throw .tooLarge(name, bytes: Int(status.st_size)) }
    }
  }

  /// Reads the runs. An error message names the run by its path in the archive.
  private static func runs(of package: DataPackage, in base: String) throws(ArchiveProblem) -> [RunReading] {
    do { return try package.runs.map { try RunReading(path: FileSystem.join(base, $0)) } } catch {
      throw .badRun("\(error)".replacing("\(base)/", with: ""))
    }
  }

  /// Checks that every file is listed, that every listed file is unchanged, and that each run has samples.
  private static func check(_ base: String, _ package: DataPackage) throws(ArchiveProblem) {
    let packed = package.hashes
    let names = files(below: base).filter { $0 != "datapackage.json" }
    if let other = names.first(where: { packed[$0] == nil }) { throw .unlisted(other) }
    let found = try Tool.hashes(names, in: base)
    for (name, hash) in packed.sorted(by: { $0.key < $1.key }) {
      guard let own = found[name] else { throw .missing(name) }
      guard own == hash else { throw .altered(name, found: own, packed: hash) }
    }
    for run in package.runs where found["\(run)/\(RunDirectory.File.samples.rawValue)"] == nil {
      throw .noRun(run)
    }
  }

  /// The paths of all files in a folder and its subfolders, sorted.
  static func files(below folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return all.filter { !FileSystem.isFolder(FileSystem.join(folder, $0)) }.sorted()
  }

  /// Makes the report anew from the runs, writes it, and compares it with the packed report.
  /// - Parameters:
  ///   - output: the folder to write to; made if it is missing.
  ///   - suite: the folder with the plot scripts and the paper's values.
  ///   - version: the version of this vpebench.
  /// - Returns: the report, the paths of its files, and a sentence that names the files that differ from the
  ///   packed ones; nil if all are the same, byte for byte.
  /// - Throws: `ResultsError`.
  public func rebuild(
    to output: String, suite: SuiteFolder, version: String
  ) throws(ResultsError) -> (report: Report, paths: [String], difference: String?) {
    let report = try Report(runs, suite: suite, version: version)
    let made = Dictionary(uniqueKeysWithValues: report.files().map { ($0.name, $0.data) })
    let other = Set(made.keys).union(self.report.keys).filter { made[$0] != self.report[$0] }.sorted()
    let names = other.prefix(3).joined(separator: ", ") + (other.count > 3 ? ", …" : "")
    let sentence =
      "\(other.count.counted("file")) of the report (\(names)) differ from the archive's, which vpebench "
      + "\(self.version) wrote; rebuild with what packed it: commit \(packer?.commit ?? "unknown"), "
      + (packer?.gnuplot ?? "a gnuplot of unknown version")
    return (report, try report.write(to: output), other.isEmpty ? nil : sentence)
  }
}
