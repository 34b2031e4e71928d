import Foundation
import Results

/// A reproduction: all experiments of the suite, one after the other, and the run of each that belongs to it.
/// The list is on disk, so that an interrupted reproduction can be resumed.
public struct Reproduction {
  /// The descriptors, those of the paper's figures first.
  public static let experiments = [
    "figure-5", "baseline", "ring-solo", "figure-6", "scaling-today", "steering", "figure-7", "figure-8",
    "hot-path", "floor", "ladder", "formats", "frame-sizes", "rates", "rates-open", "latency", "windows",
    "tunnels", "multicast", "jumbo", "fragments", "gateway-fragments", "tfc", "fill", "rekey", "hash-key",
    "replay-flood", "forgery-flood", "qos", "multipath", "versions", "nat", "transport",
  ]

  /// The list on disk.
  private struct List: Codable {
    var isQuick: Bool
    /// The name of the testbed; nil for this machine.
    var testbed: String?
    /// Run folders by experiment, in the order in which they were started.
    var runs: [String: String] = [:]
  }

  /// The folder for results.
  public let output: String
  private var list: List

  private var path: String { Reproduction.path(output) }
  private static func path(_ output: String) -> String { output + "/reproduction.json" }

  /// Starts a reproduction, or finds the one to resume.
  /// - Parameters:
  ///   - output: the folder for results; made if it is missing.
  ///   - isQuick: whether to use the quick profile of each descriptor.
  ///   - resumes: whether to resume the last one in this folder.
  ///   - testbed: the name of the testbed that it is on; nil for this machine.
  /// - Throws: `RunError.resume`, `ResultsError.file`.
  public init(output: String, isQuick: Bool, resumes: Bool, testbed: String? = nil) throws {
    self.output = output
    guard resumes else {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      list = List(isQuick: isQuick, testbed: testbed)
      try write()
      return
    }
    guard let data = FileManager.default.contents(atPath: Reproduction.path(output)) else {
      throw RunError.resume("there is no reproduction in \(output) to go on with; run without --resume")
    }
    do {
      list = try JSONDecoder().decode(List.self, from: data)
    } catch {
      throw RunError.resume("\(Reproduction.path(output)) cannot be read; run without --resume")
    }
    guard list.isQuick == isQuick else {
      throw RunError.resume(
        "the reproduction in \(output) is \(list.isQuick ? "a quick" : "not a quick") one; "
          + "\(list.isQuick ? "add" : "leave out") --quick, or run without --resume")
    }
    guard list.testbed == testbed else {
      let location = list.testbed.map { "on the testbed \($0); name that by" } ?? "on one machine; leave out"
      throw RunError.resume(
        "the reproduction in \(output) is \(location) --testbed, or run without --resume")
    }
  }

  /// The run folder of an experiment; nil if the experiment must be started.
  public func folder(of name: String) -> String? {
    list.runs[name].flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
  }

  /// Notes the run folder of an experiment.
  /// - Throws: `ResultsError.file`.
  public mutating func note(_ name: String, folder: String) throws {
    list.runs[name] = folder
    try write()
  }

  /// The run folders so far, in the order of the experiments.
  public var folders: [String] { Reproduction.experiments.compactMap { folder(of: $0) } }

  private func write() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(list), to: path)
  }
}
