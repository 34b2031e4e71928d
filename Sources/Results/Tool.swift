import Foundation

/// Programs of every Linux that pack and hash: tar, gzip and sha256sum.
package enum Tool {
  /// Runs a program to its end.
  /// - Parameters:
  ///   - words: the program, looked up in PATH, and its arguments.
  ///   - folder: where it runs.
  ///   - input: its standard input.
  /// - Returns: what it printed.
  /// - Throws: `ArchiveProblem.noProgram`, or `.unreadable` with the end of what it complained of.
  package static func run(
    _ words: [String], in folder: String, input: FileHandle = .nullDevice
  ) throws(ArchiveProblem) -> Data {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LC_ALL": "C",
    ]
    process.standardInput = input
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
      if said.contains(String(cString: strerror(ENOSPC))) { throw .noRoom }
      throw .unreadable(said: words.isEmpty ? "it said nothing" : String(words.suffix(200)))
    }
    return data
  }

  /// The SHA-256 of files, hexadecimal, by their names.
  package static func hashes(
    _ names: [String], in folder: String
  ) throws(ArchiveProblem) -> [String: String] {
    var hashes: [String: String] = [:]
    // A command line holds so many, and not all of a large archive.
    for start in stride(from: 0, to: names.count, by: 500) {
      let some = names[start..<min(start + 500, names.count)]
      let data = try run(["sha256sum", "--zero", "--"] + some, in: folder)
      for line in data.split(separator: 0) {
        let text = String(decoding: line, as: UTF8.self)
        hashes[String(text.dropFirst(66))] = String(text.prefix(64))
      }
    }
    return hashes
  }
}
