import Basics
import Foundation
import Synchronization

/// Lines over a pair of file descriptors, with time limits: how a run and its role processes talk.
///
/// One thread receives; any may send. An empty line only shows that the other side is alive.
final class LineChannel: @unchecked Sendable {
  enum Failure: Error { case closed, timedOut, silent, endless }

  /// The most bytes of a line; a sender of more is no program of this suite.
  private static let bytesMax = 1 << 26

  private let input: Int32
  /// nil once the channel is closed, for the descriptor's number may then be another file's.
  private let output: Mutex<Int32?>
  private var buffer = Data()

  init(input: Int32, output: Int32) {
    self.input = input
    self.output = Mutex(output)
  }

  /// The next line without its end.
  /// - Parameters:
  ///   - seconds: the time limit for the line; nil for none.
  ///   - silence: the longest time without any byte; nil for no limit.
  /// - Throws: `Failure`.
  func receive(within seconds: Double?, silence: Double? = nil) throws -> Data {
    let limit = seconds.map(Moment.init(in:))
    var lease = silence.map(Moment.init(in:))
    // The first bytes of the buffer, which contain no line end.
    var searched = 0
    while true {
      while let end = buffer.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(buffer[buffer.startIndex..<end])
        buffer = Data(buffer[buffer.index(after: end)...])
        searched = 0
        if !line.isEmpty { return line }
      }
      searched = buffer.count
      if searched > Self.bytesMax { throw Failure.endless }
      // A sender that never pauses must not escape the time limit.
      if limit?.isPast == true { throw Failure.timedOut }
      let left = [limit, lease].compactMap { $0.map { max(0, $0.secondsLeft) } }.min()
      var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      let ready = poll(&descriptor, 1, left.map { Int32(min($0 * 1000, 1e9)) + 1 } ?? -1)
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 { throw lease?.isPast == true && limit?.isPast != true ? Failure.silent : .timedOut }
      var chunk = [UInt8](repeating: 0, count: 65536)
      let count = read(input, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw Failure.closed }
      buffer += chunk[..<count]
      lease = silence.map(Moment.init(in:))
    }
  }

  /// Sends a line.
  /// - Throws: `Failure.closed`.
  func send(_ line: Data) throws {
    try output.withLock { output in
      guard let output else { throw Failure.closed }
      var rest = line + [UInt8(ascii: "\n")]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { throw Failure.closed }
        rest = Data(rest.dropFirst(count))
      }
    }
  }

  /// Closes the channel for sending.
  func stopSending() { output.withLock { $0 = nil } }

  /// Sends an empty line every `seconds` from now on, until a write fails.
  func beat(every seconds: Double) {
    Thread.detachNewThread { [weak self] in
      while true {
        usleep(UInt32(seconds * 1e6))
        guard let self, (try? self.send(Data())) != nil else { return }
      }
    }
  }
}
