/// Wireshark on the command line.
package enum Tshark {
  /// What it prints.
  /// - Throws: `Oracle.Failure` if it is not installed, or fails.
  package static func run(_ arguments: [String]) throws -> String {
    let ending = try runProgram("/usr/bin/env", ["tshark"] + arguments)
    guard ending.status == 0 else {
      throw Oracle.Failure(
        description: "tshark ended with status \(ending.status); `tools/install-deps --tests` "
          + "installs it: tshark \(arguments.joined(separator: " "))")
    }
    return ending.output
  }
}
