import Foundation
import Results

/// Programs of every Linux that pack and hash: tar, gzip and sha256sum.
enum Tool {
  /// Runs a program to its end.
  /// - Parameters:
  ///   - words: the program, looked up in PATH, and its arguments.
  ///   - folder: where it runs.
  /// - Returns: what it printed.
  /// - Throws: `ArchiveProblem.noProgram`, or `.unreadable` with the end of what it complained of.
  static func run(_ words: [String], in folder: String) throws(ArchiveProblem) -> Data {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LC_ALL": "C",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch { throw .noProgram(words[0]) }
    // What complains says little: a pipe holds it until the output is read.
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 127 { throw .noProgram(words[0]) }
    guard process.terminationStatus == 0 else {
      let words = said.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      throw .unreadable(said: words.isEmpty ? "it said nothing" : String(words.suffix(200)))
    }
    return data
  }

  /// The SHA-256 of files, hexadecimal, by their names.
  static func hashes(_ names: [String], in folder: String) throws(ArchiveProblem) -> [String: String] {
    if names.isEmpty { return [:] }
    let data = try run(["sha256sum", "--zero", "--"] + names, in: folder)
    var hashes: [String: String] = [:]
    for line in data.split(separator: 0) {
      let text = String(decoding: line, as: UTF8.self)
      hashes[String(text.dropFirst(66))] = String(text.prefix(64))
    }
    return hashes
  }
}
