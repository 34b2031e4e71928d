import Foundation

/// Runs programs of the system to their end.
///
/// Foundation is not used to start them: if the clock is set back, it waits forever for a program that has
/// ended.
package enum Program {
  /// The result of running a program.
  package struct Outcome {
    /// The exit status: 0 for success; 128 plus the signal's number if a signal ended the program, as in a
    /// shell.
    package let status: Int32
    package let output: Data
    package let errors: Data

    /// Standard output, without leading and trailing white space.
    package var text: String { Self.trimmed(output) }

    /// The program's error messages, in one line.
    package var complaint: String {
      let words = String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      return words.isEmpty ? "it said nothing" : words.joined(separator: " ")
    }

    private static func trimmed(_ data: Data) -> String {
      String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// Administrators' folders are searched last, because the `PATH` of many users lacks them.
  private static var folders: [String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
  }

  /// The path of an installed program; nil if it is not installed.
  package static func path(_ name: String) -> String? {
    folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program to its end, in the C locale.
  /// - Parameters:
  ///   - words: the program, which is looked up in `PATH`, and its arguments.
  ///   - input: an open file for standard input; `nil` for none.
  ///   - keeps: the environment variables that the program inherits; `nil` for all.
  /// - Returns: `nil` if the program cannot be started.
  package static func run(
    _ words: [String], input: Int32? = nil, keeping keeps: Set<String>? = nil
  ) -> Outcome? {
    guard let name = words.first, let path = path(name), let output = Pipe() else { return nil }
    guard let errors = Pipe() else {
      output.close()
      return nil
    }
    let own = ProcessInfo.processInfo.environment.filter { keeps?.contains($0.key) ?? true }
    let child = start(
      [path] + words.dropFirst(), [input, output.end, errors.end], own.merging(["LC_ALL": "C"]) { $1 })
    let said = read([output, errors])
    guard let child else { return nil }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    // The encoding of wait(2): a signal in the low seven bits, or else a status in the next eight.
    let signal = status & 0x7F
    return Outcome(status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: said[0], errors: said[1])
  }

  /// A pipe that other programs do not inherit.
  private struct Pipe {
    let start: Int32
    let end: Int32

    init?() {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      (start, end) = (ends[0], ends[1])
    }

    func close() {
      Foundation.close(start)
      Foundation.close(end)
    }
  }

  /// - Parameter files: standard input, output and errors; `nil` for /dev/null.
  /// - Returns: the process ID; `nil` if the program cannot be started.
  private static func start(
    _ words: [String], _ files: [Int32?], _ environment: [String: String]
  ) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, file) in zip(Int32(0)..., files) {
      if let file {
        posix_spawn_file_actions_adddup2(&actions, file, number)
      } else {
        posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
      }
    }
    let arguments = words.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var child: pid_t = 0
    return posix_spawn(&child, words[0], &actions, nil, arguments, variables) == 0 ? child : nil
  }

  /// Reads pipes to their ends, and closes them. They are read at the same time, because a program blocks
  /// while one of its pipes is full.
  private static func read(_ pipes: [Pipe]) -> [Data] {
    for pipe in pipes { Foundation.close(pipe.end) }
    defer { for pipe in pipes { Foundation.close(pipe.start) } }
    var data = pipes.map { _ in Data() }
    var open = pipes.map { pollfd(fd: $0.start, events: Int16(POLLIN), revents: 0) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while open.contains(where: { $0.fd >= 0 }) {
      guard poll(&open, nfds_t(open.count), -1) > 0 || errno == EINTR else { break }
      // A closed descriptor is replaced by -1, which poll ignores.
      for index in open.indices where open[index].fd >= 0 && open[index].revents != 0 {
        let count = Foundation.read(open[index].fd, &buffer, buffer.count)
        if count > 0 { data[index].append(contentsOf: buffer.prefix(count)) }
        if count == 0 || (count < 0 && errno != EINTR) { open[index].fd = -1 }
      }
    }
    return data
  }
}
