import Basics
import Cases
import Foundation
import Results
import Roles

/// DPDK's `ipsec-secgw` as built by `make peers`.
public struct PeerProgram: Sendable {
  let program: String
  /// The plugin by which it runs over software ports.
  let plugin: String
  /// DPDK's crypto-device driver for the crypto library with which this program is linked; nil if the
  /// system's driver uses the same library.
  let cryptoPlugin: String?
  /// Its version, and that of its crypto library.
  let identity: String

  /// How to install it, for messages.
  public static let remedy = "`make peers` builds it"
  /// The environment variable that names another folder.
  static let variable = "VPEBENCH_PEERS"

  /// Looks in the folder that the environment names, or else beside the build of `executable`.
  /// - Returns: nil if it is not installed.
  public static func find(besides executable: String) -> PeerProgram? {
    folders(besides: executable).lazy.compactMap { PeerProgram(in: $0) }.first
  }

  /// The folders in which peers may be: that of the environment variable, or else some beside the build of
  /// `executable`.
  static func folders(besides executable: String) -> [String] {
    if let folder = ProcessInfo.processInfo.environment[variable] { return [folder] }
    var folders: [String] = []
    var folder = URL(fileURLWithPath: executable).resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path != "/" {
      folders.append(folder.path + "/peers")
      folder.deleteLastPathComponent()
    }
    return folders
  }

  private init?(in folder: String) {
    let folder = URL(fileURLWithPath: folder).path
    program = folder + "/ipsec-secgw"
    plugin = folder + "/peer-ports.so"
    let files = FileManager.default
    let driver = folder + "/peer-crypto.so"
    cryptoPlugin = files.fileExists(atPath: driver) ? driver : nil
    // The versions recorded by tools/make-peers.
    let built = PeerProgram.version(in: folder).split(separator: ",", maxSplits: 1).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    identity = "DPDK \(built.first ?? "unknown"), intel-ipsec-mb \(built.dropFirst().first ?? "unknown")"
    guard files.isExecutableFile(atPath: program), files.fileExists(atPath: plugin) else { return nil }
  }

  /// The versions recorded when the peers in a folder were built.
  static func version(in folder: String) -> String {
    ((try? String(contentsOfFile: folder + "/version", encoding: .utf8)) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Starts the program as a gateway of a plan.
  /// - Parameters:
  ///   - configuration: which gateway it is, and how it works.
  ///   - executable: this program's own binary; the peer is beside its build.
  ///   - entrance: a command that runs others in the gateway's network, if that is a different one.
  ///   - logFolder: the folder for its output and configuration, under `name`.
  /// - Throws: `RunError`.
  static func start(
    _ configuration: PeerConfiguration, _ plan: CasePlan, besides executable: String, entrance: [String] = [],
    cpu: Int, logFolder: String, name: String
  ) throws -> PeerProcess {
    let peer = System.ipsecSecgw.rawValue
    guard let program = find(besides: executable) else {
      throw RunError.cannotStart(role: peer, reason: "it is not here; \(remedy)")
    }
    // The file holds only test keys, which can be computed from the descriptor.
    let file = URL(fileURLWithPath: logFolder + "/test-keys-\(name).cfg").path
    try AtomicFile.write(Data(configuration.text.utf8), to: file)
    let devices = [configuration.red, configuration.black].flatMap {
      ["--vdev", plan.devices?[Replica($0)] ?? ""]
    }
    let command =
      entrance + program.command(devices, cpu: cpu) + configuration.arguments(file: file, cpu: cpu)
    return try PeerProcess(
      command, named: peer, logPath: logFolder + "/\(name).log", loading: program.plugins)
  }

  private var plugins: EALPlugins { EALPlugins([plugin] + (cryptoPlugin.map { [$0] } ?? [])) }

  /// The command up to the program's own arguments.
  private func command(_ devices: [String], cpu: Int) -> [String] {
    // End it with its parent, or it would spin for ever.
    ["setpriv", "--pdeathsig", "KILL", "--", program] + plugins.options + [
      "--lcores", "\(cpu)@\(cpu)", "--no-huge", "--single-file-segments",
      "-m", "1024", "--no-pci", "--no-telemetry", "--no-shconf", "--log-level", "pmd.net.memif*:critical",
      "--vdev", "crypto_aesni_gcm0",
    ] + devices + ["--"]
  }
}

/// Drivers of one folder that a program of DPDK loads.
///
/// EAL refuses a plugin in a folder that others may write to (/tmp), unless it is found by name. A search
/// path cannot contain a colon, so it is relative to the folder in which the program starts. If two drivers
/// exist for a device, the named one precedes that of the system's folder.
struct EALPlugins {
  private let files: [URL]

  /// - Parameter paths: none, or files of one folder.
  init(_ paths: [String]) { files = paths.map { URL(fileURLWithPath: $0) } }

  /// EAL's options.
  var options: [String] { files.flatMap { ["-d", $0.lastPathComponent] } }

  private var library: URL? { files.first?.deletingLastPathComponent() }
  /// The folder in which the program starts; nil for any.
  var folder: URL? { library?.deletingLastPathComponent() }
  /// Variables that the program needs.
  var environment: [String: String] {
    library.map { ["LD_LIBRARY_PATH": "./\($0.lastPathComponent)"] } ?? [:]
  }
}

/// A running third-party program.
final class PeerProcess {
  private let process = Process()
  private let name: String
  private let logPath: String
  private let saysFarewell: Bool

  /// - Parameters:
  ///   - command: program and arguments.
  ///   - name: its name in messages.
  ///   - logPath: the file for its output.
  ///   - saysFarewell: whether it prints its counts when asked to end.
  ///   - plugins: drivers that its options name.
  /// - Throws: `RunError.cannotStart`, `ResultsError.file`.
  init(
    _ command: [String], named name: String, logPath: String, saysFarewell: Bool = false,
    loading plugins: EALPlugins = EALPlugins([])
  ) throws {
    (self.name, self.logPath, self.saysFarewell) = (name, logPath, saysFarewell)
    try process.setCommand(command, role: name)
    process.environment = ProcessInfo.processInfo.environment.merging(plugins.environment) { $1 }
    if let folder = plugins.folder { process.currentDirectoryURL = folder }
    process.standardInput = FileHandle.nullDevice
    try AtomicFile.write(Data(), to: logPath)
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

  /// Why the program has ended; nil if it runs.
  func death() -> RunError? {
    guard !process.isRunning else { return nil }
    let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    // DPDK's programs print `EAL: Error - exiting …` and the cause; their last line is a farewell.
    let cause = lines.first { $0.hasPrefix("Cause:") } ?? lines.last ?? ""
    return .died(role: name, how: "exit status \(process.terminationStatus)", log: cause)
  }

  /// Waits until its only thread polls its ports.
  /// - Throws: `RunError`.
  func waitUntilForwarding(seconds: Double) throws {
    let limit = Moment(in: seconds)
    while try String(contentsOfFile: logPath, encoding: .utf8).contains("entering main loop") == false {
      if let death = death() { throw death }
      if limit.isPast { throw RunError.silent(role: name, seconds: seconds) }
      usleep(10_000)
    }
  }

  /// Waits for the program's end.
  /// - Returns: all of its output.
  /// - Throws: `RunError.silent`.
  func output(within seconds: Double) throws -> String {
    let limit = Moment(in: seconds)
    while process.isRunning {
      if limit.isPast { throw RunError.silent(role: name, seconds: seconds) }
      usleep(10_000)
    }
    return try String(contentsOfFile: logPath, encoding: .utf8)
  }

  /// Kills the program, after a second for its counts if it prints any; it holds nothing else of value.
  func end() {
    if saysFarewell, process.isRunning {
      kill(process.processIdentifier, SIGTERM)
      for _ in 0..<100 where process.isRunning { usleep(10_000) }
    }
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
