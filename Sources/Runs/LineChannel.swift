import Basics
import Foundation

/// Lines over a pair of file descriptors, with time limits: how a run and its role processes talk.
final class LineChannel {
  enum Failure: Error { case closed, timedOut }

  private let input: Int32
  private let output: Int32
  private var buffer = Data()

  init(input: Int32, output: Int32) {
    self.input = input
    self.output = output
  }

  /// The next line without its end.
  /// - Throws: `Failure`.
  func receive(within seconds: Double?) throws -> Data {
    let limit = seconds.map(Moment.init(in:))
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = buffer[buffer.startIndex..<end]
        buffer = Data(buffer[buffer.index(after: end)...])
        return Data(line)
      }
      let left = limit.map { max(0, $0.secondsLeft) }
      var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      let ready = poll(&descriptor, 1, left.map { Int32(min($0 * 1000, 1e9)) + 1 } ?? -1)
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 { throw Failure.timedOut }
      var chunk = [UInt8](repeating: 0, count: 65536)
      let count = read(input, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw Failure.closed }
      buffer += chunk[..<count]
    }
  }

  /// Sends a line.
  /// - Throws: `Failure.closed`.
  func send(_ line: Data) throws {
    var rest = line + [UInt8(ascii: "\n")]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw Failure.closed }
      rest = Data(rest.dropFirst(count))
    }
  }
}
