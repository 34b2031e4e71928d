import Foundation

/// Scripts of `Tests/oracles` in Python, which share nothing with the product and are compared with it.
package enum Oracle {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Asks a script all questions at once, a line of JSON each.
  /// - Returns: as many lines as there are questions.
  package static func answers(of script: String, to questions: [some Encodable]) throws -> [Substring] {
    let text = try output(of: script, input: try encode(questions))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard lines.count == questions.count else {
      throw Failure(description: "\(script) gave \(lines.count) of \(questions.count) answers")
    }
    return Array(lines)
  }

  /// What a script prints.
  /// - Throws: `Failure` if it ends with another status than 0.
  package static func output(
    of script: String, _ arguments: [String] = [], input: Data = Data()
  ) throws -> String {
    let ending = try run(script, arguments, input: input)
    guard ending.status == 0 else {
      throw Failure(description: "\(script) ended with status \(ending.status): \(ending.errors)")
    }
    return ending.output
  }

  /// Runs a script to its end.
  package static func run(_ script: String, _ arguments: [String], input: Data = Data()) throws -> Ending {
    let python = try python
    return try withStreams(input: input) { files in
      try OracleServer.run(path(of: script), arguments, python: python, files: files.map(\.path))
    }
  }

  static func path(of script: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("oracles/\(script)").path
  }

  /// How the Python package `frictionless`, which reads every cell by its declared type and follows keys and
  /// hashes, judges a data package.
  package static func frictionless(validate path: String) throws -> (status: Int32, output: String) {
    let ending = try runProgram(python, ["-m", "frictionless", "validate", "--json", path])
    return (ending.status, ending.output + ending.errors)
  }

  private static var python: String {
    get throws {
      guard let python = ProcessInfo.processInfo.environment["VPEBENCH_ORACLES"] else {
        throw Failure(
          description: "set VPEBENCH_ORACLES to a Python interpreter that has the packages of "
            + "Tests/oracles/requirements.txt, or use `make test`")
      }
      return python
    }
  }

  private static func encode(_ questions: [some Encodable]) throws -> Data {
    let encoder = JSONEncoder()
    var data = Data()
    for question in questions {
      data += try encoder.encode(question)
      data.append(UInt8(ascii: "\n"))
    }
    return data
  }
}
