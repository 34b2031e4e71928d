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

  /// Runs a program to its end, in the C locale and without input; `nil` if it cannot be started.
  package static func run(_ name: String, _ arguments: [String]) -> Outcome? {
    guard let path = path(name) else { return nil }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    do { try process.run() } catch { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
