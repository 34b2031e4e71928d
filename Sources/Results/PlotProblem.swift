/// Why a figure cannot be drawn.
public enum PlotProblem: Sendable, Equatable, CustomStringConvertible {
  /// No figure has this name.
  case noFigure(name: String, known: [String])
  /// The run has no value that the figure shows.
  case nothingToShow(run: String, figure: String, needs: String)
  /// The folder with the gnuplot scripts was not found.
  case noScripts
  /// gnuplot is not installed.
  case noGnuplot
  /// gnuplot failed with this message.
  case gnuplot(figure: String, said: String)
  /// gnuplot did not end in time.
  case slowGnuplot(figure: String, seconds: Int)
  /// A file of the paper's values is invalid.
  case badPaper(path: String, reason: String)

  /// One sentence that names the remedy.
  public var description: String {
    switch self {
    case .noFigure(let name, let known):
      "there is no figure \"\(name)\"; --figure chooses one of \(known.joined(separator: ", "))"
    case .nothingToShow(let run, let figure, let needs):
      "\(run): the run has no valid \(needs), which \(figure) shows; name a run of that experiment"
    case .noScripts:
      "there is no folder plots/ with the gnuplot scripts here or above the program; go to the folder of "
        + "vpebench"
    case .noGnuplot: "gnuplot is not installed; install the package gnuplot-nox, or run `make deps`"
    case .gnuplot(let figure, let said):
      "gnuplot could not draw \(figure) (\(said)); this is a defect of its script, please report it"
    case .slowGnuplot(let figure, let seconds):
      "gnuplot did not finish \(figure) within \(seconds) s and was ended; try again when the machine is idle"
    case .badPaper(let path, let reason): "\(path) cannot be understood (\(reason)); restore it"
    }
  }
}
