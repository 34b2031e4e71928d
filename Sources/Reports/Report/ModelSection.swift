import Cases
import Foundation
import Results

/// The model's error at every point that was run, and against the paper.
struct ModelSection {
  let run: RunReading

  /// Upper limits for the errors at points that were run here.
  static let meanErrorMax = 0.08
  static let worstErrorMax = 0.15

  private struct Point {
    let coordinates: CaseCoordinates
    let basis: Basis
    let observed: Double
    let predicted: Double
    /// Whether the model's costs were taken from this point.
    let isSource: Bool
    var error: Double { predicted / observed - 1 }
  }

  private func figures(_ metric: String, _ isModel: Bool) -> [CaseFigure] {
    run.figures.filter {
      $0.metric == $0.basis.name(of: metric) && ($0.basis == .model) == isModel && $0.value ?? 0 > 0
    }
  }

  /// The points that were both run and predicted. The prediction is the one without shared limits, as a
  /// capacity has none either.
  private func points() -> [Point] {
    let observed = Dictionary(
      figures(Metric.goodput, false).map { ($0.coordinates, $0) }, uniquingKeysWith: { first, _ in first })
    let known = figures(Metric.unlimitedCapacity, true).compactMap { figure in
      observed[figure.coordinates].map { (figure, $0) }
    }
    return known.compactMap { figure, other in
      guard let predicted = figure.value, let found = other.value else { return nil }
      let fewest = known.map(\.0.coordinates).filter {
        $0.system == figure.coordinates.system && $0.frameBytes == figure.coordinates.frameBytes
      }.map(\.threads).min()
      return Point(
        coordinates: figure.coordinates, basis: other.basis, observed: found, predicted: predicted,
        isSource: figure.coordinates.threads == fewest)
    }.sorted {
      ($0.coordinates.system, $0.coordinates.frameBytes, $0.coordinates.threads)
        < ($1.coordinates.system, $1.coordinates.frameBytes, $1.coordinates.threads)
    }
  }

  private static func signed(_ share: Double) -> String { String(format: "%+.1f %%", 100 * share) }

  /// A table with a row for each point.
  func table() -> [Document.Block] {
    let points = points()
    guard !points.isEmpty else { return [] }
    let rows = points.map { point in
      [
        point.coordinates.name, Display.number(point.observed), point.basis.rawValue,
        Display.number(point.predicted), Self.signed(point.error),
        point.isSource ? "source of the costs" : "",
      ]
    }
    return [
      .heading(level: 4, text: "The model of \(run.name) against what was run"),
      .table(
        caption: "Gbit/s; error: model over what was run, less 1. Both rest on one estimator, so that at "
          + "its source the model has no error of its own.",
        header: ["case", "run", "basis", "model", "error", ""], rows: rows),
    ]
  }

  /// A paragraph on the model's errors, and its comparison with the paper.
  func words(_ paper: [PaperValues.Point]) -> [Document.Block] {
    let points = points()
    return points.isEmpty ? [] : [.paragraph("The model. " + Self.words(points))] + against(paper)
  }

  private static func words(_ points: [Point]) -> String {
    let bias = points.filter(\.isSource).map { abs($0.error) }.max() ?? 0
    let further = points.filter { !$0.isSource }
    guard let worst = further.max(by: { abs($0.error) < abs($1.error) }) else {
      return "Nothing was run beyond the points that the costs come from."
    }
    let mean = further.reduce(0) { $0 + abs($1.error) } / Double(further.count)
    func bar(_ value: Double, _ most: Double) -> String {
      "\(Display.percent(value)) (the bar is \(Display.percent(most)): \(value <= most ? "met" : "missed"))"
    }
    let groups = Dictionary(grouping: further) {
      "\(SystemStyle($0.coordinates.system).title) at \($0.coordinates.frameBytes) bytes"
    }
    let biases = groups.sorted { $0.key < $1.key }.map { name, own in
      "\(name) \(signed(own.reduce(0) { $0 + $1.error } / Double(own.count)))"
    }
    return
      "At the source the error is at most \(Display.percent(bias)). Over the \(further.count) other "
      + "points it "
      + "is \(bar(mean, meanErrorMax)) in the mean and \(bar(abs(worst.error), worstErrorMax)) at worst, at "
      + "\(worst.coordinates.name). With its sign, in the mean: \(biases.joined(separator: ", ")). "
      + (further.contains { $0.basis == .measured }
        ? "" : "No point is measured: this tests the model's structure, not what cores share.")
  }

  // MARK: The paper

  /// The model's prediction for a system with `threads` threads, interpolated between neighbouring thread
  /// counts on logarithmic scales. Without `threads`, the model's peak.
  private func prediction(_ system: String, _ bytes: Int, _ threads: Int?) -> Double? {
    let known = figures(Metric.unlimitedCapacity, true).filter {
      $0.coordinates.system == system && $0.coordinates.frameBytes == bytes
    }.compactMap { figure in figure.value.map { (threads: figure.coordinates.threads, value: $0) } }
    guard let threads else { return known.map(\.value).max() }
    if let point = known.first(where: { $0.threads == threads }) { return point.value }
    guard let below = known.filter({ $0.threads < threads }).max(by: { $0.threads < $1.threads }),
      let above = known.filter({ $0.threads > threads }).min(by: { $0.threads < $1.threads })
    else { return nil }
    func factor(_ other: Int) -> Double { log(Double(other) / Double(below.threads)) }
    return below.value * pow(above.value / below.value, factor(threads) / factor(above.threads))
  }

  /// The names in this run of a system of the paper. Older runs call the paper's pipeline `esp-pipeline`;
  /// later ones have a system of its own.
  private static func names(_ system: String) -> [String] {
    system == System.espPipeline.rawValue ? [System.espPipelinePaper.rawValue, system] : [system]
  }

  /// Compares the model with the paper's figures, each as a multiple of VPE's at two threads, so that the
  /// hardware cancels out.
  private func against(_ paper: [PaperValues.Point]) -> [Document.Block] {
    let rows = paper.compactMap { point -> (cells: [String], error: Double)? in
      guard let bytes = point.frameBytes, point.threads != 2,
        let base = Self.base(paper, bytes), let own = prediction(System.vpe.rawValue, bytes, 2),
        let model = Self.names(point.system).lazy.compactMap({ prediction($0, bytes, point.threads) }).first
      else { return nil }
      let (theirs, ours) = (point.value / base, model / own)
      let threads = point.threads.map { "\($0) threads" } ?? "its peak"
      return (
        [
          "\(SystemStyle(point.system).title), \(bytes) bytes, \(threads)",
          (point.isApproximate ? "about " : "") + Display.number(theirs), Display.number(ours),
          Self.signed(ours / theirs - 1), point.note ?? "",
        ], ours / theirs - 1
      )
    }
    guard let lowest = rows.min(by: { $0.error < $1.error }),
      let highest = rows.max(by: { $0.error < $1.error })
    else { return [] }
    let range =
      rows.count == 1
      ? "off by \(highest.cells[3]) at the one point that both have (\(highest.cells[0]))"
      : "off by \(lowest.cells[3]) (\(lowest.cells[0])) to \(highest.cells[3]) (\(highest.cells[0]))"
    return [
      .table(
        caption:
          "The model of this machine without the link's limit, and the paper's values, as multiples of "
          + "VPE with 2 threads.", header: ["point", "paper", "model", "error", "the paper's point"],
        rows: rows.map(\.cells)),
      .paragraph(
        "Against the paper it is \(range). Too high it is where the paper's link, memory or second socket "
          + "was full, or threads took turbo from each other: the model knows none of these. Too low it is "
          + "where a stage of ESP's pipeline costs more here, beside VPE, than it did there. It is a bound, "
          + "no forecast."),
    ]
  }

  /// The paper's goodput of VPE with two threads.
  private static func base(_ paper: [PaperValues.Point], _ bytes: Int) -> Double? {
    paper.first { $0.system == System.vpe.rawValue && $0.frameBytes == bytes && $0.threads == 2 }?.value
  }
}
