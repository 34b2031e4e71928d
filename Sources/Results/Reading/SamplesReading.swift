import Cases
import Foundation

/// Reads a run's `samples.csv`, from which all figures of the run are computed.
public enum SamplesReading {
  /// The columns that the table must have.
  static let columns =
    ReadTable.Row.caseColumns + ["sample", "started_at", "basis", "window_seconds", "valid", "faults"]

  /// Optional columns that are neither axes nor metrics.
  private static let further: Set = ["bottleneck", "gaps", "launch", "machine_state"]

  /// The kind of an additional column.
  private enum Kind { case axis, count, metric }

  /// Reads the samples. Columns are found by name, in any order. The name of an additional column determines
  /// its kind.
  /// - Parameters:
  ///   - data: the file's bytes.
  ///   - source: the file's name, for error messages.
  /// - Returns: the samples in the order of the file, at least one, without their stages.
  /// - Throws: `ResultsError.csv`, `ResultsError.table`.
  public static func read(_ data: Data, source: String) throws(ResultsError) -> [SampleRecord] {
    let table = try ReadTable(data, source: source, kind: "samples table", columns: columns)
    let others = table.header.filter { !columns.contains($0) && !further.contains($0) }
    let axes = others.filter { kind(of: $0) == .axis }
    let metrics = others.filter { kind(of: $0) == .metric }
    let counts = others.filter { kind(of: $0) == .count }
    var records: [SampleRecord] = []
    var seen: Set<SampleKey> = []
    for row in table.rows {
      var record = try record(row, axes: axes)
      for name in metrics {
        if let value = try figure(row, name) { record.metrics[record.basis.name(of: name)] = value }
      }
      for name in counts {
        if let value = try row.unsigned(name) { record.counts[name] = value }
      }
      guard seen.insert(SampleKey(record, at: record.coordinates)).inserted else {
        throw row.failure(.repeatedRow("sample \(record.sample) of \(record.coordinates.name)"))
      }
      records.append(record)
    }
    guard !records.isEmpty else { throw .table(source: source, line: nil, problem: .noRows) }
    return records
  }

  /// The column's kind: by the catalogue and the axes, or, if the name is unknown, by the unit.
  private static func kind(of column: String) -> Kind {
    if Basis.allCases.contains(where: { MetricCatalog.metrics.contains($0.name(of: column)) }) {
      return .metric
    }
    if MetricCatalog.counts.contains(column) { return .count }
    if Axis(rawValue: column) != nil { return .axis }
    switch MetricCatalog.entry(for: column).unit {
    case nil, "byte", "packet", "percent", "flow", "tunnel", "class", "sender": return .axis
    case "frame": return .count
    default: return .metric
    }
  }

  /// A value that a run can have measured or predicted; nil for an empty cell.
  private static func figure(_ row: ReadTable.Row, _ column: String) throws(ResultsError) -> Double? {
    guard let value = try row.number(column) else { return nil }
    // A negative value is possible only for a ratio less 1.
    let least = column.hasSuffix("_error_ratio") ? -1.0 : 0
    guard value >= least, value <= figureMax else {
      throw row.bad(column, expected: "a figure of a run, from \(Int(least)) to 10^15")
    }
    return value
  }

  /// The upper limit for values in any of the units.
  private static let figureMax = 1e15

  private static func record(_ row: ReadTable.Row, axes: [String]) throws(ResultsError) -> SampleRecord {
    guard let seconds = try figure(row, "window_seconds") else {
      throw row.bad("window_seconds", expected: "a number")
    }
    let faults = row.text("faults")
    let launch = try row.text("launch").isEmpty ? nil : row.count("launch")
    let gaps = row.text("gaps")
    var record = SampleRecord(
      coordinates: try row.coordinates(axes: axes), sample: try row.count("sample"),
      startedAt: row.text("started_at"), basis: try row.choice("basis"), windowSeconds: seconds, metrics: [:],
      counts: [:], valid: try row.flag("valid"), faults: faults.isEmpty ? [] : [faults],
      gaps: gaps.isEmpty ? [] : gaps.components(separatedBy: "; "), stages: [],
      bottleneck: row.text("bottleneck").isEmpty ? nil : row.text("bottleneck"))
    record.launch = launch
    let state = row.text("machine_state")
    record.machineState = state.isEmpty ? nil : state
    return record
  }
}

extension SampleRecord {
  package var caseKey: CaseKey { CaseKey(coordinates: coordinates, basis: basis) }
}

/// Identifies a sample by its case, basis and repetition.
struct SampleKey: Hashable {
  private let found: CaseKey
  private let sample: Int

  /// - Parameter coordinates: the sample's own, or the coordinates that are common to all samples to compare.
  init(_ record: SampleRecord, at coordinates: CaseCoordinates) {
    (found, sample) = (CaseKey(coordinates: coordinates, basis: record.basis), record.sample)
  }
}
