import Cases
import Foundation
import Machine
import Roles

/// A role process as its run sees it.
package final class RoleProcess {
  /// What it plays, for messages.
  let name: String
  let roles: Set<RoleName>
  /// Ticks of its time-stamp counter in a second.
  private(set) var ticksPerSecond: UInt64?
  private let process = Process()
  private let channel: LineChannel
  private let input = Pipe()
  private let output = Pipe()
  private let logPath: String
  private let logStart: UInt64

  /// How long an answer may take.
  static let answerSeconds = 30.0

  /// What a process is started with.
  struct Options {
    /// This program's own binary.
    var executable: String
    var cpus: [Int]
    var ownsNetwork = false
    var usesHardware = false
    /// Where its standard error goes.
    var logPath: String
  }

  /// Starts the process and waits until it is up.
  /// - Throws: `RunError`.
  init(roles: Set<RoleName>, _ options: Options) throws {
    self.roles = roles
    let names = roles.map(\.rawValue).sorted().joined(separator: ",")
    name = roles.count == RoleName.allCases.count ? "all roles" : names
    logPath = options.logPath
    let cpus = options.cpus.map(String.init).joined(separator: ",")
    var command = options.ownsNetwork ? MachineTool.inOwnNetwork : []
    command += [options.executable, "role", "serve", "--roles", names, "--cpus", cpus]
    if options.ownsNetwork { command.append("--own-network") }
    if options.usesHardware { command.append("--hardware") }
    try process.setCommand(command, role: name)
    process.standardInput = input
    process.standardOutput = output
    let descriptor = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
    let log = descriptor < 0 ? nil : FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    logStart = (try? log?.seekToEnd()) ?? 0
    process.standardError = log ?? FileHandle.nullDevice
    channel = LineChannel(
      input: output.fileHandleForReading.fileDescriptor, output: input.fileHandleForWriting.fileDescriptor)
    do {
      try process.run()
    } catch {
      throw RunError.cannotStart(role: name, reason: error.localizedDescription)
    }
    // Without this our own copies of the process's ends would keep its pipes open after its death.
    try? input.fileHandleForReading.close()
    try? output.fileHandleForWriting.close()
    do {
      if case .up(let ticks) = try answer(within: RoleProcess.answerSeconds) { ticksPerSecond = ticks }
    } catch RunError.refused(_, let reason) {
      // What DPDK has printed tells more than its error number.
      let words = Self.words(of: logText())
      throw RunError.cannotStart(role: name, reason: words.hasPrefix(Self.whoseWords) ? words : reason)
    }
  }

  deinit { end() }

  /// The process's number.
  var identifier: Int32 { process.processIdentifier }

  /// Tells the process something and waits for the answer.
  /// - Throws: `RunError`.
  @discardableResult
  func ask(_ command: RoleCommand, within seconds: Double = answerSeconds) throws -> RoleAnswer {
    try tell(command)
    return try answer(within: seconds)
  }

  /// Tells the process something whose answer is awaited later.
  func tell(_ command: RoleCommand) throws {
    do { try channel.send(try JSONEncoder().encode(command)) } catch { throw died() }
  }

  /// Waits for an answer.
  func answer(within seconds: Double) throws -> RoleAnswer {
    do {
      let answer = try JSONDecoder().decode(RoleAnswer.self, from: try channel.receive(within: seconds))
      if case .failed(let reason) = answer { throw RunError.refused(role: name, reason: reason) }
      return answer
    } catch LineChannel.Failure.timedOut {
      throw RunError.silent(role: name, seconds: seconds)
    } catch LineChannel.Failure.closed {
      throw died()
    } catch is DecodingError {
      // No program of this suite, or one of another version.
      throw RunError.died(role: name, how: "what it says is no answer", log: Self.words(of: logText()))
    }
  }

  /// Why the process has ended; nil if it runs.
  func death() -> RunError? {
    // An end is known a moment later than its consequences.
    for _ in 0..<10 where process.isRunning { usleep(2000) }
    return process.isRunning ? nil : died()
  }

  private func died() -> RunError {
    // Its pipes are closed, so it ends now if it has not yet.
    process.waitUntilExit()
    let status = process.terminationStatus
    let how = process.terminationReason == .uncaughtSignal ? "signal \(status)" : "exit status \(status)"
    return .died(role: name, how: how, log: Self.words(of: logText()))
  }

  /// What the process has printed.
  private func logText() -> String {
    guard let log = FileHandle(forReadingAtPath: logPath) else { return "" }
    try? log.seek(toOffset: logStart)
    return String(decoding: (try? log.readToEnd()) ?? Data(), as: UTF8.self)
  }

  private static let whoseWords = "DPDK: "

  /// The line or two of a process's last words that say why it has ended.
  ///
  /// A crash prints pages, and the line that says why is among the first. DPDK prints an error for each level
  /// that it has gone wrong at, the cause first, then perhaps its usage; a panic is told over two lines.
  package static func words(of log: String) -> String {
    let lines = log.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    if let panic = lines.firstIndex(where: { $0.hasPrefix("PANIC in ") }) {
      return lines[panic...].prefix(2).joined(separator: " ")
    }
    if let crash = lines.first(where: { $0.contains("Fatal error") || $0.contains("crashed") }) {
      return crash
    }
    let errors = lines.filter { $0.hasPrefix("EAL: ") }.map { String($0.dropFirst("EAL: ".count)) }
    return errors.isEmpty ? lines.last ?? "" : whoseWords + errors.prefix(2).joined(separator: ", ")
  }

  /// Ends the process: by closing its input, and by force if it does not go.
  func end() {
    guard process.isRunning else { return }
    try? input.fileHandleForWriting.close()
    for _ in 0..<200 where process.isRunning { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}
