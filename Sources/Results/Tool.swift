import Foundation

/// Standard programs that pack and hash files: tar, gzip and sha256sum.
package enum Tool {
  /// Runs a program to its end, with an environment that does not depend on the user.
  /// - Parameters:
  ///   - words: the program, which is looked up in `PATH`, and its arguments.
  ///   - input: an open file for standard input.
  /// - Returns: the program's output.
  /// - Throws: `ArchiveProblem.noProgram`, `.noRoom`, or `.unreadable` with the end of the error message.
  package static func run(
    _ words: [String], input: Int32? = nil
  ) throws(ArchiveProblem) -> Data {
    guard let outcome = Program.run(words, input: input, keeping: ["PATH"]) else {
      throw .noProgram(words[0])
    }
    guard outcome.status == 0 else {
      if outcome.complaint.contains(String(cString: strerror(ENOSPC))) { throw .noRoom }
      throw .unreadable(said: String(outcome.complaint.suffix(200)))
    }
    return outcome.output
  }

  /// The SHA-256 of files in hexadecimal, by their names.
  package static func hashes(
    _ names: [String], in folder: String
  ) throws(ArchiveProblem) -> [String: String] {
    var hashes: [String: String] = [:]
    // Files are hashed in batches, because a command line cannot hold the names of a large archive.
    for start in stride(from: 0, to: names.count, by: 500) {
      let some = names[start..<min(start + 500, names.count)]
      let data = try run(["sha256sum", "--zero", "--"] + some.map { FileSystem.join(folder, $0) })
      for (name, line) in zip(some, data.split(separator: 0)) {
        hashes[name] = String(decoding: line.prefix(64), as: UTF8.self)
      }
    }
    return hashes
  }
}
