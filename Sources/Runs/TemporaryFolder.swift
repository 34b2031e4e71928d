import Foundation

/// A folder with an unpredictable name, which is removed with this object.
final class TemporaryFolder {
  let path: String

  /// - Throws: `RunError.temporaryFolder`.
  init() throws {
    let parent = FileManager.default.temporaryDirectory.path
    var name = Array((parent + "/vpebench-XXXXXX").utf8CString)
    guard mkdtemp(&name) != nil else {
      throw RunError.temporaryFolder(parent, reason: String(cString: strerror(errno)))
    }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
