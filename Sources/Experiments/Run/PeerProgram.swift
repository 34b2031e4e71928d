import Foundation
import Roles

/// DPDK's `ipsec-secgw` as `make peers` builds it, if it is there.
public struct PeerProgram: Sendable {
  let program: String
  /// The plugin that lets it run over software ports.
  let plugin: String

  /// What brings it, for whoever misses it.
  public static let remedy = "`make peers` builds it"
  /// The environment's variable that names another folder.
  static let variable = "VPEBENCH_PEERS"

  /// Looks in the folder that the environment names, else beside the build that `executable` is of.
  /// - Returns: nil if it is not there.
  public static func find(besides executable: String) -> PeerProgram? {
    if let folder = ProcessInfo.processInfo.environment[variable] { return PeerProgram(in: folder) }
    var folder = URL(fileURLWithPath: executable).resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path != "/" {
      if let found = PeerProgram(in: folder.path + "/peers") { return found }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  private init?(in folder: String) {
    program = folder + "/ipsec-secgw"
    plugin = folder + "/peer-ports.so"
    let files = FileManager.default
    guard files.isExecutableFile(atPath: program), files.fileExists(atPath: plugin) else { return nil }
  }

  /// The command that runs it as a gateway.
  /// - Parameter devices: its ports, red and black.
  func command(
    _ configuration: PeerConfiguration, file: String, devices: (red: String, black: String), cpu: Int
  ) -> [String] {
    // Without its parent it would spin for ever.
    // EAL refuses a plugin below a folder that others may write to, /tmp say, but for one found by its name.
    let folder = URL(fileURLWithPath: plugin).deletingLastPathComponent().path
    let launcher = ["setpriv", "--pdeathsig", "KILL", "--", "env", "LD_LIBRARY_PATH=\(folder)"]
    let environment = [
      "--lcores", "\(cpu)@\(cpu)", "--no-huge", "--single-file-segments", "-m", "1024", "--no-pci",
      "--no-telemetry", "--no-shconf", "-d", URL(fileURLWithPath: plugin).lastPathComponent, "--log-level",
      "pmd.net.memif*:critical",
      "--vdev", "crypto_aesni_gcm0", "--vdev", devices.red, "--vdev", devices.black,
    ]
    return launcher + [program] + environment + ["--"] + configuration.arguments(file: file, cpu: cpu)
  }
}

/// A running program of somebody else.
final class PeerProcess {
  private let process = Process()
  private let name: String
  private let logPath: String

  /// - Parameters:
  ///   - command: program and arguments.
  ///   - name: what it is called in messages.
  ///   - logPath: where its output goes.
  /// - Throws: `RunError.cannotStart`.
  init(_ command: [String], named name: String = System.ipsecSecgw.rawValue, logPath: String) throws {
    (self.name, self.logPath) = (name, logPath)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    _ = FileManager.default.createFile(atPath: logPath, contents: nil)
    let log = FileHandle(forWritingAtPath: logPath) ?? FileHandle.nullDevice
    process.standardOutput = log
    process.standardError = log
    do {
      try process.run()
    } catch {
      throw RunError.cannotStart(role: name, reason: error.localizedDescription)
    }
  }

  deinit { end() }

  var identifier: Int32 { process.processIdentifier }

  /// Why it has ended; nil if it runs.
  func death() -> RunError? {
    guard !process.isRunning else { return nil }
    let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    // DPDK's programs end with `EAL: Error - exiting …` and the cause; the last line is their farewell.
    let cause = lines.first { $0.hasPrefix("Cause:") } ?? lines.last ?? ""
    return .died(role: name, how: "exit status \(process.terminationStatus)", log: cause)
  }

  /// Waits until its only thread polls its ports.
  /// - Throws: `RunError`.
  func waitUntilForwarding(seconds: Double) throws {
    let limit = Date().addingTimeInterval(seconds)
    while try String(contentsOfFile: logPath, encoding: .utf8).contains("entering main loop") == false {
      if let death = death() { throw death }
      if Date() > limit { throw RunError.silent(role: name, seconds: seconds) }
      usleep(10_000)
    }
  }

  /// Waits for its end.
  /// - Returns: all that it has written.
  /// - Throws: `RunError.silent`.
  func output(within seconds: Double) throws -> String {
    let limit = Date().addingTimeInterval(seconds)
    while process.isRunning {
      if Date() > limit { throw RunError.silent(role: name, seconds: seconds) }
      usleep(10_000)
    }
    return try String(contentsOfFile: logPath, encoding: .utf8)
  }

  /// Ends it at once: it holds nothing that is worth keeping.
  func end() {
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
