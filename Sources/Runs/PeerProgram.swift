import Basics
import Cases
import Foundation
import Results
import Roles

/// DPDK's `ipsec-secgw` as `make peers` builds it, if it is there.
public struct PeerProgram: Sendable {
  let program: String
  /// The plugin that lets it run over software ports.
  let plugin: String
  /// DPDK's driver of crypto devices over the crypto library that this program is linked with; nil where the
  /// system's has the same.
  let cryptoPlugin: String?
  /// What it is, and the crypto library under it.
  let identity: String

  /// What brings it, for whoever misses it.
  public static let remedy = "`make peers` builds it"
  /// The environment's variable that names another folder.
  static let variable = "VPEBENCH_PEERS"

  /// Looks in the folder that the environment names, else beside the build that `executable` is of.
  /// - Returns: nil if it is not there.
  public static func find(besides executable: String) -> PeerProgram? {
    folders(besides: executable).lazy.compactMap { PeerProgram(in: $0) }.first
  }

  /// Where peers may be: the folder that the environment names, else some beside the build that `executable`
  /// is of.
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
    // As tools/make-peers notes them.
    let built = PeerProgram.version(in: folder).split(separator: ",", maxSplits: 1).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    identity = "DPDK \(built.first ?? "unknown"), intel-ipsec-mb \(built.dropFirst().first ?? "unknown")"
    guard files.isExecutableFile(atPath: program), files.fileExists(atPath: plugin) else { return nil }
  }

  /// What was noted in a folder of peers when they were built.
  static func version(in folder: String) -> String {
    ((try? String(contentsOfFile: folder + "/version", encoding: .utf8)) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Starts it as a gateway of a plan.
  /// - Parameters:
  ///   - configuration: which gateway it is, and how it works.
  ///   - executable: this program's own binary, beside whose build the peer's is.
  ///   - entrance: a command that runs others where the gateway's network is, if that is elsewhere.
  ///   - logFolder: for its output and its configuration, under `name`.
  /// - Throws: `RunError`.
  static func start(
    _ configuration: PeerConfiguration, _ plan: CasePlan, besides executable: String, entrance: [String] = [],
    cpu: Int, logFolder: String, name: String
  ) throws -> PeerProcess {
    let peer = System.ipsecSecgw.rawValue
    guard let program = find(besides: executable) else {
      throw RunError.cannotStart(role: peer, reason: "it is not here; \(remedy)")
    }
    // It holds test keys alone, and these can be computed from the descriptor anyway.
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
    // Without its parent it would spin for ever.
    ["setpriv", "--pdeathsig", "KILL", "--", program] + plugins.options + [
      "--lcores", "\(cpu)@\(cpu)", "--no-huge", "--single-file-segments",
      "-m", "1024", "--no-pci", "--no-telemetry", "--no-shconf", "--log-level", "pmd.net.memif*:critical",
      "--vdev", "crypto_aesni_gcm0",
    ] + devices + ["--"]
  }
}

/// Drivers of one folder that a program of DPDK loads.
///
/// EAL refuses a plugin below a folder that others may write to (/tmp), but for one found by its name. A
/// search path cannot hold a colon, so it is short, and starts where the program does. Of two drivers of a
/// device the one that is named comes before that of the system's folder.
struct EALPlugins {
  private let files: [URL]

  /// - Parameter paths: none, or files of one folder.
  init(_ paths: [String]) { files = paths.map { URL(fileURLWithPath: $0) } }

  /// EAL's options.
  var options: [String] { files.flatMap { ["-d", $0.lastPathComponent] } }

  private var library: URL? { files.first?.deletingLastPathComponent() }
  /// Where the program starts; nil for wherever.
  var folder: URL? { library?.deletingLastPathComponent() }
  /// Variables that the program needs.
  var environment: [String: String] {
    library.map { ["LD_LIBRARY_PATH": "./\($0.lastPathComponent)"] } ?? [:]
  }
}

/// A running program of somebody else.
final class PeerProcess {
  private let process = Process()
  private let name: String
  private let logPath: String
  private let saysFarewell: Bool

  /// - Parameters:
  ///   - command: program and arguments.
  ///   - name: what it is called in messages.
  ///   - logPath: where its output goes.
  ///   - saysFarewell: whether it tells what it has counted when it is asked to end.
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
    let limit = Moment(in: seconds)
    while try String(contentsOfFile: logPath, encoding: .utf8).contains("entering main loop") == false {
      if let death = death() { throw death }
      if limit.isPast { throw RunError.silent(role: name, seconds: seconds) }
      usleep(10_000)
    }
  }

  /// Waits for its end.
  /// - Returns: all that it has written.
  /// - Throws: `RunError.silent`.
  func output(within seconds: Double) throws -> String {
    let limit = Moment(in: seconds)
    while process.isRunning {
      if limit.isPast { throw RunError.silent(role: name, seconds: seconds) }
      usleep(10_000)
    }
    return try String(contentsOfFile: logPath, encoding: .utf8)
  }

  /// Ends it at once: it holds nothing that is worth keeping, or has a second to tell it.
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
