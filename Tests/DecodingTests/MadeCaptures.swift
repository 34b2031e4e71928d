import Foundation
import TestSupport

/// Lets `make_captures.py` make captures in a folder, which is gone afterwards, and hands the folder's path.
func withMadeCaptures<Result>(
  _ kind: String, _ arguments: [String] = [], _ body: (String) throws -> Result
) throws -> Result {
  try withFolder { folder in
    _ = try Oracle.output(of: "make_captures.py", [kind, folder.path] + arguments)
    return try body(folder.path)
  }
}

/// The same with `odd_captures.py`.
func withOddCaptures<Result>(_ body: (URL) throws -> Result) throws -> Result {
  try withFolder { folder in
    _ = try Oracle.output(of: "odd_captures.py", [folder.path])
    return try body(folder)
  }
}

private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
