import Foundation

/// A text file of the repository.
struct SourceFile {
  /// Its path from the repository's root.
  let path: String
  let text: String

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  var isSwift: Bool { path.hasSuffix(".swift") }
}

/// The files of this work tree, without what `.gitignore` leaves out.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every text file, ordered by path.
  static let files: [SourceFile] = paths().compactMap { path in
    guard let data = try? Data(contentsOf: root.appendingPathComponent(path)), !data.contains(0),
      let text = String(data: data, encoding: .utf8)
    else { return nil }
    return SourceFile(path: path, text: text)
  }

  static var swiftFiles: [SourceFile] { files.filter(\.isSwift) }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
  }

  private static func paths() -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: root.path) else { return [] }
    var paths: [String] = []
    for case let path as String in walk {
      if isIgnored(path) {
        walk.skipDescendants()
      } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
        paths.append(path)
      }
    }
    return paths.sorted()
  }

  /// What `.gitignore` and git itself leave out.
  private static func isIgnored(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    if parts[0] == "results", parts.count > 1 { return !["README.md", "reference"].contains(parts[1]) }
    return [".build", ".git", ".swiftpm"].contains(parts[0]) || path.hasSuffix(".o")
  }
}
