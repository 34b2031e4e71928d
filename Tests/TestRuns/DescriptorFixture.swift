import Descriptors
import Foundation

/// Descriptors as text, and the files that the repository ships.
package enum DescriptorFixture {
  package static let experiments = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "experiments")

  /// Members of a descriptor that is valid on its own; `members` follow them.
  package static func text(
    systems: String = #"["null", "esp-single", "vpe"]"#, _ members: String = ""
  ) -> String {
    #"{ name: "test", question: "Does it?", systems: \#(systems), \#(members) }"#
  }

  package static func parse(
    _ text: String, quick: Bool = false, set: [String] = []
  ) throws(DescriptorError) -> Descriptor {
    let file = experiments.appending(path: "test.json5")
    return try Descriptor.parse(text, file: URL(fileURLWithPath: file.path), quick: quick, set: set)
  }

  /// What is wrong with a descriptor; empty if nothing is.
  package static func problems(
    _ text: String, quick: Bool = false, set: [String] = []
  ) -> [DescriptorError.Problem] {
    do {
      _ = try parse(text, quick: quick, set: set)
      return []
    } catch {
      return error.problems
    }
  }
}
