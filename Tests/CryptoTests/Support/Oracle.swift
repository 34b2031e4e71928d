import Foundation

/// An independent encoder in Python, to be compared with.
enum Oracle {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Asks a script of `Tests/oracles` all questions at once, a line of JSON each.
  /// - Returns: as many lines as there are questions.
  static func answers(of script: String, to questions: [some Encodable]) throws -> [Substring] {
    let text = try output(of: script, input: try encode(questions))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard lines.count == questions.count else {
      throw Failure(description: "\(script) gave \(lines.count) of \(questions.count) answers")
    }
    return Array(lines)
  }

  /// What a script of `Tests/oracles` prints.
  /// - Throws: `Failure` if it ends with another status than 0.
  static func output(of script: String, _ arguments: [String] = [], input: Data = Data()) throws -> String {
    guard let python = ProcessInfo.processInfo.environment["VPEBENCH_ORACLES"] else {
      throw Failure(
        description: "set VPEBENCH_ORACLES to a Python interpreter that has the packages of "
          + "Tests/oracles/requirements.txt, or use `make test`")
    }
    // Files, not pipes: a script that dies early must not take the tests with it (SIGPIPE), nor wait for
    // someone to read its complaints.
    let files = (0..<3).map { _ in
      FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).jsonl")
    }
    defer { files.forEach { try? FileManager.default.removeItem(at: $0) } }
    for (file, content) in zip(files, [input, Data(), Data()]) { try content.write(to: file) }

    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [folder.appendingPathComponent(script).path] + arguments
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    let texts = try files.dropFirst().map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    guard process.terminationStatus == 0 else {
      throw Failure(description: "\(script) ended with status \(process.terminationStatus): \(texts[1])")
    }
    return texts[0]
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
