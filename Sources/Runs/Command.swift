import Foundation
import Results

extension Process {
  /// Sets the command: the first word is a path, or the name of a program in `PATH`.
  ///
  /// It does not use `env`, which takes a path with `=` for a variable.
  /// - Throws: `RunError` if there is no such program, or too few files may be opened for it.
  func setCommand(_ command: [String], role: String) throws {
    let name = command.first ?? ""
    guard let path = name.contains("/") ? name : Program.path(name) else {
      throw RunError.cannotStart(role: role, reason: "there is no program \(name)")
    }
    executableURL = URL(fileURLWithPath: path)
    arguments = Array(command.dropFirst())
    try OpenFiles.requireForProcess(role)
  }
}
