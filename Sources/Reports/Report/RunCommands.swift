import Foundation
import Results

/// The commands with which a reader of the report can repeat a run, or draw its figure again.
struct RunCommands {
  let run: RunReading

  /// Measures the run anew. `vpebench reproduce` makes many runs in one command; for these, a command for
  /// this experiment alone.
  var measure: String {
    let words = (run.environment?.commandLine ?? []).filter { $0 != "--resume" }
    guard words.dropFirst().first == "run" else {
      return "vpebench run experiments/\(run.name).json5" + (words.contains("--quick") ? " --quick" : "")
    }
    return words.map(Self.quoted).joined(separator: " ")
  }

  /// Draws the figure from the run's files.
  var plot: String { "vpebench plot \(Self.quoted(folder))" }

  /// The run's folder, as a path that a reader can use. An absolute path of another machine is replaced.
  var folder: String { run.path.hasPrefix("/") ? "results/\(run.name)/\(run.runID)" : run.path }

  /// The word, quoted for a shell if necessary.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.allSatisfy { character in
        character.isASCII && (character.isLetter || character.isNumber || "-_./=:,+%@".contains(character))
      }
    return isPlain ? word : "'" + word.replacing("'" as Unicode.Scalar, with: #"'\''"#) + "'"
  }
}
