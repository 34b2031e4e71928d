import Basics
import Descriptors
import Foundation
import Results

/// The commands. The exit status is 0 for success, 1 for a failure, and 2 for a wrong command line.
enum CommandLineTool {
  static let commands = names.compactMap { name in
    ([listCommand, validateCommand, plotCommand, reportCommand, archiveCommand, compareCommand]
      + Measuring.commands).first { $0.name == name }
  }

  /// The names of all commands, in the order of the overview. A reader (`make reader`) lacks those that
  /// measure.
  private static let names = [
    "run", "list", "validate", "check", "role", "testbed", "plot", "report", "archive", "reproduce",
    "compare", "decode",
  ]

  /// Runs the command that `arguments` name.
  /// - Returns: the exit status.
  static func run(_ arguments: [String]) -> Int32 {
    guard let name = arguments.first else {
      print(overview)
      return 2
    }
    if ["--help", "-h", "help", "--version"].contains(name),
      let word = arguments.dropFirst(name == "--version" ? 1 : 2).first
    {
      return fail("\(name) takes no further word, such as \(word)", 2)
    }
    if ["--help", "-h", "help"].contains(name) {
      guard let topic = arguments.dropFirst().first else {
        print(overview)
        return 0
      }
      guard let command = commands.first(where: { $0.name == topic }) else { return unknown(topic) }
      print(command.help)
      return 0
    }
    if name == "--version" {
      print("vpebench \(Version.number)")
      return 0
    }
    guard let command = commands.first(where: { $0.name == name }) else {
      return unknown(name)
    }
    do {
      let parsed = try Arguments(Array(arguments.dropFirst()), command.options)
      if parsed.has("--help") {
        print(command.help)
        return 0
      }
      return try command.body(parsed)
    } catch let error as Arguments.Failure {
      return fail("\(error); `vpebench \(command.name) --help` explains", 2)
    } catch {
      return fail("\(error)", 1)
    }
  }

  private static func unknown(_ name: String) -> Int32 {
    if names.contains(name) { return fail("\(Unmeasurable(what: name))", 2) }
    if name.isEmpty { return fail("an empty word is no command; `vpebench --help` lists them", 2) }
    let near = suggestion(name, commands.map(\.name))
    return fail("there is no command \(name)\(near); `vpebench --help` lists them", 2)
  }

  /// Prints an error message to standard error and returns `status`.
  static func fail(_ message: String, _ status: Int32) -> Int32 {
    Output.complain(Output.shown("vpebench: \(message)\n"))
    return status
  }

  /// ` (did you mean X?)` with the nearest known word; empty if none is near.
  static func suggestion(_ word: String, _ known: [String]) -> String {
    Suggestion.nearest(to: word, among: known).map { " (did you mean \($0)?)" } ?? ""
  }

  private static var overview: String {
    """
    vpebench \(Version.number): what a packet format costs, and how far it scales, when one security
    association must use many cores. ESP and VPE on one dataplane.

    Usage: vpebench COMMAND …

    \(commands.map { "  " + $0.name.padding(toLength: 10, withPad: " ", startingAt: 0) + $0.summary }
      .joined(separator: "\n"))

    `vpebench COMMAND --help` explains a command. \(Measuring.hint)
    Exit status: 0 all is well, 1 something failed or a case is invalid, 2 the command line is wrong.
    """
  }
}

/// The error about a command that a reader does not have.
struct Unmeasurable: Error, CustomStringConvertible {
  let what: String

  var description: String {
    "\(what) needs DPDK and intel-ipsec-mb, without which this reader was built (make reader); use the "
      + "vpebench that `make build` makes"
  }
}

/// A command of the tool.
struct Command: Sendable {
  let name: String
  /// One line about the command, for the overview.
  let summary: String
  /// The full help text.
  let help: String
  let options: [Arguments.Option]
  let body: @Sendable (Arguments) throws -> Int32
}
