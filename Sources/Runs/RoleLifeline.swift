import Dataplane
import Foundation

/// Ends a role process with its run, and keeps the channel between them free of other output.
enum RoleLifeline {
  /// From now on the process ends as soon as the run has gone, whatever it is doing.
  ///
  /// The kernel kills the process with its parent. A thread that watches standard input detects the cases
  /// that the kernel misses: a parent that ended before this call, or an intermediate process between run and
  /// role.
  static func tie() {
    // Ignore signals to the whole process group, and closed pipes: the run decides how its processes end.
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    ParentProcess.endWithIt()
    Thread.detachNewThread {
      while true {
        var input = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
        if poll(&input, 1, -1) > 0 { _exit(0) }
      }
    }
  }

  /// Forwards the run's input, and ends the process if none has come for so long: nothing else reports a cut
  /// network or a killed launcher.
  /// - Returns: the descriptor from which to read the input.
  static func lease(seconds: Double) -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return STDIN_FILENO }
    let (reading, writing) = (ends[0], ends[1])
    Thread.detachNewThread {
      var chunk = [UInt8](repeating: 0, count: 65536)
      while true {
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        let ready = poll(&input, 1, Int32(seconds * 1000))
        if ready < 0 && errno == EINTR { continue }
        if ready == 0 {
          FileHandle.standardError.write(
            Data("the run was not heard of for \(Int(seconds)) s, and so this role ends\n".utf8))
          _exit(1)
        }
        let count = read(STDIN_FILENO, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0, Self.passOn(chunk[..<count], to: writing) else { _exit(0) }
      }
    }
    return reading
  }

  private static func passOn(_ bytes: ArraySlice<UInt8>, to output: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Redirects standard output, on which libraries print (DPDK its usage), to standard error.
  /// - Returns: the original standard output, for answers only.
  static func takeOutput() -> Int32 {
    let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    guard output >= 0 else { return STDOUT_FILENO }
    dup2(STDERR_FILENO, STDOUT_FILENO)
    return output
  }
}
