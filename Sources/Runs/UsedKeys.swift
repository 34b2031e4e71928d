import Cases
import Foundation
import Roles

/// The keys under which roles played by hand have sealed, on this host and by this user: a line each in
/// `$XDG_STATE_HOME/vpebench/used-keys`, or below `~/.local/state`.
///
/// A restarted role counts from 1 again, so under the same key it would use every nonce twice. Its key is
/// therefore noted before it seals, and a noted key is refused. This protects only one host: the file knows
/// neither what a gateway on another host has sealed, nor what stood in a file that was removed.
package struct UsedKeys {
  package let path: String

  /// The file of this user.
  /// - Throws: `RunError.usedKeys` if there is no folder for it.
  package init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    // An empty or relative path counts as none (XDG Base Directory Specification).
    func folder(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
    guard let state = folder("XDG_STATE_HOME") ?? folder("HOME").map({ $0 + "/.local/state" }) else {
      throw RunError.usedKeys(
        "this user has no home to note used keys in; set XDG_STATE_HOME to a folder that stays")
    }
    path = state + "/vpebench/used-keys"
  }

  /// Checks that `role` may seal under the keys of `seed`, before anything is set up for it.
  /// - Throws: `RunError.usedKeys` if it has done so before, or if the file cannot be read.
  package func check(_ seed: UInt64, _ role: RoleName, _ comment: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    try refuse(seed, role, comment, in: try read())
  }

  /// Notes that `role` seals under the keys of `seed`, and flushes the note to the disk.
  /// - Throws: `RunError.usedKeys` if it has done so before, or if it cannot be noted.
  package func note(_ seed: UInt64, _ role: RoleName, _ comment: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError.usedKeys("the folder \(folder) cannot be made (\(error.localizedDescription))")
    }
    let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure("opened") }
    // Closing the file releases the lock.
    defer { close(file) }
    guard flock(file, LOCK_EX) == 0 else { throw failure("locked") }
    let data = try read()
    try refuse(seed, role, comment, in: data)
    // A torn last line must not be joined with the new one.
    let start = data.isEmpty || data.last == UInt8(ascii: "\n") ? "" : "\n"
    let line = start + Self.key(seed, role) + comment + "\n"
    let written = line.utf8CString.withUnsafeBytes { write(file, $0.baseAddress, $0.count - 1) }
    guard written == line.utf8.count, fsync(file) == 0 else { throw failure("written") }
  }

  /// The beginning of a key's line.
  private static func key(_ seed: UInt64, _ role: RoleName) -> String {
    "\(RunID(value: seed)) \(role.rawValue) "
  }

  private func read() throws -> Data {
    guard let data = FileManager.default.contents(atPath: path) else { throw failure("read") }
    return data
  }

  private func refuse(_ seed: UInt64, _ role: RoleName, _ comment: String, in data: Data) throws {
    let key = Self.key(seed, role)
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    guard lines.contains(where: { $0.hasPrefix(key) }) else { return }
    throw RunError.usedKeys(
      "\(role.rawValue) has sealed under these keys before (\(comment)), and would use its nonces twice; "
        + "give all roles another --run-id, such as \(RunID.drawn())")
  }

  private func failure(_ what: String) -> RunError {
    .usedKeys("\(path) cannot be \(what) (\(String(cString: strerror(errno))))")
  }
}
