import Cases
import Foundation

/// An expectation about a curve, as judged in a run's `analysis.csv`.
public struct ExpectationFinding: Sendable, Equatable {
  /// The system's name, such as `esp-single`.
  public let system: String
  /// The swept quantity, such as `packet_bytes`.
  public let curve: String
  /// The curve's metric, such as `seal_cycles_per_packet`.
  public let metric: String
  /// The expected period, in bytes.
  public let period: Int
  /// The verdict: `yes`, `other_phase`, `other_period`, `no_structure` or `untestable`.
  public let status: String
  /// Number of repetitions of each point.
  public let samples: Int
  /// The inner packet's length if the curve is over another axis; otherwise nil.
  public let packetBytes: Int?
  /// The periods of the curve's structure in bytes, the base first.
  public let structure: [Int]
  /// The phase of the expected period's lowest cost, in bytes; nil if the period was not tested.
  public let phase: Int?
  /// Whether the period is the system's own: the bare call over the same bytes does not have it, or the ratio
  /// to the bare call has it, too.
  public let isOwn: Bool
  /// The p value of the expected period, adjusted for the periods tested on its curve; nil if it was not
  /// tested.
  public let pValue: Double?
  /// Whether the curve has the expected period, with any phase.
  package var hasPeriod: Bool { ["yes", "other_phase"].contains(status) }

  /// Makes a finding from its parts.
  public init(
    system: String, curve: String, metric: String, period: Int, status: String, samples: Int,
    packetBytes: Int? = nil, structure: [Int] = [], phase: Int? = nil, isOwn: Bool = true,
    pValue: Double? = nil
  ) {
    (self.system, self.curve, self.metric) = (system, curve, metric)
    (self.period, self.status, self.samples) = (period, status, samples)
    (self.packetBytes, self.structure, self.phase) = (packetBytes, structure, phase)
    (self.isOwn, self.pValue) = (isOwn, pValue)
  }
}

extension ExpectationFinding {
  static let columns = [
    "system", "curve", "metric", "finding", "value", "status", "phase", "samples",
  ]

  /// Reads the expectations of an `analysis.csv`, in the order of the file. Columns are found by name.
  /// - Throws: `ResultsError.csv`, `ResultsError.table`.
  public static func read(_ data: Data, source: String) throws(ResultsError) -> [ExpectationFinding] {
    let table = try ReadTable(data, source: source, kind: "analysis", columns: columns)
    // Rows belong to the same curve if they agree in all other columns.
    let findings: Set = [
      "finding", "value", "status", "phase", "share", "p_value", "added_share", "added_p_value", "depth",
      "depth_ratio",
    ]
    let curveColumns = table.header.filter { !findings.contains($0) }
    let curves = Dictionary(grouping: table.rows) { row in curveColumns.map(row.text) }
    let structured: Set = ["base", "adds"]
    let structures = table.rows.filter { structured.contains($0.text("status")) }
    var expectations: [ExpectationFinding] = []
    for row in table.rows where row.text("finding") == "expectation" {
      let periods = (curves[curveColumns.map(row.text)] ?? []).filter { $0.text("finding") == "period" }
      let period = try row.count("value")
      let own = periods.first { $0.text("value") == row.text("value") }
      expectations.append(
        ExpectationFinding(
          system: try row.word("system"), curve: try row.word("curve"), metric: try row.word("metric"),
          period: period, status: try row.word("status"), samples: try row.count("samples"),
          packetBytes: Int(row.text("packet_bytes")),
          structure: ["base", "adds"].flatMap { role in
            periods.filter { $0.text("status") == role }.compactMap { Int($0.text("value")) }
          }, phase: own.flatMap { Int($0.text("phase")) },
          isOwn: isOwn(row, among: structures, curveColumns),
          pValue: own.flatMap { Double($0.text("p_value")) }))
    }
    return expectations
  }

  /// Whether the period of an expectation is the system's own.
  /// - Parameter structures: the periods of all curves that are part of a structure.
  private static func isOwn(
    _ row: ReadTable.Row, among structures: [ReadTable.Row], _ columns: [String]
  ) -> Bool {
    func has(_ changes: [String: String]) -> Bool {
      structures.contains { other in
        other.text("value") == row.text("value")
          && columns.allSatisfy { other.text($0) == changes[$0] ?? row.text($0) }
      }
    }
    let system = CaseCoordinates.system(row.text("system"))
    guard let floor = System(rawValue: system)?.floor?.rawValue else { return true }
    return !has(["system": floor]) || has(["metric": RatioToFloor.name(of: row.text("metric"))])
  }
}
