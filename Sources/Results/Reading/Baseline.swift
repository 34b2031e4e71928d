import Cases
import Foundation

/// The experiment that puts gateways beside those of others; Figure 5 and its claims join what it says.
package enum Baseline {
  package static let experiment = "baseline"

  /// The newest run of the baseline that lies beside a run: `../baseline/latest` of its experiment's folder.
  /// - Returns: nil if there is none.
  /// - Throws: `ResultsError` if there is one that cannot be read.
  package static func run(beside run: RunReading) throws(ResultsError) -> RunReading? {
    let folder = URL(fileURLWithPath: run.path).resolvingSymlinksInPath()
    let results = folder.deletingLastPathComponent().deletingLastPathComponent()
    let path = results.appendingPathComponent("\(experiment)/latest").path
    let samples = RunDirectory(existing: path).path(of: .samples)
    return FileManager.default.fileExists(atPath: samples) ? try RunReading(path: path) : nil
  }
}

extension RunReading {
  /// Whether DUTs behind a tester are among the cases.
  package var hasBaseline: Bool { figures.contains { $0.coordinates.link == "memif" } }

  /// The run with the DUTs of a run of the baseline behind its own cases; itself if there is none, if the two
  /// are known not to compare, or if it has some already.
  package func joined(_ baseline: RunReading?) -> RunReading {
    guard let baseline, !hasBaseline else { return self }
    let areKnown = environment != nil && baseline.environment != nil
    guard !areKnown || ComparisonProblem.between(self, baseline) == nil else { return self }
    // The tester's own rate is no gateway's.
    let isDUT = { (coordinates: CaseCoordinates) in coordinates.system != "tester" }
    return RunReading(
      path: path, name: name, runID: runID, question: question,
      samples: samples + baseline.samples.filter { isDUT($0.coordinates) }, expectations: expectations,
      environment: environment, isPlain: isPlain)
  }
}
