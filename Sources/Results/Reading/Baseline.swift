import Cases
import Foundation

/// The baseline experiment compares vpebench's gateways with third-party ones. Figure 5 and its claims use
/// it.
extension RunReading {
  /// The newest run of the baseline beside this run: `latest` in the folder of the baseline's experiment; nil
  /// if there is none.
  /// - Throws: `ResultsError` if there is such a run and it cannot be read.
  package func baselineBeside() throws(ResultsError) -> RunReading? {
    let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let results = folder.deletingLastPathComponent().deletingLastPathComponent()
    let path = results.appendingPathComponent("\(Experiment.baseline)/latest").path
    let samples = RunDirectory(existing: path).path(of: .samples)
    return FileManager.default.fileExists(atPath: samples) ? try RunReading(path: path) : nil
  }

  /// Whether there are cases of a single gateway behind a tester (link memif).
  package var hasBaseline: Bool { figures.contains { $0.coordinates.link == LinkKind.memif.rawValue } }

  /// The run with the single-gateway cases of `baseline` added. The run itself if there is no baseline, if
  /// the two are known not to compare, or if it already has such cases.
  package func joined(_ baseline: RunReading?) -> RunReading {
    guard let baseline, !hasBaseline else { return self }
    let areKnown = environment != nil && baseline.environment != nil
    guard !areKnown || ComparisonProblem.between(self, baseline) == nil else { return self }
    return RunReading(
      path: path, name: name, runID: runID, question: question,
      // The tester's own rate is left out, as it is not that of a gateway.
      samples: samples + baseline.samples.filter { !$0.coordinates.isOf(.tester) },
      expectations: expectations, environment: environment, isPlain: isPlain)
  }
}
