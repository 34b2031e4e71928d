import Foundation

/// Programs of their own that the product is compared with.
enum Oracle {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a script of `Tests/oracles`.
  static func run(_ script: String, _ arguments: [String]) throws -> (
    status: Int32, output: String, errors: String
  ) {
    guard let python = ProcessInfo.processInfo.environment["VPEBENCH_ORACLES"] else {
      throw Failure(
        description: "set VPEBENCH_ORACLES to a Python interpreter that has the packages of "
          + "Tests/oracles/requirements.txt, or use `make test`")
    }
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("oracles")
    return try runProgram(python, [folder.appendingPathComponent(script).path] + arguments)
  }
}

/// Runs a program to its end.
func runProgram(_ path: String, _ arguments: [String]) throws -> (
  status: Int32, output: String, errors: String
) {
  let process = Process()
  // Files, not pipes: neither side can then wait for the other, however much is written.
  let files = try (0..<2).map { _ in try temporaryFile() }
  defer { files.forEach { try? FileManager.default.removeItem(at: $0) } }
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = try FileHandle(forWritingTo: files[0])
  process.standardError = try FileHandle(forWritingTo: files[1])
  try process.run()
  process.waitUntilExit()
  let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
  return (process.terminationStatus, texts[0], texts[1])
}

private func temporaryFile() throws -> URL {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try Data().write(to: url)
  return url
}

/// Runs `body` with a folder that is gone afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
