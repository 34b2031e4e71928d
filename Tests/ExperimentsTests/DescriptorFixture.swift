import Experiments
import Foundation
import Testing

/// Descriptors as text, and the files that the repository ships.
enum DescriptorFixture {
  static let experiments = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "experiments")

  /// Members of a descriptor that is valid on its own; `members` follow them.
  static func text(systems: String = #"["null", "esp-single", "vpe"]"#, _ members: String = "") -> String {
    #"{ name: "test", question: "Does it?", systems: \#(systems), \#(members) }"#
  }

  static func parse(
    _ text: String, quick: Bool = false, set: [String] = []
  ) throws(DescriptorError) -> Descriptor {
    let file = experiments.appending(path: "test.json5")
    return try Descriptor.parse(text, file: URL(fileURLWithPath: file.path), quick: quick, set: set)
  }

  /// What is wrong with a descriptor; empty if nothing is.
  static func problems(
    _ text: String, quick: Bool = false, set: [String] = []
  ) -> [DescriptorError.Problem] {
    do {
      _ = try parse(text, quick: quick, set: set)
      return []
    } catch {
      return error.problems
    }
  }

  /// Expects that something is wrong with a descriptor at `path`, for a reason that says `reason`.
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
