import Foundation
import Results

/// Draws the figures of runs from their tables alone.
public struct Plotter: Sendable {
  /// A figure as a file.
  public struct Drawing: Sendable, Equatable {
    /// What it shows.
    public let figure: Figure
    /// Its form.
    public let format: PlotFormat
    /// The file's bytes.
    public let data: Data
    /// The cases that the figure lacks, with the reasons, a sentence each.
    public let remarks: [String]

    /// The suffix of its name that distinguishes machines.
    var suffix = ""

    /// The name of figure and file, such as `figure-5`.
    public var name: String { figure.name + suffix }
    /// The file's name, such as `figure-5.svg`.
    public var fileName: String { "\(name).\(format.rawValue)" }
  }

  private let suite: SuiteFolder

  /// Makes a plotter that uses the scripts and the paper's values of `suite`.
  public init(suite: SuiteFolder) { self.suite = suite }

  /// The figure of a run: the one that is named, or that of its experiment or axes.
  /// - Throws: `ResultsError.plot` if there is none of the name.
  public static func figure(of run: RunReading, named name: String? = nil) throws(ResultsError) -> Figure {
    guard let name else { return Figure(of: run) }
    guard let figure = Figure(name: name) else {
      throw .plot(.noFigure(name: name, known: Figure.known.map(\.name)))
    }
    return figure
  }

  /// Draws a figure of a run.
  /// - Parameter baseline: a run of the baseline, whose bars Figure 5 shows beside the run's own.
  /// - Throws: `ResultsError.plot`, `ResultsError.file`.
  public func draw(
    _ figure: Figure, of run: RunReading, baseline: RunReading? = nil, as format: PlotFormat
  ) throws(ResultsError) -> Drawing {
    let run = figure == .five ? run.joined(baseline) : run
    let data = try figure.data(of: run, paper: try suite.paperValues(of: figure))
    let drawn = try Gnuplot(scripts: suite.scripts).draw(figure, data, as: format)
    return Drawing(figure: figure, format: format, data: drawn, remarks: figure.remarks(on: run))
  }

  /// Draws a figure of a run in each of `formats` and writes the files, each whole or not at all.
  /// - Parameters:
  ///   - name: the figure's name; nil for that of the run's experiment.
  ///   - output: the folder to write to, made if it is missing.
  /// - Returns: the paths of the files, and what the figure lacks. Figure 5 joins the newest run of the
  ///   baseline
  ///   that lies beside the run.
  /// - Throws: `ResultsError.plot`, `ResultsError.file`.
  public func write(
    _ run: RunReading, figure name: String? = nil, formats: [PlotFormat], to output: String
  ) throws(ResultsError) -> (paths: [String], remarks: [String]) {
    let figure = try Self.figure(of: run, named: name)
    let baseline = figure == .five ? try run.baselineBeside() : nil
    try FileSystem.makeFolders(output)
    var paths: [String] = []
    var remarks: [String] = []
    for format in formats {
      let drawing = try draw(figure, of: run, baseline: baseline, as: format)
      let path = FileSystem.join(output, drawing.fileName)
      try AtomicFile.write(drawing.data, to: path)
      paths.append(path)
      remarks = drawing.remarks
    }
    return (paths, remarks)
  }
}
