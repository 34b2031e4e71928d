import Basics
import Cases
import Foundation

/// A run as its files describe it. No program of the run is needed to read it.
///
/// `samples.csv` must exist; all figures are computed from it. Other missing files give nil or empty values.
/// Files that exist must be complete.
public struct RunReading: Sendable {
  /// The folder's path, as the user named it.
  public let path: String
  /// The experiment's name, such as `figure-5`.
  public let name: String
  /// The run's own name, which is the time at which it started, in UTC.
  public let runID: String
  /// The experiment's question; empty if no file states it.
  public let question: String
  /// Every metric of every case, in the order of the samples.
  public let figures: [CaseFigure]
  /// Every sample, valid or not, without its stages.
  public let samples: [SampleRecord]
  /// The verdicts on expectations about curves; empty if there is no `analysis.csv`.
  public let expectations: [ExpectationFinding]
  /// Whether packets lie behind DPDK's own headroom, without alignment to cache lines.
  public let isPlain: Bool
  /// The run's environment; nil if there is no `environment.json`.
  public let environment: Environment?
  /// Warnings about the run's files: missing samples, and files that were changed since the run.
  public private(set) var fileWarnings: [Warning] = []
  /// The samples, grouped by case.
  package let groups: [CaseGroup]
  private let groupIndices: [CaseKey: Int]
  private let byCase: [CaseKey: [CaseFigure]]

  /// Reads the run in the folder `path`.
  /// - Throws: `ResultsError`, which states the first problem found.
  public init(path: String) throws(ResultsError) {
    guard FileSystem.isFolder(path) else {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw .run(path: path, problem: isThere ? .isFile : .noFolder)
    }
    // `latest` is a link; the run's name is that of the folder to which it points.
    let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let directory = RunDirectory(existing: path)
    guard let data = try Self.content(of: .samples, in: directory) else {
      let hasLatest = FileSystem.isFolder(FileSystem.join(path, "latest"))
      throw .run(path: path, problem: .noSamples(hasLatest: hasLatest))
    }
    // The version is checked first, because files of a newer vpebench may seem wrong in any other way.
    let environment = try Self.environment(in: directory)
    let samples = try SamplesReading.read(data, source: directory.path(of: .samples))
    var expectations: [ExpectationFinding] = []
    if let data = try Self.content(of: .analysis, in: directory) {
      expectations = try ExpectationFinding.read(data, source: directory.path(of: .analysis))
    }
    let descriptor = try Self.description(.descriptor, in: directory)
    let package = try Self.description(.dataPackage, in: directory)
    if let own = descriptor?.name, let its = package?.name, own != its {
      throw .run(path: path, problem: .mixed(descriptor: own, package: its))
    }
    self.init(
      path: path,
      name: descriptor?.name ?? package?.name ?? folder.deletingLastPathComponent().lastPathComponent,
      runID: folder.lastPathComponent, question: descriptor?.question ?? package?.title ?? "",
      samples: samples, expectations: expectations, environment: environment,
      isPlain: descriptor?.headroom == "plain")
    if let missing = descriptor?.measure?.samples.flatMap({ Self.missing(samples, wanted: $0) }) {
      fileWarnings.append(missing)
    }
    if let package = try Self.content(of: .dataPackage, in: directory).flatMap(DataPackage.init(json:)),
      case let altered = directory.altered(since: package), !altered.isEmpty
    {
      fileWarnings.append(.altered(files: altered))
    }
  }

  private static func missing(_ samples: [SampleRecord], wanted: Int) -> Warning? {
    let measured = samples.filter { $0.basis != .model }
    let found = Dictionary(grouping: measured, by: \.coordinates.name).mapValues(\.count)
    let missing = found.values.reduce(0) { $0 + max(0, wanted - $1) }
    return missing > 0 ? .incomplete(missing: missing, of: found.count * wanted) : nil
  }

  /// Makes a run from its parts, without reading files.
  public init(
    path: String? = nil, name: String, runID: String = "", question: String = "",
    samples: [SampleRecord], expectations: [ExpectationFinding] = [],
    environment: Environment? = nil, isPlain: Bool = false
  ) {
    self.isPlain = isPlain
    (self.name, self.runID, self.question) = (name, runID, question)
    self.path = path ?? "results/\(name)/\(runID)"
    self.samples = samples
    groups = CaseGroup.groups(of: samples)
    groupIndices = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($1.caseKey, $0) })
    figures = CaseFigure.figures(of: groups)
    (self.expectations, self.environment) = (expectations, environment)
    byCase = Dictionary(grouping: figures, by: \.caseKey)
  }

  /// The members of a descriptor or data package that describe the run.
  private struct Description: Decodable {
    let name: String?
    let question: String?
    let headroom: String?
    let title: String?
    let measure: Measure?

    struct Measure: Decodable {
      let what: String?
      let windows: Int?
      let repetitions: Int?
      let searches: Int?

      /// The number of samples of each case.
      var samples: Int? {
        switch what {
        case "packet-cost": repetitions
        case "rate-search": searches
        default: windows
        }
      }
    }
  }

  private static func content(
    of file: RunDirectory.File, in directory: RunDirectory
  ) throws(ResultsError) -> Data? {
    let path = directory.path(of: file)
    return FileManager.default.fileExists(atPath: path) ? try FileSystem.read(path) : nil
  }

  private static func description(
    _ file: RunDirectory.File, in directory: RunDirectory
  ) throws(ResultsError) -> Description? {
    guard let data = try content(of: file, in: directory) else { return nil }
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    do {
      return try decoder.decode(Description.self, from: data)
    } catch {
      throw badFile(file, in: directory, error)
    }
  }

  private static func environment(in directory: RunDirectory) throws(ResultsError) -> Environment? {
    guard let data = try content(of: .environment, in: directory) else { return nil }
    if let version = Environment.version(json: data), version > Environment.currentVersion {
      throw .run(path: directory.path, problem: .newer(version: version))
    }
    do {
      return try Environment(json: data)
    } catch {
      throw badFile(.environment, in: directory, error)
    }
  }

  private static func badFile(
    _ file: RunDirectory.File, in directory: RunDirectory, _ error: any Error
  ) -> ResultsError {
    .run(path: directory.path, problem: .badFile(file.rawValue, reason: JSONProblem.sentence(error)))
  }
}

extension RunReading {
  /// The cases in order of first appearance, each with its basis.
  package var cases: [CaseKey] { figures.map(\.caseKey).distinct() }

  /// The cases of which this machine cannot show figures, each with the reason, in order of first appearance.
  /// If only some samples of a case have a gap, the other samples show the case.
  public var gaps: [(coordinates: CaseCoordinates, basis: Basis, reason: String)] {
    let shown = Set(figures.filter { $0.value != nil }.map(\.caseKey))
    return figures.filter { !$0.gap.isEmpty && !shown.contains($0.caseKey) }.grouped(by: \.caseKey)
      .map { ($0.key.coordinates, $0.key.basis, $0.values[0].gap) }
  }

  /// A metric of a case; nil if there is no such row.
  package func figure(_ metric: String, of found: CaseKey) -> CaseFigure? {
    byCase[found]?.first { $0.metric == metric }
  }

  /// The usable samples of a case.
  package func samples(of found: CaseKey) -> [SampleRecord] {
    groupIndices[found].map { groups[$0].usable } ?? []
  }
}

extension RunReading {
  /// Whether a run called `name` is one of the experiment: its name equals the experiment's, or begins with
  /// it and a hyphen (`figure-6-short`).
  package static func name(_ name: String, isOf experiment: String) -> Bool {
    name == experiment || name.hasPrefix("\(experiment)-")
  }

  /// Whether this is a run of the experiment.
  package func isOf(_ experiment: String) -> Bool { Self.name(name, isOf: experiment) }

  /// Whether both runs were on the same kind of processor, as far as is known.
  package func isOfTheMachine(of other: RunReading) -> Bool {
    let (own, its) = (environment?.cpu, other.environment?.cpu)
    func isSame<Value: Equatable>(_ property: (Environment.CPU) -> Value?) -> Bool {
      guard let own = own.flatMap(property), let its = its.flatMap(property) else { return true }
      return own == its
    }
    return isSame(\.vendor) && isSame(\.family) && isSame(\.model) && isSame(\.stepping)
  }

  /// The machine's name for readers: the processor's name and its known numbers.
  package var machine: String {
    guard let cpu = environment?.cpu else { return "an unknown machine" }
    let numbers = [("family", cpu.family), ("model", cpu.model), ("stepping", cpu.stepping)]
    let known = numbers.compactMap { name, number in number.map { "\(name) \($0)" } }
    return ([cpu.name ?? cpu.vendor ?? "an unknown processor"] + known).joined(separator: ", ")
  }
}

/// Describes Foundation's errors about invalid JSON in a few words.
enum JSONProblem {
  static func sentence(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "there is no \((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "\(path(context).isEmpty ? "it" : path(context)) is of the wrong kind"
    default: return "it is no JSON"
    }
  }
}
