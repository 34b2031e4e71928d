import Foundation

/// An independent encoder in Python, to be compared with.
enum Oracle {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Asks a script of `Tests/oracles` all questions at once, a line of JSON each.
  /// - Returns: as many lines as there are questions.
  static func answers(of script: String, to questions: [some Encodable]) throws -> [Substring] {
    guard let python = ProcessInfo.processInfo.environment["VPEBENCH_ORACLES"] else {
      throw Failure(
        description: "set VPEBENCH_ORACLES to a Python interpreter that has the packages of "
          + "Tests/oracles/requirements.txt, or use `make test`")
    }
    // A file, not a pipe: a script that dies early must not take the tests with it (SIGPIPE).
    let input = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).jsonl")
    try encode(questions).write(to: input)
    defer { try? FileManager.default.removeItem(at: input) }

    let process = Process()
    let output = Pipe()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [folder.appendingPathComponent(script).path]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()

    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard process.terminationStatus == 0, lines.count == questions.count else {
      throw Failure(
        description: "\(script) ended with status \(process.terminationStatus) and \(lines.count) of "
          + "\(questions.count) answers: \(complaint)")
    }
    return Array(lines)
  }

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("oracles")

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
