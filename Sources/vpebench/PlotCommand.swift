import Foundation
import Reports
import Results

let plotCommand = Command(
  name: "plot",
  summary: "draw the figure of a run from its tables",
  help: """
    Usage: vpebench plot RUN-DIR… [options]

    Draws the figure of each run (results/figure-5/latest, say) with gnuplot from its tables alone: no DPDK
    is needed. Some experiments have a figure of their own, told by the name:
    \(Figure.known.map(\.name).joined(separator: ", ")).
    Any other is drawn by its axes: along x the one with most values, panels and series for the others.
    Figure 5 joins the bars of the baseline run that lies beside it (../../baseline/latest), if there is one.

      --format FORMAT    svg, pdf, png or all (default: svg)
      --output DIR       folder for the files (default: the run's own)
      --figure NAME      draw this figure, whatever the experiment is called
    """,
  options: [.value("--format"), .value("--output"), .value("--figure")]
) { arguments in
  guard !arguments.operands.isEmpty else {
    throw Arguments.Failure(description: "plot needs the folder of a run, such as results/figure-5/latest")
  }
  let formats = try formats(arguments.last("--format") ?? PlotFormat.svg.rawValue)
  let plotter = Plotter(suite: try suiteFolder())
  let runs = try arguments.operands.map { (folder: $0, run: try RunReading(path: $0)) }
  if let output = arguments.last("--output") {
    try requireOneEach(runs, named: arguments.last("--figure"), in: output)
  }
  for (folder, run) in runs {
    let (paths, remarks) = try plotter.write(
      run, figure: arguments.last("--figure"), formats: formats, to: arguments.last("--output") ?? folder)
    paths.forEach { print($0) }
    remarks.forEach { print("note: \($0)") }
    run.fileWarnings.forEach { print("note: \($0)") }
  }
  return 0
}

/// Requires distinct figure names, because a folder cannot have two files with the same name.
private func requireOneEach(
  _ runs: [(folder: String, run: RunReading)], named name: String?, in output: String
) throws {
  var seen: [String: String] = [:]
  for (folder, run) in runs {
    let figure = try Plotter.figure(of: run, named: name).name
    if let other = seen.updateValue(folder, forKey: figure) {
      throw Arguments.Failure(
        description: "\(other) and \(folder) are both drawn as \(figure), and \(output) can hold one; leave "
          + "--output out, or draw them one by one")
    }
  }
}

/// The file formats that `--format` names.
private func formats(_ name: String) throws -> [PlotFormat] {
  if name == "all" { return PlotFormat.allCases }
  let known = PlotFormat.allCases.map(\.rawValue) + ["all"]
  guard let format = PlotFormat(rawValue: name) else {
    let near = CommandLineTool.suggestion(name, known)
    throw Arguments.Failure(
      description: "there is no format \(name)\(near); there are \(known.joined(separator: ", "))")
  }
  return [format]
}

/// The folder with vpebench's gnuplot scripts and the paper's values.
func suiteFolder() throws -> SuiteFolder {
  try SuiteFolder.find(
    workingFolder: FileManager.default.currentDirectoryPath, executable: Bundle.main.executablePath ?? "/")
}
