import Foundation

/// Standard output, written by system calls, so that write errors are noticed.
///
/// If writing fails, a command that measures continues; if the reader is gone, it ends cleanly. Every other
/// command ends at once.
enum Output {
  // Only one thread prints.
  nonisolated(unsafe) private static var buffer: [UInt8] = []
  /// The error code of the first failed write; nil if all writes succeeded.
  nonisolated(unsafe) private static var failure: Int32?

  private static let room = 1 << 16
  private static let isTerminal = isatty(STDOUT_FILENO) != 0

  /// Opens /dev/null for closed standard files. Otherwise the next opened file, such as a journal, would get
  /// their numbers, and output would be written into it. The files are opened for reading, so that a write
  /// fails as on a closed file.
  static func prepare() {
    for file in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(file, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Prints a line.
  static func line(_ text: String) {
    if failure != nil { return }
    buffer += shown(text).utf8
    buffer.append(UInt8(ascii: "\n"))
    if isTerminal || buffer.count >= room { flush() }
  }

  /// The text with control characters escaped. They may come from file names or descriptors, and a terminal
  /// would obey them.
  static func shown(_ text: String) -> String {
    func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
    guard text.unicodeScalars.contains(where: isObeyed) else { return text }
    return text.unicodeScalars.reduce(into: "") { shown, scalar in
      shown += isObeyed(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
    }
  }

  /// Writes the buffered output.
  static func flush() {
    buffer.withUnsafeBytes { put($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes bytes immediately.
  static func put(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while failure == nil, !rest.isEmpty {
      let count = write(STDOUT_FILENO, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        var file = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        poll(&file, 1, -1)
      } else if errno != EINTR {
        failure = errno
      }
    }
    if failure != nil, !Interruption.isWatched { exit(finish(1)) }
  }

  /// Whether standard output is a pipe without a reader.
  static var isReaderGone: Bool {
    var file = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&file, 1, 0) > 0 && file.revents & Int16(POLLERR) != 0
  }

  /// Ends the output: writes the rest, and reports an error if a write has failed.
  /// - Returns: the exit status.
  static func finish(_ status: Int32) -> Int32 {
    if failure == nil { flush() }
    // Some file systems report a full disk only when the file is closed.
    if failure == nil, close(STDOUT_FILENO) != 0 { failure = errno }
    guard let code = failure else { return status }
    if code == EPIPE {
      // The process ends by SIGPIPE, as other programs do when their reader is gone.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    complain("vpebench: cannot write standard output: \(String(cString: strerror(code)))\n")
    return max(status, 1)
  }

  /// Writes to standard error. An error is ignored, because it could not be reported.
  static func complain(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}

/// Replaces the library's `print`, which ignores write errors.
func print(_ text: String = "") { Output.line(text) }
