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
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    return try names.filter { $0 != "report" }.map { try RunReading(path: "\(folder)/\($0)/latest") }
  }

  /// Made once; it takes some seconds.
  private static let made = Result { try Report(try runs(), suite: try suiteFolder(), version: "1.2.3") }

  /// What the runs say.
  static func report() throws -> Report { try made.get() }
}
