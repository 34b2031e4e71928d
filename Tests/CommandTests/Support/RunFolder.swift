import Foundation

/// The folder of a run.
struct RunFolder: Sendable {
  let path: String

  /// The folders of all runs of an experiment, oldest first.
  static func all(of experiment: String, in output: String) -> [RunFolder] {
    let folder = "\(output)/\(experiment)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0 != "latest" }.sorted().map { RunFolder(path: "\(folder)/\($0)") }
  }

  /// The folder of the only run of an experiment.
  static func only(of experiment: String, in output: String) throws -> RunFolder {
    let folders = all(of: experiment, in: output)
    guard let folder = folders.first, folders.count == 1 else {
      throw Unmet("\(folders.count) runs of \(experiment) are in \(output), not one")
    }
    return folder
  }

  /// Waits until a run of an experiment has a folder that fulfils a condition.
  /// - Throws: `Unmet` if the run ends before.
  static func wait(
    for run: Program, of experiment: String, in output: String, _ condition: (RunFolder) throws -> Bool
  ) async throws {
    let isThere = try await eventually {
      try all(of: experiment, in: output).contains(where: condition) || !run.isRunning
    }
    guard isThere, run.isRunning else { throw Unmet("the run got nowhere: \(run.output) \(run.errors)") }
  }

  var name: String { String(path.split(separator: "/").last ?? "") }

  /// The names of all files and folders in it, hidden ones included.
  var names: Set<String> {
    Set(FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
  }

  func text(_ file: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
  }

  /// A CSV file's column names.
  func header(_ file: String) throws -> [String] {
    try text(file).prefix { $0 != "\n" }.split(separator: ",").map(String.init)
  }

  /// A CSV file's rows by column name.
  func rows(_ file: String) throws -> [[String: String]] {
    let records = Self.records(in: try text(file))
    guard let header = records.first else { throw Unmet("\(path)/\(file) is empty") }
    return try records.dropFirst().map { record in
      guard record.count == header.count else { throw Unmet("\(path)/\(file) has a ragged row: \(record)") }
      return Dictionary(uniqueKeysWithValues: zip(header, record))
    }
  }

  /// Parses CSV by RFC 4180: cells between commas, quoted if they contain commas, quotes or line ends.
  private static func records(in text: String) -> [[String]] {
    var records: [[String]] = []
    var record: [String] = []
    var cell = ""
    var isQuoted = false
    var rest = Substring(text)
    while let sign = rest.popFirst() {
      switch sign {
      case "\"" where isQuoted && rest.first == "\"": cell.append(rest.removeFirst())
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        record.append(cell)
        cell = ""
      case "\n" where !isQuoted, "\r\n" where !isQuoted:
        records.append(record + [cell])
        (record, cell) = ([], "")
      default: cell.append(sign)
      }
    }
    return records
  }

  /// A line of the journal, with the members that tests need.
  struct Sample: Decodable, Hashable {
    struct Coordinates: Decodable, Hashable {
      let name: String
    }
    struct Stage: Decodable, Hashable {
      let role: String
    }
    let coordinates: Coordinates
    let sample: Int
    let valid: Bool
    let faults: [String]
    let counts: [String: Int]
    let stages: [Stage]

    var name: String { coordinates.name }
  }

  /// The complete lines of the journal; empty if there is no journal yet.
  private var lines: [Data] {
    let data = FileManager.default.contents(atPath: path + "/journal.jsonl") ?? Data()
    return data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
  }

  /// The number of samples so far.
  var journalled: Int { lines.count }

  /// The samples so far of a run that may be writing another one.
  func samples() throws -> [Sample] { try lines.map { try JSONDecoder().decode(Sample.self, from: $0) } }

  /// The samples of a run that has ended; every line must be complete.
  func journal() throws -> [Sample] {
    let text = try text("journal.jsonl")
    guard text.isEmpty || text.hasSuffix("\n") else { throw Unmet("the journal ends within a line") }
    return try samples()
  }
}
