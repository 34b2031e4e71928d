import Foundation
import Results

/// The file formats of drawn figures.
public enum PlotFormat: String, Sendable, CaseIterable {
  /// For web pages. The same data give the same bytes.
  case svg
  /// For papers.
  case pdf
  /// For slides.
  case png
}

/// Runs gnuplot as a process.
struct Gnuplot {
  /// The folder of the scripts.
  let scripts: String
  /// The search path for programs.
  var searchPath = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
  /// A time limit; drawing takes a second or two.
  var secondsMax = 60

  /// Draws a figure.
  ///
  /// 1. Write the data to a temporary folder.
  /// 2. Run the script there without the user's settings; write its messages to a file.
  /// 3. Wait for it, up to `secondsMax`.
  /// 4. Read the drawing.
  /// 5. Remove the folder.
  /// - Returns: the bytes of the drawing.
  /// - Throws: `ResultsError.plot`, `ResultsError.file`.
  func draw(_ figure: Figure, _ data: PlotData, as format: PlotFormat) throws(ResultsError) -> Data {
    guard let program = locate("gnuplot") else { throw .plot(.noGnuplot) }
    let folder = try FileSystem.makeTemporaryFolder(for: "plot")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in data.files {
      try AtomicFile.write(Data(text.utf8), to: FileSystem.join(folder, name))
    }
    let output = FileSystem.join(folder, "figure.\(format.rawValue)")
    let messages = FileSystem.join(folder, "messages")
    let script = FileSystem.join(scripts, figure.script)
    close(try FileSystem.open(messages, O_WRONLY | O_CREAT, for: .create))

    let process = Process()
    // setpriv makes the kernel kill gnuplot when this process ends for any reason.
    let entrance = locate("setpriv").map { [$0, "--pdeathsig", "KILL", "--"] } ?? []
    let command =
      entrance + [
        program, "--default-settings", "-e",
        "format = '\(format.rawValue)'; output = 'figure.\(format.rawValue)'", script,
      ]
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = [
      "PATH": searchPath, "GNUPLOT_LIB": scripts, "LC_ALL": "C.UTF-8", "HOME": folder,
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    // Closed explicitly: Foundation keeps ended processes for a while, and a report draws many figures.
    let errors = FileHandle(forWritingAtPath: messages)
    defer { try? errors?.close() }
    process.standardError = errors
    try run(process, figure)
    let drawn = (try? FileSystem.read(output)) ?? Data()
    guard process.terminationStatus == 0, !drawn.isEmpty else {
      throw .plot(.gnuplot(figure: figure.name, said: said(messages)))
    }
    return drawn
  }

  /// The path of a program; nil if it is not installed.
  private func locate(_ program: String) -> String? {
    searchPath.split(separator: ":").map { FileSystem.join(String($0), program) }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private func run(_ process: Process, _ figure: Figure) throws(ResultsError) {
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do {
      try process.run()
    } catch {
      // gnuplot is installed, but the start failed, for example for lack of open files.
      throw .plot(.gnuplot(figure: figure.name, said: "it did not start: \(error.localizedDescription)"))
    }
    guard ended.wait(timeout: .now() + .seconds(secondsMax)) == .success else {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      throw .plot(.slowGnuplot(figure: figure.name, seconds: secondsMax))
    }
  }

  /// gnuplot's error messages, joined into one line.
  private func said(_ messages: String) -> String {
    let text = (try? FileSystem.read(messages)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.isEmpty ? "it said nothing" : String(words.suffix(300))
  }
}
