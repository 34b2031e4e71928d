import Foundation

/// An append-only file of sample records, one JSON object per line.
///
/// When `append` returns, the record is on the disk, so measurements survive whatever ends the program. A
/// journal has one writer at a time; opening it a second time fails.
public final class Journal {
  /// The content of a journal.
  public struct Contents: Sendable, Equatable {
    /// The records of all complete lines, in the order in which they were appended.
    public let records: [SampleRecord]
    /// Whether the file ends in an incomplete line. That line is not among the records.
    public let isTorn: Bool
  }

  /// The file's path.
  public let path: String
  private let file: Int32
  /// Number of bytes of the complete lines.
  private var length: off_t

  /// Opens the journal at `path` for appending, and makes it if it is missing. An incomplete last line is cut
  /// off.
  /// - Throws: `ResultsError.file`, `ResultsError.journalInUse`.
  public init(path: String) throws(ResultsError) {
    file = try FileSystem.open(path, O_RDWR | O_CREAT | O_APPEND, for: .write)
    self.path = path
    length = 0
    guard Self.lock(file) else { throw .journalInUse(path: path) }
    let data = try FileSystem.read(path)
    length = off_t(Self.completeBytes(of: data))
    if length < data.count, ftruncate(file, length) != 0 {
      throw .file(.write, path: path, code: errno)
    }
    try FileSystem.syncFolder(of: path)
  }

  deinit { close(file) }

  /// Locks the file for this process. The lock ends with the process, however that ends. A file system
  /// without locks does no harm.
  private static func lock(_ file: Int32) -> Bool {
    // A process that is starting or ending may hold the lock for a moment, so the lock is tried several
    // times.
    for _ in 0..<lockTries {
      if flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return true }
      usleep(20_000)
    }
    return false
  }

  private static let lockTries = 100

  /// Appends `record` as one line and flushes it to the disk.
  /// - Throws: `ResultsError.file`, after the partial line was cut off, or `ResultsError.unencodable`.
  public func append(_ record: SampleRecord) throws(ResultsError) {
    var line: Data
    do {
      line = try Self.encoder().encode(record)
    } catch {
      throw .unencodable(path: path, reason: String(describing: error))
    }
    line.append(UInt8(ascii: "\n"))
    do {
      try FileSystem.writeAndSync(line, to: file, path: path)
      length += off_t(line.count)
    } catch {
      // If this fails as well, the next process that opens the journal cuts the line off.
      ftruncate(file, length)
      throw error
    }
  }

  /// Reads the journal at `path`. An incomplete last line is ignored, but reported.
  /// - Throws: `ResultsError.file`, or `ResultsError.corruptJournal` for a complete line that is not a
  ///   record.
  public static func read(_ path: String) throws(ResultsError) -> Contents {
    let data = try FileSystem.read(path)
    let complete = completeBytes(of: data)
    // Splitting leaves an empty part behind the last line feed, which is not a line.
    let lines = data.prefix(complete).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast()
    let decoder = decoder()
    var records: [SampleRecord] = []
    for (index, line) in lines.enumerated() {
      do {
        records.append(try decoder.decode(SampleRecord.self, from: line))
      } catch {
        throw .corruptJournal(path: path, line: index + 1, reason: reason(of: error))
      }
    }
    return Contents(records: records, isTorn: complete < data.count)
  }

  /// The number of bytes of `data` that belong to complete lines.
  private static func completeBytes(of data: Data) -> Int {
    data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
  }

  private static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Infinity and NaN are written as words, so that a division by zero in one metric does not cost the
    // record.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  /// The decoder's message, with the path of the value at which it stopped.
  private static func reason(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return String(describing: error) }
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let at), .valueNotFound(_, let at), .keyNotFound(_, let at), .dataCorrupted(let at):
      context = at
    @unknown default:
      return String(describing: error)
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    let words = context.debugDescription.trimmingCharacters(in: CharacterSet(charactersIn: ". \n"))
    return path.isEmpty ? words : "\(path): \(words)"
  }
}
