import Foundation
import Synchronization

/// Python that has the packages of `Tests/oracles` loaded, and runs one script after the other
/// (`serve.py`). To load them takes longer than most scripts take. Each thread that asks at the same time
/// has one of its own; they end with this process.
final class OracleServer: Sendable {
  private static let idle = Mutex<[OracleServer]>([])

  /// The end of a socket pair whose other end is Python's input and output.
  private let socket: Int32

  private init(python: String) throws {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw Oracle.Failure(description: "no socket pair: \(String(cString: strerror(errno)))")
    }
    socket = ends[0]
    let far = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [Oracle.path(of: "serve.py")]
    process.standardInput = far
    process.standardOutput = far
    try process.run()
  }

  deinit { close(socket) }

  /// Runs a script to its end, by a server that does nothing else meanwhile.
  /// - Parameter files: its standard input, output and errors.
  /// - Returns: its exit status.
  static func run(_ script: String, _ arguments: [String], python: String, files: [String]) throws -> Int32 {
    let server = try idle.withLock { $0.popLast() } ?? OracleServer(python: python)
    let question = try JSONSerialization.data(withJSONObject: [script, arguments, files] as [Any])
    guard server.tell(question + [UInt8(ascii: "\n")]), let status = server.line().flatMap({ Int32($0) })
    else {
      throw Oracle.Failure(description: "serve.py has ended; the last script was \(script)")
    }
    idle.withLock { $0.append(server) }
    return status
  }

  /// - Returns: whether the other end is there; its end is no signal (SIGPIPE).
  private func tell(_ data: Data) -> Bool {
    data.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = send(socket, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }

  /// A line without its end; nil if the other end has gone.
  private func line() -> String? {
    var bytes: [UInt8] = []
    while true {
      var byte: UInt8 = 0
      let count = read(socket, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      guard count == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }
}
