import Foundation
import Reports
import Results
import TestRuns

/// The runs in the repository, in the order of their report.
enum Reference {
  /// The folder of the reference results.
  static func folder() throws -> String { try suiteFolder().path + "/results/reference" }

  /// The newest run of each experiment.
  static func runs() throws -> [RunReading] { try read.get() }

  // The runs are read and the report is made once, because each takes some seconds.
  private static let read = Result {
    let reference = try folder()
    // Sorted by whole paths, as in `make readme`: rates-open comes before rates.
    let names = try FileManager.default.contentsOfDirectory(atPath: reference).filter { $0 != "report" }
    return try names.map { "\(reference)/\($0)/latest" }.sorted().map { try RunReading(path: $0) }
  }
  private static let made = Result { try Report(try runs(), suite: try suiteFolder(), version: "1.2.3") }

  /// The texts that the runs give.
  static func report() throws -> Report { try made.get() }
}
