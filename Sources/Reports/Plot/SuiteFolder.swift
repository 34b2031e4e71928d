import Foundation
import Results

/// The folder with vpebench's own files that reports need: the gnuplot scripts and the paper's values.
public struct SuiteFolder: Sendable, Equatable {
  /// The folder that holds `plots/` and `experiments/`.
  public let path: String

  /// Refers to a folder; does not touch it.
  public init(path: String) { self.path = path }

  /// Finds the folder: the working folder or one that contains it; otherwise one that contains the program.
  /// - Parameters:
  ///   - workingFolder: where to look first.
  ///   - executable: path of the running program.
  /// - Throws: `ResultsError.plot` if no folder is found.
  public static func find(workingFolder: String, executable: String) throws(ResultsError) -> SuiteFolder {
    // A working folder that was removed has no path, so it and its parents are skipped.
    for start in [workingFolder, executable] where start.hasPrefix("/") {
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

  /// The playbook that prepares a testbed's hosts (docs/hosts.md).
  public var playbook: String { FileSystem.join(path, "experiments/testbeds/prepare.yml") }

  /// The folder of the gnuplot scripts.
  var scripts: String { FileSystem.join(path, "plots") }

  /// The paper's values for a figure; nil if the figure is not the paper's.
  /// - Throws: `ResultsError.file`, `ResultsError.plot`.
  func paperValues(of figure: Figure) throws(ResultsError) -> PaperValues? {
    guard figure.isOfThePaper else { return nil }
    let path = FileSystem.join(self.path, "experiments/paper/\(figure.name).json5")
    return try PaperValues(try FileSystem.read(path), path: path)
  }
}
