import Foundation

/// Reads a run's `samples.csv`.
public enum SamplesReading {
  /// The columns that the table must have.
  static let columns =
    ReadTable.Row.caseColumns + ["sample", "started_at", "basis", "window_seconds", "valid", "faults"]

  /// Columns that the table may have, which are no counts.
  private static let further: Set = ["bottleneck", "gaps", "launch", "machine_state"]

  /// Reads the samples. Columns are found by name, whatever their order; which of the further columns are
  /// axes and which are metrics is taken from the run's summary, and all others are counts.
  /// - Parameters:
  ///   - data: the file's bytes.
  ///   - source: the file's name, for messages.
  ///   - axes: the names of the sweep's further axes.
  ///   - metrics: the names of the metrics.
  /// - Returns: the samples in the order of the file, without their stages.
  /// - Throws: `ResultsError.csv`, `ResultsError.table`.
  public static func read(
    _ data: Data, source: String, axes: [String], metrics: Set<String>
  ) throws(ResultsError) -> [SampleRecord] {
    let table = try ReadTable(data, source: source, kind: "samples table", columns: columns + axes)
    let others = table.header.filter { !columns.contains($0) && !axes.contains($0) }
    // The summary lacks the metrics of samples that count for none.
    let metrics = metrics.union(MetricCatalog.metrics)
    let metricColumns = others.filter(metrics.contains)
    let countColumns = others.filter { !metrics.contains($0) && !further.contains($0) }
    var records: [SampleRecord] = []
    var seen: Set<Key> = []
    for row in table.rows {
      var record = try record(row, axes: axes)
      for name in metricColumns {
        if let value = try row.number(name) { record.metrics[name] = value }
      }
      for name in countColumns {
        if let value = try row.unsigned(name) { record.counts[name] = value }
      }
      let key = Key(caseKey: record.caseKey, sample: record.sample)
      guard seen.insert(key).inserted else {
        throw row.failure(.repeatedRow("sample \(record.sample) of \(record.coordinates.name)"))
      }
      records.append(record)
    }
    return records
  }

  private struct Key: Hashable {
    let caseKey: CaseKey
    let sample: Int
  }

  private static func record(_ row: ReadTable.Row, axes: [String]) throws(ResultsError) -> SampleRecord {
    guard let seconds = try row.number("window_seconds") else {
      throw row.bad("window_seconds", expected: "a number")
    }
    let faults = row.text("faults")
    let launch = try row.text("launch").isEmpty ? nil : row.count("launch")
    let gaps = row.text("gaps")
    var record = SampleRecord(
      coordinates: try row.coordinates(axes: axes), sample: try row.count("sample"),
      startedAt: row.text("started_at"), basis: try row.choice("basis"), windowSeconds: seconds, metrics: [:],
      counts: [:], valid: try row.flag("valid"), faults: faults.isEmpty ? [] : [faults],
      gaps: gaps.isEmpty ? [] : [gaps], stages: [],
      bottleneck: row.text("bottleneck").isEmpty ? nil : row.text("bottleneck"))
    record.launch = launch
    let state = row.text("machine_state")
    record.machineState = state.isEmpty ? nil : state
    return record
  }

  /// Checks that a summary and the samples beside it are of the same run, and both whole: each figure is what
  /// its samples make, and none is missing.
  /// - Throws: `ResultsError.table`, about the summary.
  static func check(
    _ figures: [CaseFigure], against records: [SampleRecord], summary: String
  ) throws(ResultsError) {
    var values: [FigureKey: [Double]] = [:]
    for record in records where record.isUsable {
      for (metric, value) in record.metrics {
        values[FigureKey(caseKey: record.caseKey, metric: metric), default: []].append(value)
      }
    }
    func disagreement(_ what: String) -> ResultsError {
      .table(source: summary, line: nil, problem: .disagreement(what, other: "samples.csv"))
    }
    for figure in figures where figure.samples > 0 {
      let own = values.removeValue(forKey: figure.key) ?? []
      let about = "\(figure.metric) of \(figure.coordinates.name)"
      guard own.count == figure.samples else {
        throw disagreement(
          "\(about) rests on \(figure.samples.counted("sample")) here, not on \(own.count)")
      }
      // It is how figures are noticed that lie under another's heading, or are another run's.
      if let estimate = Estimate(own), let name = figure.difference(from: estimate) {
        throw disagreement("the \(name) of \(about) is not that of its samples")
      }
    }
    if let missing = values.keys.map({ "\($0.metric) of \($0.caseKey.coordinates.name)" }).min() {
      throw disagreement("there is no row of \(missing)")
    }
  }
}

extension SampleRecord {
  /// The case and basis that the sample is of.
  var caseKey: CaseKey { CaseKey(coordinates: coordinates, basis: basis) }
}
