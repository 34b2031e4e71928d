import Descriptors
import Foundation

/// Descriptors as text, and the descriptors in the repository.
package enum DescriptorFixture {
  package static let experiments = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "experiments")

  /// The text of a valid descriptor; `members` follow its own members.
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

  /// The problems of a descriptor; empty if it is valid.
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
