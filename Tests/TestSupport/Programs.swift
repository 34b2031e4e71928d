import Foundation

/// How a program ended, and what it wrote.
package typealias Ending = (status: Int32, output: String, errors: String)

/// Runs a program to its end.
package func runProgram(_ path: String, _ arguments: [String], input: Data = Data()) throws -> Ending {
  try withStreams(input: input) { files in
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}

/// What comes of a program whose standard input, output and errors are files.
///
/// Not pipes: neither side can then wait for the other, however much is written, and a program that dies
/// early does not take the tests with it (SIGPIPE).
/// - Parameter run: runs it with these files, and returns its exit status.
func withStreams(input: Data, _ run: ([URL]) throws -> Int32) throws -> Ending {
  try withTemporaryFolder { folder in
    let files = ["input", "output", "errors"].map { folder.appendingPathComponent($0) }
    for (file, content) in zip(files, [input, Data(), Data()]) { try content.write(to: file) }
    let status = try run(files)
    let texts = try files.dropFirst().map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return (status, texts[0], texts[1])
  }
}

/// Runs `body` with a folder that is gone afterwards.
package func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
