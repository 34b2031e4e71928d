import Foundation

/// A folder for one test, removed at the end of the test.
final class Scratch: Sendable {
  let path: String

  init() throws {
    var name = Array(
      FileManager.default.temporaryDirectory.appendingPathComponent("vpebench-test-XXXXXX").path.utf8CString)
    guard mkdtemp(&name) != nil else {
      throw Unmet("no temporary folder can be made: \(String(cString: strerror(errno)))")
    }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { path + "/" + name }

  /// Writes a file into the folder.
  /// - Returns: its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    return path(name)
  }

  /// Makes a folder in the folder.
  /// - Returns: its path.
  func folder(_ name: String, permissions: Int = 0o755) throws -> String {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: false)
    try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path(name))
    return path(name)
  }
}
