import Cases
import Foundation

/// One figure of one case as a run's `summary.csv` tells it: a row of that table.
public struct CaseFigure: Sendable, Equatable {
  /// The case.
  public let coordinates: CaseCoordinates
  /// How the figure came about.
  public let basis: Basis
  /// The figure's name, its unit last (`goodput_gbps`).
  public let metric: String
  /// Arithmetic mean of the valid samples; nil if the case has no valid sample that knows the metric.
  public let mean: Double?
  /// Lower end of the mean's 95 % confidence interval; nil where there is none, as for a single sample.
  public let ci95Low: Double?
  /// Upper end of that interval.
  public let ci95High: Double?
  /// Median of the valid samples.
  public let median: Double?
  /// The smallest of them.
  public let minimum: Double?
  /// The largest of them.
  public let maximum: Double?
  /// The values below which so many percent of them lie, by percent; empty if the summary tells none.
  public let percentiles: [Int: Double]
  /// How many valid samples the figure rests on.
  public let samples: Int
  /// Whether every sample of the case is valid.
  public let isValid: Bool
  /// What this machine cannot show of the case; empty if nothing.
  public let gap: String

  /// The figure that readers take (``LaunchEstimate``); nil in a summary of before environment version 2.
  public let estimate: Double?
  /// Lower end of its 95 % interval; nil where there are too few launches.
  public let estimateLow: Double?
  /// Upper end of that interval.
  public let estimateHigh: Double?
  /// Launches that it rests on.
  public let launches: Int

  /// The figure: the estimate, or the mean of a summary that has none.
  public var value: Double? { estimate ?? mean }
  /// Lower end of the figure's 95 % interval; nil where there is none.
  public var low: Double? { estimate == nil ? ci95Low : estimateLow }
  /// Upper end of that interval.
  public var high: Double? { estimate == nil ? ci95High : estimateHigh }
  /// Half the width of the interval; nil where there is none.
  public var margin: Double? { high.flatMap { high in low.map { (high - $0) / 2 } } }
}

extension CaseFigure {
  /// The columns that a summary must have; all others are axes of the sweep.
  static let columns =
    ReadTable.Row.caseColumns
    + [
      "basis", "metric", "mean", "ci95_low", "ci95_high", "median", "min", "max", "samples", "valid",
    ]

  /// Columns that a summary may have.
  private static let percentileColumns = Estimate.percents.map { (percent: $0, name: "p\($0)") }

  /// Others.
  private static let gapsColumn = "gaps"
  private static let estimateColumns = ["estimate", "estimate_low", "estimate_high", "launches"]

  /// Reads a `summary.csv`. Columns are found by name, whatever their order.
  /// - Parameters:
  ///   - data: the file's bytes.
  ///   - source: the file's name, for messages.
  /// - Returns: the figures in the order of the file, at least one, and the names of the axes.
  /// - Throws: `ResultsError.csv`, `ResultsError.table`.
  public static func read(
    _ data: Data, source: String
  ) throws(ResultsError) -> (figures: [CaseFigure], axes: [String]) {
    let table = try ReadTable(data, source: source, kind: "summary", columns: columns)
    let percentiles = percentileColumns.filter { table.header.contains($0.name) }
    let axes = table.header.filter { name in
      !columns.contains(name) && name != gapsColumn && !estimateColumns.contains(name)
        && !percentiles.contains { $0.name == name }
    }
    var figures: [CaseFigure] = []
    var seen: Set<FigureKey> = []
    for row in table.rows {
      let figure = try CaseFigure(row, axes: axes, percentiles: percentiles)
      if let problem = figure.contradiction { throw row.failure(.contradiction(problem)) }
      guard seen.insert(figure.key).inserted else {
        throw row.failure(
          .repeatedRow("\(figure.metric) of \(figure.coordinates.name), basis \(figure.basis.rawValue)"))
      }
      figures.append(figure)
    }
    guard !figures.isEmpty else { throw .table(source: source, line: nil, problem: .noRows) }
    return (figures, axes)
  }

  /// What no other figure of the run has.
  var key: FigureKey { FigureKey(caseKey: caseKey, metric: metric) }

  /// The case and basis that the figure is of.
  var caseKey: CaseKey { CaseKey(coordinates: coordinates, basis: basis) }

  private init(
    _ row: ReadTable.Row, axes: [String], percentiles names: [(percent: Int, name: String)]
  ) throws(ResultsError) {
    coordinates = try row.coordinates(axes: axes)
    basis = try row.choice("basis")
    metric = try row.word("metric")
    mean = try row.number("mean")
    ci95Low = try row.number("ci95_low")
    ci95High = try row.number("ci95_high")
    median = try row.number("median")
    minimum = try row.number("min")
    maximum = try row.number("max")
    var percentiles: [Int: Double] = [:]
    for (percent, name) in names { percentiles[percent] = try row.number(name) }
    self.percentiles = percentiles
    samples = try row.count("samples")
    isValid = try row.flag("valid")
    gap = row.text(Self.gapsColumn)
    estimate = try row.number("estimate")
    estimateLow = try row.number("estimate_low")
    estimateHigh = try row.number("estimate_high")
    launches = try row.text("launches").isEmpty ? 0 : row.count("launches")
  }

  /// The name of the first column whose value is not the estimate's; nil if all are.
  func difference(from estimate: Estimate) -> String? {
    let known: [(String, Double?, Double?)] = [
      ("mean", mean, estimate.mean), ("ci95_low", ci95Low, estimate.ci95Low),
      ("ci95_high", ci95High, estimate.ci95High), ("median", median, estimate.median),
      ("min", minimum, estimate.minimum), ("max", maximum, estimate.maximum),
    ]
    let further = percentiles.keys.sorted().map { ("p\($0)", percentiles[$0], estimate.percentiles[$0]) }
    // As much as another order of summing may change.
    let scale = 1e-9 * max(abs(estimate.minimum), abs(estimate.maximum))
    return (known + further).first { _, own, other in
      guard let own, let other else { return (own == nil) != (other == nil) }
      return abs(own - other) > scale
    }?.0
  }

  /// What of the row cannot be, whoever wrote it; nil if all can. It is how figures are noticed that lie
  /// under another's heading.
  private var contradiction: String? {
    let about = "\(metric) of \(coordinates.name)"
    guard let mean else { return samples > 0 ? "\(about) has samples and no mean" : nil }
    if samples == 0 { return "\(about) has a mean and no samples" }
    if (ci95Low == nil) != (ci95High == nil) { return "\(about) has half an interval" }
    if let low = ci95Low, let high = ci95High, !(low <= mean && mean <= high) {
      return "the mean of \(about) lies outside of its interval"
    }
    for (name, value) in [("mean", mean), ("median", median ?? mean)] {
      if let minimum, value < minimum { return "the \(name) of \(about) lies below its minimum" }
      if let maximum, value > maximum { return "the \(name) of \(about) lies above its maximum" }
    }
    if let estimate, let minimum, let maximum, MetricCatalog.numerator(of: metric) == nil,
      !(minimum...max(minimum, maximum)).contains(estimate)
    {
      return "the estimate of \(about) lies beyond its samples"
    }
    let below = [5, 25].compactMap { percentiles[$0] }, above = [75, 95].compactMap { percentiles[$0] }
    let ordered = [minimum].compactMap { $0 } + below + [median].compactMap { $0 } + above
    if zip(ordered, (ordered + [maximum ?? .infinity]).dropFirst()).contains(where: { $0 > $1 }) {
      return "the percentiles of \(about) are not in order"
    }
    return nil
  }
}

/// What tells the cases of a run apart: one that was run and also modelled counts twice.
struct CaseKey: Hashable {
  let coordinates: CaseCoordinates
  let basis: Basis
}

/// What tells the figures of a run apart.
struct FigureKey: Hashable {
  let caseKey: CaseKey
  let metric: String
}
