import Foundation

import enum Results.Program

/// The programs of the system that the machine's description and its check ask.
package enum MachineTool {
  /// The command that starts another one in a new, empty network namespace.
  package static let inOwnNetwork = ["unshare", "--net", "--"]

  /// Versions of installed packages of Debian by name; nil where there is none of them.
  package static func packages(_ names: [String]) -> [String: String]? {
    // Of packages that are not there it complains, and lists the others.
    let question = ["dpkg-query", "--show", "--showformat=${Package} ${Version}\n"]
    let listed = Program.run(question + names)?.text ?? ""
    let pairs = listed.split(separator: "\n").map { $0.split(separator: " ") }.filter {
      $0.count == 2 && names.contains(String($0[0]))
    }
    let versions = Dictionary(pairs.map { (String($0[0]), String($0[1])) }) { first, _ in first }
    return versions.isEmpty ? nil : versions
  }
}
