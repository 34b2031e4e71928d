import Foundation

/// How many files this process may have open (`ulimit -n`).
public enum OpenFiles {
  /// The most files that are ever needed.
  private static let most: rlim_t = 8192

  /// Raises the limit to the number needed, as far as the process may.
  public static func allowMost() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Foundation closes every file up to this number in a child process, and fails if the limit is lower.
  private static let closedInChildren = 255

  /// Fails if no process can be started.
  /// - Throws: `RunError.openFiles`.
  static func requireForProcess(_ role: String) throws {
    let purpose = "the process for \(role)"
    let limit = sysconf(Int32(_SC_OPEN_MAX))
    if (1..<closedInChildren).contains(limit) {
      throw RunError.openFiles(purpose: purpose, limit: limit, needed: closedInChildren)
    }
    // Pipes, a log, and files that Foundation opens meanwhile.
    try require(16, for: purpose)
  }

  /// Fails unless so many more files can be opened: later failures would be unclear, or end the program.
  /// - Parameter purpose: the use of the files, for the message.
  /// - Throws: `RunError.openFiles`.
  static func require(_ count: Int, for purpose: String) throws {
    let limit = sysconf(Int32(_SC_OPEN_MAX))
    guard limit > 0, count < limit else {
      if limit > 0 { throw RunError.openFiles(purpose: purpose, limit: limit, needed: count) }
      return
    }
    let free = (0..<Int32(clamping: limit)).lazy.filter { fcntl($0, F_GETFD) < 0 }.prefix(count).count
    if free < count { throw RunError.openFiles(purpose: purpose, limit: limit, needed: limit - free + count) }
  }
}
