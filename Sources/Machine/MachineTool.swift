import Foundation

import enum Results.Program

/// Programs of the system that provide information about the machine.
package enum MachineTool {
  /// The command that starts another command in a new, empty network namespace.
  package static let inOwnNetwork = ["unshare", "--net", "--"]

  /// Versions of installed Debian packages by name; nil if none of them is installed.
  package static func packages(_ names: [String]) -> [String: String]? {
    // dpkg-query complains about packages that are not installed, and lists the others.
    let question = ["dpkg-query", "--show", "--showformat=${Package} ${Version}\n"]
    let listed = Program.run(question + names)?.text ?? ""
    let pairs = listed.split(separator: "\n").map { $0.split(separator: " ") }.filter {
      $0.count == 2 && names.contains(String($0[0]))
    }
    let versions = Dictionary(pairs.map { (String($0[0]), String($0[1])) }) { first, _ in first }
    return versions.isEmpty ? nil : versions
  }
}
