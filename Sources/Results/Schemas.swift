import Basics
import Cases

/// The tables of a run, made from its samples.
///
/// Each is an extension in a file of its own; what they share is here: the columns of a case, and the
/// grouping of samples into cases.
public enum Schemas {
  /// The columns that say which case a row belongs to.
  static func caseFields<Source>(_ coordinates: @escaping (Source) -> CaseCoordinates) -> [Field<Source>] {
    [
      Field("case", .string, "The case's coordinates as one word, the same in tables, plots and logs.") {
        .text(coordinates($0).name)
      },
      Field("system", .string, "Packet format and threading model.") { .text(coordinates($0).system) },
      axisField(.aead, .string) { .text(coordinates($0).aead) },
      axisField(.threads, .integer) { .integer(coordinates($0).threads) },
      axisField(.frameBytes, .integer) { .integer(coordinates($0).frameBytes) },
      axisField(.extraHeadroomBytes, .integer) { .integer(coordinates($0).extraHeadroomBytes) },
      Field("link", .string, "Kind of link between the roles.") { .text(coordinates($0).link) },
    ]
  }

  private static func axisField<Source>(
    _ axis: Axis, _ type: ColumnType, _ value: @escaping (Source) -> Cell
  ) -> Field<Source> {
    Field(axis.rawValue, type, unit: axis.definition.unit, axis.definition.meaning, value)
  }

  /// The column that says how a row's figures came about.
  static func basisField<Source>(_ basis: @escaping (Source) -> Basis) -> Field<Source> {
    Field(
      "basis", .string,
      "How the figures came about: measured (a core for every thread), capacity (computed from the busy "
        + "cycles of threads that shared cores), model (computed for threads that were not run) or carried "
        + "(what came through on shared cores). "
        + Basis.capacityCaveat
    ) { .text(basis($0).rawValue) }
  }

  /// A column for each further axis that `samples` are swept over, by name.
  static func axisFields<Source>(
    in samples: [SampleRecord], _ coordinates: @escaping (Source) -> CaseCoordinates
  ) -> [Field<Source>] {
    let fixed = caseFields(coordinates).map(\.column.name)
    let axes = Set(samples.flatMap(\.coordinates.axes.keys)).subtracting(fixed)
    return axes.sorted().map { axis in
      let entry = MetricCatalog.entry(for: axis)
      let type = columnType(of: samples.compactMap { $0.coordinates.axes[axis] })
      return Field(axis, type, unit: entry.unit, entry.description) {
        coordinates($0).axes[axis].map { .text($0) } ?? .empty
      }
    }
  }

  /// The narrowest type that all `values` read as, in the form in which Swift prints them.
  private static func columnType(of values: [String]) -> ColumnType {
    let values = values.filter { !$0.isEmpty }
    let isInteger = { (value: String) in Int(value)?.description == value }
    if values.allSatisfy(isInteger) { return .integer }
    let isNumber = { (value: String) in
      isInteger(value) || Double(value).map { $0.isFinite && $0.description == value } ?? false
    }
    return values.allSatisfy(isNumber) ? .number : .string
  }
}

/// The samples of one case, all of one basis.
package struct CaseGroup {
  package let coordinates: CaseCoordinates
  package let basis: Basis
  /// The samples that may enter statistics.
  let usable: [SampleRecord]
  /// Whether every sample of the case is valid.
  package let isValid: Bool
  /// What this machine cannot show of the case, each sentence once, whatever its numbers.
  package let gaps: [String]

  private struct Key: Hashable {
    let coordinates: CaseCoordinates
    let basis: Basis
  }

  /// Sorts samples into cases, in order of first appearance.
  package static func groups(of samples: [SampleRecord]) -> [CaseGroup] {
    samples.grouped { Key(coordinates: $0.coordinates, basis: $0.basis) }.map { key, all in
      CaseGroup(
        coordinates: key.coordinates, basis: key.basis, usable: all.filter(\.isUsable),
        isValid: all.allSatisfy(\.valid), gaps: all.flatMap(\.gaps).distinctButForNumbers())
    }
  }

  /// The known values of a metric in the usable samples, in the order of the samples.
  package func values(of metric: String) -> [Double] {
    usable.compactMap { $0.metrics[metric] }.filter(\.isFinite)
  }
}
