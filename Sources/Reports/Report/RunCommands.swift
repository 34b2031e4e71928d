import Foundation
import Results

/// The commands that make a run anew, or draw it again, as a reader of its report can enter them.
struct RunCommands {
  let run: RunReading

  /// Measures the run anew; of a reproduction, which has one command for all, just this experiment.
  var measure: String {
    let words = (run.environment?.commandLine ?? []).filter { $0 != "--resume" }
    guard words.dropFirst().first == "run" else {
      return "vpebench run experiments/\(run.name).json5" + (words.contains("--quick") ? " --quick" : "")
    }
    return words.map(Self.quoted).joined(separator: " ")
  }

  /// Draws the figure from the run's tables.
  var plot: String { "vpebench plot \(Self.quoted(folder))" }

  /// The run's folder as a reader may name it; an absolute path on another machine means nothing.
  var folder: String { run.path.hasPrefix("/") ? "results/\(run.name)/\(run.runID)" : run.path }

  /// A word quoted for a shell if necessary.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.allSatisfy { character in
        character.isASCII && (character.isLetter || character.isNumber || "-_./=:,+%@".contains(character))
      }
    return isPlain ? word : "'" + word.replacing("'" as Unicode.Scalar, with: #"'\''"#) + "'"
  }
}
