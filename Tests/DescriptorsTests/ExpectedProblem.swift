import Descriptors
import TestRuns
import Testing

extension DescriptorFixture {
  /// Expects a problem with a descriptor at `path`, whose reason contains `reason`.
  static func expectProblem(
    _ text: String, set: [String] = [], at path: String, _ reason: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let problems = problems(text, set: set)
    #expect(
      problems.contains { $0.path == path && $0.reason.contains(reason) }, "got \(problems)",
      sourceLocation: sourceLocation)
  }
}
