import Foundation

/// The small text files of `/proc` and `/sys` under one root.
struct MachineFiles: Sendable {
  let root: URL

  /// Whether this is the running machine's own file system, so that its programs can be asked as well.
  var isLive: Bool { root.standardizedFileURL.path == "/" }

  /// The trimmed content of a file; `nil` if it cannot be read or is empty.
  func text(_ path: String) -> String? {
    guard let data = try? Data(contentsOf: url(path)) else { return nil }
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? nil : text
  }

  /// A file's content as a whole number; nil if it is none.
  func integer(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

  /// A file's content as a flag, which is `1` or `0`.
  func flag(_ path: String) -> Bool? {
    switch integer(path) {
    case 1: true
    case 0: false
    default: nil
    }
  }

  /// The names in a folder, sorted; empty if there is no such folder.
  func names(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url(path).path)) ?? []).sorted()
  }

  /// The last component of a symbolic link's target.
  func linkTarget(_ path: String) -> String? {
    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: url(path).path)
    return target.map { URL(fileURLWithPath: $0).lastPathComponent }
  }

  /// The `key: value` lines of a file; of repeated keys the first counts.
  func fields(_ path: String) -> [String: String] {
    var fields: [String: String] = [:]
    for line in (text(path) ?? "").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      let key = parts[0].trimmingCharacters(in: .whitespaces)
      if fields[key] == nil { fields[key] = parts[1].trimmingCharacters(in: .whitespaces) }
    }
    return fields
  }

  /// The number of bytes of a size in the kernel's notation: `32K`, `8M`, `24684092 kB`.
  static func bytes(_ size: String) -> Int? {
    let digits = size.prefix(while: \.isNumber)
    guard let number = Int(digits) else { return nil }
    switch size.dropFirst(digits.count).trimmingCharacters(in: .whitespaces).lowercased().first {
    case nil: return number
    case "k": return number << 10
    case "m": return number << 20
    case "g": return number << 30
    default: return nil
    }
  }

  private func url(_ path: String) -> URL { root.appendingPathComponent(path) }
}
