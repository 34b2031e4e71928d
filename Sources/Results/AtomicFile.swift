import Foundation

/// Writes files so that they are either complete or absent, whenever the program ends.
public enum AtomicFile {
  /// Writes `data` to `path` and replaces a file of that name.
  ///
  /// 1. Write a temporary file in the same folder.
  /// 2. Flush it to the disk.
  /// 3. Rename it.
  /// 4. Flush the folder.
  ///
  /// If a step fails, the temporary file is removed. Up to step 3 an older file of the name stays as it was.
  /// - Throws: `ResultsError.file`; it names `path`, whichever step failed.
  public static func write(_ data: Data, to path: String) throws(ResultsError) {
    let temporary = FileSystem.temporaryName(beside: path)
    do {
      let file = try FileSystem.open(temporary, O_WRONLY | O_CREAT | O_EXCL, for: .write)
      defer { close(file) }
      try FileSystem.writeAndSync(data, to: file, path: path)
      try FileSystem.rename(temporary, to: path)
      try FileSystem.syncFolder(of: path)
    } catch {
      unlink(temporary)
      guard case .file(let action, _, let code) = error else { throw error }
      throw .file(action, path: path, code: code)
    }
  }

  /// Makes `path` a symbolic link to `destination`. A link of that name is replaced in one step, so that a
  /// reader sees either the old link or the new one.
  /// - Throws: `ResultsError.file`, for example if `path` is a folder.
  public static func link(_ path: String, to destination: String) throws(ResultsError) {
    let temporary = FileSystem.temporaryName(beside: path)
    guard symlink(destination, temporary) == 0 else { throw .file(.create, path: path, code: errno) }
    do {
      try FileSystem.rename(temporary, to: path)
      try FileSystem.syncFolder(of: path)
    } catch {
      unlink(temporary)
      throw error
    }
  }
}
