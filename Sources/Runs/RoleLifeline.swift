import Dataplane
import Foundation

/// What ties a role process to its run, and keeps the run's line to it clean.
enum RoleLifeline {
  /// From now on the process ends as soon as the run has gone, whatever it is doing then.
  ///
  /// The kernel kills it with its parent. A thread that looks at the input alone sees what the kernel has
  /// missed: a parent that was gone before this call, or a child of the parent's that has taken its place.
  static func tie() {
    // Signals that reach the whole process group, and closed pipes: the run decides how its processes end.
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    ParentProcess.endWithIt()
    Thread.detachNewThread {
      while true {
        var input = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
        if poll(&input, 1, -1) > 0 { _exit(0) }
      }
    }
  }

  /// Puts what libraries print on standard output (DPDK its usage) to standard error.
  /// - Returns: the standard output, for answers alone.
  static func takeOutput() -> Int32 {
    let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    guard output >= 0 else { return STDOUT_FILENO }
    dup2(STDERR_FILENO, STDOUT_FILENO)
    return output
  }
}
