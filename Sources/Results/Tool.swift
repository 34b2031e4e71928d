import Foundation

/// Programs of every Linux that pack and hash: tar, gzip and sha256sum.
package enum Tool {
  /// Runs a program to its end, the same way for every user.
  /// - Parameters:
  ///   - words: the program, looked up in `PATH`, and its arguments.
  ///   - input: a file that is open, as its standard input.
  /// - Returns: what it printed.
  /// - Throws: `ArchiveProblem.noProgram`, or `.unreadable` with the end of what it complained of.
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

  /// The SHA-256 of files, hexadecimal, by their names.
  package static func hashes(
    _ names: [String], in folder: String
  ) throws(ArchiveProblem) -> [String: String] {
    var hashes: [String: String] = [:]
    // A command line holds so many, and not all of a large archive.
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
