import Foundation

/// Standard output, written by system calls: what cannot be written must not go unnoticed.
///
/// A command that measures goes on where its output cannot be written, and ends cleanly where its reader has
/// gone; every other one ends at once.
enum Output {
  // One thread prints.
  nonisolated(unsafe) private static var buffer: [UInt8] = []
  /// Why it cannot be written; nil as long as it can.
  nonisolated(unsafe) private static var failure: Int32?

  private static let room = 1 << 16
  private static let isTerminal = isatty(STDOUT_FILENO) != 0

  /// Reopens standard files that are closed: the next file that is opened, such as a journal, would get their
  /// numbers, and be printed into. They are opened for reading, so that a write fails as on a closed file.
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

  /// The text with signs that a terminal would obey, from a file's name or a descriptor, as they are written.
  static func shown(_ text: String) -> String {
    func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
    guard text.unicodeScalars.contains(where: isObeyed) else { return text }
    return text.unicodeScalars.reduce(into: "") { shown, scalar in
      shown += isObeyed(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
    }
  }

  /// Hands over what a pipe or a file would get at the end only.
  static func flush() {
    buffer.withUnsafeBytes { put($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Hands bytes over at once.
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

  /// Whether standard output is a pipe that nobody reads any more.
  static var isReaderGone: Bool {
    var file = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&file, 1, 0) > 0 && file.revents & Int16(POLLERR) != 0
  }

  /// The end of the program: everything is written, or it fails.
  /// - Returns: the exit status.
  static func finish(_ status: Int32) -> Int32 {
    if failure == nil { flush() }
    // Some file systems tell of a full disk as late as this.
    if failure == nil, close(STDOUT_FILENO) != 0 { failure = errno }
    guard let code = failure else { return status }
    if code == EPIPE {
      // As every program whose reader has enough.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    complain("vpebench: cannot write standard output: \(String(cString: strerror(code)))\n")
    return max(status, 1)
  }

  /// Writes to standard error; where that is not possible either, there is nobody to tell.
  static func complain(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}

/// In place of the library's, which forgets what could not be written.
func print(_ text: String = "") { Output.line(text) }
