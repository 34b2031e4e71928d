import Foundation

/// Wireshark on the command line.
enum Tshark {
  /// What it prints.
  /// - Throws: `Oracle.Failure` if it is not installed, or fails.
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tshark"] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: file)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Oracle.Failure(
        description: "tshark ended with status \(process.terminationStatus); `tools/install-deps --tests` "
          + "installs it: tshark \(arguments.joined(separator: " "))")
    }
    return String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }
}
