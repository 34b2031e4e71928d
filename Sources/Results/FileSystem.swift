import Foundation

/// System calls on files. Failures are thrown as `ResultsError.file`.
package enum FileSystem {
  /// The path of `name` in `folder`. A relative folder gives a relative path, so that messages name files as
  /// the user does.
  package static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// A hidden file name in the folder of `path`; no other writer uses it.
  static func temporaryName(beside path: String) -> String {
    let url = URL(fileURLWithPath: path)
    let name = ".\(url.lastPathComponent).\(UUID().uuidString).tmp"
    return url.deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Whether the name is one of those that `temporaryName(beside:)` makes.
  static func isTemporaryName(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".tmp") }

  /// Makes a folder with a unique name that only this user can access. The caller removes it.
  /// - Parameter purpose: a word in the folder's name.
  package static func makeTemporaryFolder(for purpose: String) throws(ResultsError) -> String {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("vpebench-\(purpose)-\(UUID().uuidString)").path
    try makeFolders(parent(of: folder))
    guard mkdir(folder, 0o700) == 0 else { throw .file(.create, path: folder, code: errno) }
    return folder
  }

  /// Opens `path`; the caller closes the returned file descriptor.
  package static func open(
    _ path: String, _ flags: Int32, for action: FileAction
  ) throws(ResultsError) -> Int32 {
    let file = Foundation.open(path, flags | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .file(action, path: path, code: errno) }
    return file
  }

  /// Writes all of `data`, usually in one call, and flushes it to the disk.
  static func writeAndSync(_ data: Data, to file: Int32, path: String) throws(ResultsError) {
    let bytes = [UInt8](data)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw .file(.write, path: path, code: errno)
      }
    }
    guard fsync(file) == 0 else { throw .file(.write, path: path, code: errno) }
  }

  /// No file of a run is larger. The limit protects from files that would not fit into memory.
  package static let bytesMax = 1 << 30

  /// The content of the file at `path`, up to the size that the file had when it was opened. A pipe is read
  /// to its end; a device has no content.
  package static func read(_ path: String) throws(ResultsError) -> Data {
    let file = try open(path, O_RDONLY, for: .read)
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .file(.read, path: path, code: errno) }
    let isPipe = status.st_mode & S_IFMT == S_IFIFO
    guard status.st_size <= bytesMax else { throw .file(.read, path: path, code: EFBIG) }
    var bytes = [UInt8](repeating: 0, count: isPipe ? 1 << 16 : Int(status.st_size))
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress, $0.count) }
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw .file(.read, path: path, code: errno)
      }
      if isPipe, done == bytes.count {
        guard done < bytesMax else { throw .file(.read, path: path, code: EFBIG) }
        bytes += [UInt8](repeating: 0, count: done)
      }
    }
    return Data(bytes[..<done])
  }

  /// Renames a file or link to its final name and replaces an existing one.
  static func rename(_ path: String, to final: String) throws(ResultsError) {
    guard Foundation.rename(path, final) == 0 else { throw .file(.write, path: final, code: errno) }
  }

  /// Flushes the folder of `path`, so that a new name in it survives a power failure.
  static func syncFolder(of path: String) throws(ResultsError) {
    let folder = try open(parent(of: path), O_RDONLY | O_DIRECTORY, for: .write)
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw .file(.write, path: path, code: errno) }
  }

  /// Makes the folder `path`, and the folders above it that are missing.
  package static func makeFolders(_ path: String) throws(ResultsError) {
    if mkdir(path, 0o755) == 0 { return }
    if errno == ENOENT {
      try makeFolders(parent(of: path))
      if mkdir(path, 0o755) == 0 { return }
    }
    let code = errno
    guard code == EEXIST, isFolder(path) else { throw .file(.create, path: path, code: code) }
  }

  /// Whether `path` is a folder, or a link to one.
  package static func isFolder(_ path: String) -> Bool {
    var isFolder = ObjCBool(false)
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private static func parent(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }
}
