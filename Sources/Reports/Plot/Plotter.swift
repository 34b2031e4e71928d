import Foundation
import Results

/// Draws the figures of runs, from the files of these runs alone.
public struct Plotter: Sendable {
  /// A figure as a file.
  public struct Drawing: Sendable, Equatable {
    /// The figure that it shows.
    public let figure: Figure
    /// The file format.
    public let format: PlotFormat
    /// The file's bytes.
    public let data: Data
    /// A sentence with its reason for each case that the figure lacks.
    public let remarks: [String]

    /// The suffix of the name that tells machines apart.
    var suffix = ""

    /// The name without an extension, such as `figure-5`.
    public var name: String { figure.name + suffix }
    /// The file's name, such as `figure-5.svg`.
    public var fileName: String { "\(name).\(format.rawValue)" }
  }

  private let suite: SuiteFolder

  /// Makes a plotter that uses the scripts and the paper's values of `suite`.
  public init(suite: SuiteFolder) { self.suite = suite }

  /// The figure called `name`; without a name, that of the run's experiment or axes.
  /// - Throws: `ResultsError.plot` if no figure has the name.
  public static func figure(of run: RunReading, named name: String? = nil) throws(ResultsError) -> Figure {
    guard let name else { return Figure(of: run) }
    guard let figure = Figure(name: name) else {
      throw .plot(.noFigure(name: name, known: Figure.known.map(\.name)))
    }
    return figure
  }

  /// Draws a figure of a run.
  /// - Parameter baseline: a run of the baseline; Figure 5 shows its bars beside the run's own.
  /// - Throws: `ResultsError.plot`, `ResultsError.file`.
  public func draw(
    _ figure: Figure, of run: RunReading, baseline: RunReading? = nil, as format: PlotFormat
  ) throws(ResultsError) -> Drawing {
    let run = figure == .five ? run.joined(baseline) : run
    let data = try figure.data(of: run, paper: try suite.paperValues(of: figure))
    let drawn = try Gnuplot(scripts: suite.scripts).draw(figure, data, as: format)
    return Drawing(figure: figure, format: format, data: drawn, remarks: figure.remarks(on: run))
  }

  /// Draws a figure of a run in each of `formats` and writes the files, each completely or not at all. Figure
  /// 5 adds the newest run of the baseline that lies beside the run.
  /// - Parameters:
  ///   - name: the figure's name; nil for the figure of the run's experiment.
  ///   - output: the folder to write to; made if it is missing.
  /// - Returns: the paths of the files, and a sentence for each case that the figure lacks.
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
