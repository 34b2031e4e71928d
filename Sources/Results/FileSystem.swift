import Foundation

/// System calls on files, their failures as `ResultsError.file`.
package enum FileSystem {
  /// The path of `name` in `folder`; relative if `folder` is, as readers of messages know it so.
  package static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// A hidden name in the folder of `path` that no other writer uses.
  static func temporaryName(beside path: String) -> String {
    let url = URL(fileURLWithPath: path)
    let name = ".\(url.lastPathComponent).\(UUID().uuidString).tmp"
    return url.deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Whether `temporaryName(beside:)` made the name.
  static func isTemporaryName(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".tmp") }

  /// Makes a folder of a name that nobody else uses, for this user alone; the caller removes it.
  /// - Parameter purpose: a word of its name.
  package static func makeTemporaryFolder(for purpose: String) throws(ResultsError) -> String {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("vpebench-\(purpose)-\(UUID().uuidString)").path
    try makeFolders(parent(of: folder))
    guard mkdir(folder, 0o700) == 0 else { throw .file(.create, path: folder, code: errno) }
    return folder
  }

  /// Opens `path`; the caller closes the descriptor that is returned.
  package static func open(
    _ path: String, _ flags: Int32, for action: FileAction
  ) throws(ResultsError) -> Int32 {
    let file = Foundation.open(path, flags | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .file(action, path: path, code: errno) }
    return file
  }

  /// Writes all of `data` with as few calls as the system allows, usually one, and flushes it to the disk.
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

  /// No file of a run has more bytes; one that claims to would not fit into memory.
  package static let bytesMax = 1 << 30

  /// The content of the file at `path`, up to the size that it has when opened, or of a pipe to its end; a
  /// device has none.
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

  /// Renames a file or link to its final name, replacing an existing one.
  static func rename(_ path: String, to final: String) throws(ResultsError) {
    guard Foundation.rename(path, final) == 0 else { throw .file(.write, path: final, code: errno) }
  }

  /// Flushes the folder that holds `path`, so that a new name in it survives a power failure.
  static func syncFolder(of path: String) throws(ResultsError) {
    let folder = try open(parent(of: path), O_RDONLY | O_DIRECTORY, for: .write)
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw .file(.write, path: path, code: errno) }
  }

  /// Makes the folder `path` and those above it as far as they are missing.
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
