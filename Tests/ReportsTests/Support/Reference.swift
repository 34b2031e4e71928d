import Foundation
import Reports
import Results
import TestRuns

/// The runs that the repository holds, in the order of their report.
enum Reference {
  /// Its folder.
  static func folder() throws -> String { try suiteFolder().path + "/results/reference" }

  /// The newest run of each experiment.
  static func runs() throws -> [RunReading] {
    let folder = try folder()
    // In the order of whole paths, as `make readme` has them: rates-open before rates.
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != "report" }
    return try names.map { "\(folder)/\($0)/latest" }.sorted().map { try RunReading(path: $0) }
  }

  /// Made once; it takes some seconds.
  private static let made = Result { try Report(try runs(), suite: try suiteFolder(), version: "1.2.3") }

  /// What the runs say.
  static func report() throws -> Report { try made.get() }
}
