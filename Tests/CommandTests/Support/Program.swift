import Foundation

/// A program's output and how it ended.
struct Ending: Sendable {
  let output: String
  let errors: String
  /// The exit status; nil if a signal ended the program.
  let status: Int32?
  /// The signal that ended the program; nil if none did.
  let signal: Int32?

  /// The lines of standard error, without the note that other runs share the machine.
  var errorLines: [Substring] {
    errors.split(separator: "\n").filter { !$0.hasSuffix("let one run end before the next") }
  }
}

/// A program that a test has started; it ends at the end of the test at the latest.
final class Program {
  private let process = Process()
  private let scratch: Scratch

  /// Starts `words`, the first of which is looked up in PATH.
  /// - Parameter folder: the working folder; nil for the root of the repository.
  /// - Parameter viaEnv: false for a path that `env` would take for a variable.
  init(
    _ words: [String], environment: [String: String] = [:], folder: String? = nil, viaEnv: Bool = true
  ) throws {
    scratch = try Scratch()
    process.executableURL = URL(fileURLWithPath: viaEnv ? "/usr/bin/env" : words.first ?? "")
    // A test's threads block signals, and a program inherits that.
    process.arguments = viaEnv ? ["--default-signal"] + words : Array(words.dropFirst())
    process.currentDirectoryURL = folder.map { URL(fileURLWithPath: $0) } ?? Repository.root
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files are used, not pipes, because a program with much output must not wait for the test to read it.
    process.standardOutput = try Self.writer(scratch.path("output"))
    process.standardError = try Self.writer(scratch.path("errors"))
    try process.run()
  }

  deinit { send(SIGKILL) }

  private static func writer(_ path: String) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else { throw Unmet("\(path) cannot be written") }
    return handle
  }

  /// The process's number.
  var identifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  /// The standard output so far.
  var output: String { (try? String(contentsOfFile: scratch.path("output"), encoding: .utf8)) ?? "" }
  /// The standard error so far.
  var errors: String { (try? String(contentsOfFile: scratch.path("errors"), encoding: .utf8)) ?? "" }

  /// Sends a signal to this process alone.
  func send(_ signal: Int32) {
    if process.isRunning { kill(process.processIdentifier, signal) }
  }

  /// Waits for the end.
  /// - Throws: `Unmet` if the program does not end by itself; it is then killed.
  func ending(within seconds: Double = 900) async throws -> Ending {
    guard try await eventually(within: seconds, { !process.isRunning }) else {
      send(SIGKILL)
      process.waitUntilExit()
      let words = process.arguments?.joined(separator: " ") ?? ""
      throw Unmet("`\(words)` did not end within \(seconds) s; it said: \(output) \(errors)")
    }
    let isSignal = process.terminationReason == .uncaughtSignal
    return Ending(
      output: output, errors: errors, status: isSignal ? nil : process.terminationStatus,
      signal: isSignal ? process.terminationStatus : nil)
  }

  /// Starts a program and waits for its end.
  static func run(_ words: [String], environment: [String: String] = [:]) async throws -> Ending {
    try await Program(words, environment: environment).ending()
  }
}

/// The program under test.
enum Vpebench {
  /// The path of the release binary.
  static var binary: String {
    get throws {
      guard let path = ProcessInfo.processInfo.environment["VPEBENCH_BINARY"] else {
        throw Unmet("set VPEBENCH_BINARY to the path of the release binary of vpebench, or use `make test`")
      }
      return path
    }
  }

  /// Starts `vpebench` with `words`.
  static func start(
    _ words: [String], environment: [String: String] = [:], folder: String? = nil
  ) throws -> Program {
    try Program([binary] + words, environment: environment, folder: folder)
  }

  /// Runs `vpebench` with `words` to its end.
  static func run(_ words: [String]) async throws -> Ending { try await start(words).ending() }

  /// The options of a short measurement, in one launch because each launch takes time to start its processes.
  static func short(windows: Int = 1, seconds: Double = 0.2, launches: Int = 1) -> [String] {
    [
      "windows=\(windows)", "window_seconds=\(seconds)", "warm_up_seconds=0.05", "launches=\(launches)",
    ].flatMap { ["--set", "measure.\($0)"] }
  }

  /// The options that state the costs of a pipeline's stages, which would take seconds to measure.
  static let statedStages = [
    "--set",
    "stage_cycles={receive: 20, number: 15, 'receive-number': 30, encrypt: 150, steer: 40, decrypt: 170, "
      + "'decrypt-transmit': 190, transmit: 20}",
  ]
}

/// The Python interpreter with the packages of the oracles.
enum Oracles {
  static var python: String {
    get throws {
      guard let path = ProcessInfo.processInfo.environment["VPEBENCH_ORACLES"] else {
        throw Unmet(
          "set VPEBENCH_ORACLES to a Python interpreter that has the packages of "
            + "Tests/oracles/requirements.txt, or use `make test`")
      }
      return path
    }
  }
}

extension Oracles {
  /// The output of Frictionless about the data packages in folders; the status is 0 if all are valid.
  static func frictionless(_ folders: [String]) async throws -> Ending {
    let script = """
      import sys
      from frictionless import validate
      reports = [validate(package) for package in sys.argv[1:]]
      for package, report in zip(sys.argv[1:], reports):
          if not report.valid:
              print(package, report.flatten(["rowNumber", "fieldName", "type", "cell"]))
      sys.exit(0 if all(report.valid for report in reports) else 1)
      """
    return try await Program.run([try python, "-c", script] + folders.map { $0 + "/datapackage.json" })
  }
}

/// The repository that the tests belong to.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The descriptors of the repository, by their paths from its root, in order.
  static var descriptors: [String] {
    get throws {
      let folder = root.appendingPathComponent("experiments").path
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      return files.filter { $0.hasSuffix(".json5") }.sorted().map { "experiments/\($0)" }
    }
  }
}
