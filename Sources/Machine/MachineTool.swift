import Foundation

/// The programs of the system that the machine's description and its check ask.
package enum MachineTool {
  /// The command that starts another one in a new, empty network namespace.
  package static let inOwnNetwork = ["unshare", "--net", "--"]

  /// What a program did.
  package struct Outcome {
    let status: Int32
    /// Standard output and standard error together.
    package let output: String
  }

  /// The administrator's folders come last, as they are missing in the `PATH` of many users.
  private static var folders: [String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
  }

  /// Where a program is installed; `nil` if it is not.
  package static func path(_ name: String) -> String? {
    folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The SHA-256 of the program that this process runs, hexadecimal; `nil` where nothing can tell it.
  package static func ownSHA256() -> String? {
    // By the process: its file may have been replaced since.
    guard let outcome = run("sha256sum", ["/proc/\(getpid())/exe"]), outcome.status == 0 else { return nil }
    return outcome.output.split(separator: " ").first.map(String.init)
  }

  /// Versions of installed packages of Debian by name; nil where there is none of them.
  package static func packages(_ names: [String]) -> [String: String]? {
    // Of packages that are not there it complains, and lists the others.
    let listed = run("dpkg-query", ["--show", "--showformat=${Package} ${Version}\n"] + names)?.output ?? ""
    let pairs = listed.split(separator: "\n").map { $0.split(separator: " ") }.filter {
      $0.count == 2 && names.contains(String($0[0]))
    }
    let versions = Dictionary(pairs.map { (String($0[0]), String($0[1])) }) { first, _ in first }
    return versions.isEmpty ? nil : versions
  }

  /// Runs a program to its end, in the C locale and without input; `nil` if it cannot be started.
  package static func run(_ name: String, _ arguments: [String]) -> Outcome? {
    guard let path = path(name) else { return nil }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    // The program has the end that it writes to as its output, and no other.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child = start(path, arguments, output: ends[1])
    close(ends[1])
    guard let child else { return nil }
    let text = String(decoding: FileHandle(fileDescriptor: ends[0]).readDataToEndOfFile(), as: UTF8.self)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    // As wait(2) has it: a signal in the lower bits, or a status above.
    return Outcome(
      status: status & 0x7F == 0 ? status >> 8 & 0xFF : status & 0x7F,
      output: text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// Starts a program without Foundation, whose way to wait for one hangs in role processes at times.
  /// - Returns: its process; `nil` if it cannot be started.
  private static func start(_ path: String, _ arguments: [String], output: Int32) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
    let variables = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { (words + settings).forEach { free($0) } }
    var child: pid_t = 0
    return posix_spawn(&child, path, &actions, nil, words, settings) == 0 ? child : nil
  }
}
