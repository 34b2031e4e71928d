import Basics
import Cases
import Descriptors
import Foundation
import Machine
import Roles

/// A role process as its run sees it.
package final class RoleProcess {
  /// The names of its roles, for messages.
  let name: String
  let roles: Set<RoleName>
  /// Which of those who play its role.
  let replica: Int
  /// Ticks of its time-stamp counter in a second.
  private(set) var ticksPerSecond: UInt64?
  /// An ID of the boot of its testbed host, by which hosts are distinguished.
  private(set) var machine: String?
  private let process = Process()
  private let channel: LineChannel
  private let input = Pipe()
  private let output = Pipe()
  private let logPath: String
  private let logStart: UInt64
  /// The host on which it runs; nil for this machine.
  private let site: Site?

  /// How long an answer may take.
  static let answerSeconds = 30.0

  /// A host of a testbed.
  struct Site {
    let host: Testbed.Host
    let leaseSeconds: Double
    /// The SHA-256 of this program, which the host's must have.
    let program: String?

    /// The interval in seconds at which each side shows that it is alive.
    static func beat(_ leaseSeconds: Double) -> Double { leaseSeconds / 5 }
  }

  /// The options of a process.
  struct Options {
    /// This program's own binary.
    var executable: String
    var cpus: [Int]
    var ownsNetwork = false
    var usesHardware = false
    /// Which of those who play its role.
    var replica = 0
    /// The host on which to run it; nil for this machine.
    var site: Site?
    /// Where its standard error goes.
    var logPath: String
  }

  /// Starts the process and waits until it is up.
  /// - Throws: `RunError`.
  convenience init(roles: Set<RoleName>, _ options: Options) throws {
    try self.init(starting: roles, options)
    try waitUntilUp()
  }

  /// Starts the process.
  /// - Throws: `RunError`.
  init(starting roles: Set<RoleName>, _ options: Options) throws {
    (self.roles, replica) = (roles, options.replica)
    let names = roles.map(\.rawValue).sorted().joined(separator: ",")
    let alone = roles.count == 1 ? roles.first.map { Replica($0, options.replica).name } : nil
    name = alone ?? (roles.count == RoleName.allCases.count ? "all roles" : names)
    logPath = options.logPath
    site = options.site
    try process.setCommand(Self.command(names, options), role: name)
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
    // Otherwise our own copies of the process's ends would keep its pipes open after its death.
    try? input.fileHandleForReading.close()
    try? output.fileHandleForWriting.close()
    if let site { channel.beat(every: Site.beat(site.leaseSeconds)) }
  }

  private static func command(_ roles: String, _ options: Options) -> [String] {
    let cpus = options.cpus.map(String.init).joined(separator: ",")
    var words = [options.site?.host.binary ?? options.executable, "role", "serve", "--roles", roles]
    words += ["--cpus", cpus]
    if options.ownsNetwork { words.append("--own-network") }
    if options.usesHardware { words.append("--hardware") }
    guard let site = options.site else {
      return (options.ownsNetwork ? MachineTool.inOwnNetwork : []) + words
    }
    words += ["--lease", "\(site.leaseSeconds)"]
    if let node = site.host.numaNode { words += ["--numa-node", "\(node)"] }
    return Launcher.command(words, on: site.host)
  }

  /// Waits until the process is up.
  /// - Throws: `RunError`.
  func waitUntilUp() throws {
    do {
      guard
        case .up(let ticks, let program, let machine) = try answer(within: RoleProcess.answerSeconds)
      else { return }
      (ticksPerSecond, self.machine) = (ticks, machine)
      if let site, program == nil || program != site.program {
        throw RunError.otherProgram(role: name, theirs: program, own: site.program)
      }
    } catch RunError.refused(_, let reason) {
      // DPDK's messages say more than its error number.
      let words = Self.words(of: logText())
      throw RunError.cannotStart(role: name, reason: words.hasPrefix(Self.whoseWords) ? words : reason)
    }
  }

  deinit { end() }

  /// Its only role with the replica number; nil if it plays several roles.
  var player: Replica<RoleName>? { roles.count == 1 ? roles.first.map { Replica($0, replica) } : nil }

  /// The process's number.
  var identifier: Int32 { process.processIdentifier }

  /// Sends a command and waits for the answer.
  /// - Throws: `RunError`.
  @discardableResult
  func ask(_ command: RoleCommand, within seconds: Double = answerSeconds) throws -> RoleAnswer {
    try tell(command)
    return try answer(within: seconds)
  }

  /// Sends a command whose answer is awaited later.
  func tell(_ command: RoleCommand) throws {
    do { try channel.send(try JSONEncoder().encode(command)) } catch { throw died() }
  }

  /// Waits for an answer.
  func answer(within seconds: Double) throws -> RoleAnswer {
    var line = Data()
    do {
      line = try channel.receive(within: seconds, silence: site?.leaseSeconds)
      let answer = try JSONDecoder().decode(RoleAnswer.self, from: line)
      if case .failed(let reason) = answer { throw RunError.refused(role: name, reason: reason) }
      return answer
    } catch LineChannel.Failure.silent {
      throw RunError.lost(role: name, seconds: site?.leaseSeconds ?? seconds)
    } catch LineChannel.Failure.timedOut {
      throw RunError.silent(role: name, seconds: seconds)
    } catch LineChannel.Failure.closed {
      throw died()
    } catch LineChannel.Failure.endless {
      throw RunError.died(
        role: name, how: "what it says is no answer, and has no end", log: Self.words(of: logText()))
    } catch is DecodingError {
      // The sender is no program of this suite or another version, or a login shell prints a greeting.
      let said = site == nil ? "" : ": " + String(decoding: line.prefix(60), as: UTF8.self)
      throw RunError.died(role: name, how: "what it says is no answer\(said)", log: Self.words(of: logText()))
    }
  }

  /// Why the process has ended; nil if it runs.
  func death() -> RunError? {
    // A process's end becomes visible a moment after its consequences.
    for _ in 0..<10 where process.isRunning { usleep(2000) }
    return process.isRunning ? nil : died()
  }

  private func died() -> RunError {
    // Its pipes are closed, so it must be ending.
    if site == nil { process.waitUntilExit() } else { finish(within: 10) }
    if process.isRunning {
      let how = "its launcher does not end, or has left something that runs"
      return .died(role: name, how: how, log: Self.words(of: logText()))
    }
    let status = process.terminationStatus
    let how = process.terminationReason == .uncaughtSignal ? "signal \(status)" : "exit status \(status)"
    return .died(role: name, how: how, log: Self.words(of: logText()))
  }

  /// The process's output since its start.
  private func logText() -> String {
    guard let log = FileHandle(forReadingAtPath: logPath) else { return "" }
    try? log.seek(toOffset: logStart)
    return String(decoding: (try? log.readToEnd()) ?? Data(), as: UTF8.self)
  }

  private static let whoseWords = "DPDK: "

  /// The line or two of a process's last words that say why it has ended.
  ///
  /// A crash prints pages, with the reason among the first lines. DPDK prints an error for each level of the
  /// failure, the cause first, and perhaps its usage; a panic takes two lines.
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

  /// Closes the process's input, by which it knows that it is to end.
  func hangUp() {
    channel.stopSending()
    try? input.fileHandleForWriting.close()
  }

  /// Ends the process: by closing its input, and by force if it does not go.
  func end() {
    hangUp()
    if process.isRunning { finish(within: 2) }
  }

  /// Waits for the process's end, and kills it after that time; the shell around a launcher kills the
  /// launcher.
  private func finish(within seconds: Double) {
    func wait(_ seconds: Double) {
      let limit = Moment(in: seconds)
      while process.isRunning && !limit.isPast { usleep(10_000) }
    }
    wait(seconds)
    if site != nil, process.isRunning {
      kill(process.processIdentifier, SIGTERM)
      wait(1)
    }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    guard site != nil else { return process.waitUntilExit() }
    // Processes that a launcher leaves behind, such as ssh's shared connection, may hold the pipes open for
    // ever, so that Foundation never learns of the end. Closing our end makes their writes fail.
    try? output.fileHandleForReading.close()
    wait(2)
  }
}
