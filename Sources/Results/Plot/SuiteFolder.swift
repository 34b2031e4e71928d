import Foundation

/// Where vpebench's own files lie that results are shown with: the gnuplot scripts and the paper's values.
public struct SuiteFolder: Sendable, Equatable {
  /// The folder that holds `plots/` and `experiments/`.
  public let path: String

  /// Refers to a folder; does not touch it.
  public init(path: String) { self.path = path }

  /// Finds the folder: the working folder or one above it, otherwise one above the program.
  /// - Parameters:
  ///   - workingFolder: where to look first.
  ///   - executable: path of the running program.
  /// - Throws: `ResultsError.plot` if neither has it.
  public static func find(workingFolder: String, executable: String) throws(ResultsError) -> SuiteFolder {
    for start in [workingFolder, executable] {
      var url = URL(fileURLWithPath: start).standardizedFileURL
      while true {
        let style = url.appendingPathComponent("plots/style.gnuplot").path
        if FileManager.default.fileExists(atPath: style) { return SuiteFolder(path: url.path) }
        if url.path == "/" { break }
        url.deleteLastPathComponent()
      }
    }
    throw .plot(.noScripts)
  }

  /// The folder of the gnuplot scripts.
  var scripts: String { FileSystem.join(path, "plots") }

  /// The paper's values of a figure.
  /// - Throws: `ResultsError.file`, `ResultsError.plot`.
  func paperValues(of figure: Figure) throws(ResultsError) -> PaperValues? {
    guard figure.isOfThePaper else { return nil }
    let path = FileSystem.join(self.path, "experiments/paper/\(figure.rawValue).json5")
    return try PaperValues(try FileSystem.read(path), path: path)
  }
}

/// What the paper states about one of its figures (`experiments/paper/`).
public struct PaperValues: Sendable, Equatable, Decodable {
  /// One stated value; what the paper does not state is nil.
  public struct Point: Sendable, Equatable, Decodable {
    /// Packet format and threading model.
    public let system: String
    /// Frame size in bytes.
    public let frameBytes: Int?
    /// Threads of a gateway, both directions together.
    public let threads: Int?
    /// In the unit of the figure.
    public let value: Double
  }

  /// Paper and section.
  public let source: String
  /// The suite's own name of what the values are.
  public let metric: String
  /// The values, in the order of the file.
  public let points: [Point]

  /// Reads a file of `experiments/paper/`.
  /// - Throws: `ResultsError.plot`.
  public init(_ data: Data, path: String) throws(ResultsError) {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      self = try decoder.decode(PaperValues.self, from: data)
    } catch {
      throw .plot(.badPaper(path: path, reason: JSONProblem.sentence(error)))
    }
  }

  /// The value at these coordinates; nil if the paper does not state it.
  public func value(_ system: String, frameBytes: Int? = nil, threads: Int? = nil) -> Double? {
    points.first { point in
      point.system == system && (frameBytes == nil || point.frameBytes == frameBytes)
        && (threads == nil || point.threads == threads)
    }?.value
  }
}
