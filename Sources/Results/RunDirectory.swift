import Foundation

/// The folder `OUTPUT/NAME/RUN-ID` with the files of one run of an experiment.
public struct RunDirectory: Sendable, Equatable {
  /// The files of a run; the raw value is the file's name.
  public enum File: String, Sendable, CaseIterable {
    case samples = "samples.csv"
    case summary = "summary.csv"
    case ratios = "ratios.csv"
    case stages = "stages.csv"
    case states = "states.csv"
    case analysis = "analysis.csv"
    case placements = "placements.csv"
    case queues = "queues.csv"
    case searches = "searches.csv"
    case trials = "trials.csv"
    case calibration = "calibration.json"
    case environment = "environment.json"
    case descriptor = "descriptor.json5"
    case dataPackage = "datapackage.json"
    case journal = "journal.jsonl"
  }

  /// Path of the folder.
  public let path: String

  /// The name of the experiment.
  public var name: String { URL(fileURLWithPath: path).deletingLastPathComponent().lastPathComponent }

  /// The run's start in UTC, such as `20261120T131824Z`. Further runs in the same second end in `-2`, `-3`
  /// and so on.
  public var runID: String { URL(fileURLWithPath: path).lastPathComponent }

  /// Refers to the folder of an earlier run, without accessing it.
  public init(existing path: String) {
    self.path = path
  }

  /// Makes the folder of a new run, and the folders above it that are missing.
  /// - Parameters:
  ///   - output: the folder that holds the results of all experiments.
  ///   - name: the experiment's name, which is one path component.
  ///   - date: the start of the run.
  /// - Throws: `ResultsError.file`.
  public static func create(
    in output: String, name: String, date: Date = Date()
  ) throws(ResultsError) -> RunDirectory {
    let experiment = FileSystem.join(output, name)
    try FileSystem.makeFolders(experiment)
    let time = date.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
    for attempt in 1... {
      let runID = attempt == 1 ? time : "\(time)-\(attempt)"
      let path = FileSystem.join(experiment, runID)
      // mkdir fails if the folder exists, so two runs never share one.
      if mkdir(path, 0o755) == 0 {
        try FileSystem.syncFolder(of: path)
        return RunDirectory(existing: path)
      }
      if errno != EEXIST { throw .file(.create, path: path, code: errno) }
    }
    preconditionFailure("the attempts do not end")
  }

  /// The run to which `OUTPUT/NAME/latest` points; nil if there is none.
  public static func latest(in output: String, name: String) -> RunDirectory? {
    let experiment = FileSystem.join(output, name)
    let link = FileSystem.join(experiment, "latest")
    guard let runID = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return nil }
    let path = FileSystem.join(experiment, runID)
    return FileSystem.isFolder(path) ? RunDirectory(existing: path) : nil
  }

  /// The newest run of an experiment, finished or not; nil if there is none.
  public static func newest(in output: String, name: String) -> RunDirectory? {
    let experiment = FileSystem.join(output, name)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: experiment)) ?? []
    let runs = names.filter { $0.wholeMatch(of: /\d{8}T\d{6}Z(-\d+)?/) != nil }
    return runs.max { $0.localizedStandardCompare($1) == .orderedAscending }
      .map { RunDirectory(existing: FileSystem.join(experiment, $0)) }
  }

  /// Removes temporary files of writers that ended before they could rename them.
  public func removeTemporaries() {
    for folder in [path, URL(fileURLWithPath: path).deletingLastPathComponent().path] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where FileSystem.isTemporaryName(name) { unlink(FileSystem.join(folder, name)) }
    }
  }

  /// The path of a file of the run. The file need not exist.
  public func path(of file: File) -> String {
    FileSystem.join(path, file.rawValue)
  }

  /// Writes a file of the run, completely or not at all.
  /// - Throws: `ResultsError.file`.
  public func write(_ data: Data, to file: File) throws(ResultsError) {
    try AtomicFile.write(data, to: path(of: file))
  }

  /// Writes the tables, and a `datapackage.json` that describes them and those other files of the run that
  /// exist already.
  /// - Parameters:
  ///   - samples: all samples of the run, in the order in which they were taken.
  ///   - title: one line for readers, such as the experiment's question.
  ///   - analyses: the analyses of curves; if there are none, no `analysis.csv` is written.
  ///   - placements: the threads of pipelines with their stages; if there are none, no `placements.csv` is
  ///     written.
  /// - Throws: `ResultsError.file`.
  public func writeTables(
    from samples: [SampleRecord], title: String, analyses: [CurveAnalysis] = [],
    placements: [PlacementRecord] = []
  ) throws(ResultsError) {
    var tables: [(File, Table)] = [
      (.samples, Schemas.samples(samples)), (.summary, Schemas.summary(samples)),
      (.stages, Schemas.stages(samples)),
    ]
    let ratios = Schemas.ratios(samples)
    if !ratios.rows.isEmpty { tables.append((.ratios, ratios)) }
    if MachineStates(of: samples).states.count > 1 { tables.append((.states, Schemas.states(samples))) }
    if !analyses.isEmpty { tables.append((.analysis, Schemas.analysis(analyses))) }
    if !placements.isEmpty { tables.append((.placements, Schemas.placements(placements))) }
    if samples.contains(where: { $0.queues != nil }) { tables.append((.queues, Schemas.queues(samples))) }
    if samples.contains(where: { $0.search != nil }) {
      tables += [(.searches, Schemas.searches(samples)), (.trials, Schemas.trials(samples))]
    }
    for (file, table) in tables { try write(CSV.encode(table), to: file) }
    let package = DataPackage(
      name: name, title: title, tables: tables.map(\.1), attachments: presentAttachments())
    try write(package.encode(), to: .dataPackage)
  }

  /// Records in `datapackage.json` the hashes of the files that it describes, so that readers can tell
  /// whether the files were changed later. Without the program sha256sum nothing is recorded.
  /// - Throws: `ResultsError.file`.
  public func noteHashes() throws(ResultsError) {
    guard var package = DataPackage(json: try FileSystem.read(self.path(of: .dataPackage))),
      let hashes = try? Tool.hashes(package.resources.map(\.path), in: path)
    else { return }
    package.note(hashes: hashes)
    try write(package.encode(), to: .dataPackage)
  }

  /// The files of a run that were changed after the run, or that the run did not write.
  /// - Parameter package: the package with the files' hashes after the run.
  package func altered(since package: DataPackage) -> [String] {
    let noted = package.hashes
    // Old runs recorded no hashes. The journal is left out, because a resumed run extends it; the package is
    // left out, because it cannot contain its own hash.
    let names = File.allCases.filter { $0 != .journal && $0 != .dataPackage }.map(\.rawValue)
      .filter { FileManager.default.fileExists(atPath: FileSystem.join(path, $0)) }
    guard !noted.isEmpty, let found = try? Tool.hashes(names, in: path) else { return [] }
    return names.filter { found[$0] != noted[$0] }
  }

  /// Makes the link `latest`, beside the run's folder, point to this run, in one step.
  /// - Throws: `ResultsError.file`.
  public func publishAsLatest() throws(ResultsError) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    try AtomicFile.link(folder.appendingPathComponent("latest").path, to: runID)
  }

  private func presentAttachments() -> [DataPackage.Resource] {
    let known: [(File, String, String)] = [
      (.environment, "application/json", "The machine, the versions, the commit and the seeds of the run."),
      (.descriptor, "application/json5", "The experiment's descriptor as it was run."),
      (.calibration, "application/json", "What the stages of a pipeline cost before the run."),
    ]
    return known.filter { FileManager.default.fileExists(atPath: path(of: $0.0)) }
      .map { DataPackage.Resource($0.0.rawValue, $0.1, $0.2) }
  }
}
