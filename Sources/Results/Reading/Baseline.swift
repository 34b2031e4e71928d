import Cases
import Foundation

/// The baseline compares our gateways with third-party ones; Figure 5 and its claims use it.
extension RunReading {
  /// The newest run of the baseline that lies beside this one: `../baseline/latest` of its experiment's
  /// folder; nil if there is none.
  /// - Throws: `ResultsError` if there is one that cannot be read.
  package func baselineBeside() throws(ResultsError) -> RunReading? {
    let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let results = folder.deletingLastPathComponent().deletingLastPathComponent()
    let path = results.appendingPathComponent("\(Experiment.baseline)/latest").path
    let samples = RunDirectory(existing: path).path(of: .samples)
    return FileManager.default.fileExists(atPath: samples) ? try RunReading(path: path) : nil
  }

  /// Whether DUTs behind a tester are among the cases.
  package var hasBaseline: Bool { figures.contains { $0.coordinates.link == LinkKind.memif.rawValue } }

  /// The run with the DUTs of a run of the baseline behind its own cases; itself if there is none, if the two
  /// are known not to compare, or if it has some already.
  package func joined(_ baseline: RunReading?) -> RunReading {
    guard let baseline, !hasBaseline else { return self }
    let areKnown = environment != nil && baseline.environment != nil
    guard !areKnown || ComparisonProblem.between(self, baseline) == nil else { return self }
    return RunReading(
      path: path, name: name, runID: runID, question: question,
      // The tester's own rate is no gateway's.
      samples: samples + baseline.samples.filter { !$0.coordinates.isOf(.tester) },
      expectations: expectations, environment: environment, isPlain: isPlain)
  }
}
