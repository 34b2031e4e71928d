import Basics
import Cases

/// The tables of a run, which are made from its samples.
///
/// Each table is an extension in its own file. This file has what they share: the columns of a case, and the
/// grouping of samples into cases.
public enum Schemas {
  /// The columns that identify a row's case.
  static func caseFields<Source>(_ coordinates: @escaping (Source) -> CaseCoordinates) -> [Field<Source>] {
    [
      Field("case", "The case's coordinates as one word, the same in tables, plots and logs.") {
        coordinates($0).name
      },
      Field("system", "Packet format and threading model.") { coordinates($0).system },
      Field(of: Axis.aead.rawValue) { coordinates($0).aead },
      Field(of: Axis.threads.rawValue) { coordinates($0).threads },
      Field(of: Axis.frameBytes.rawValue) { coordinates($0).frameBytes },
      Field(of: Axis.extraHeadroomBytes.rawValue) { coordinates($0).extraHeadroomBytes },
      Field(of: "link") { coordinates($0).link },
    ]
  }

  /// The columns that identify a row's case and basis.
  static func caseFields<Source>(
    _ coordinates: @escaping (Source) -> CaseCoordinates, _ basis: @escaping (Source) -> Basis
  ) -> [Field<Source>] {
    caseFields(coordinates) + [basisField(basis)]
  }

  /// The column of a row's basis.
  static func basisField<Source>(_ basis: @escaping (Source) -> Basis) -> Field<Source> {
    Field(
      "basis",
      "How the figures came about: measured (a core for every thread), capacity (computed from the busy "
        + "cycles of threads that shared cores), model (computed for threads that were not run) or carried "
        + "(what came through on shared cores). " + Basis.capacityCaveat
    ) { basis($0).rawValue }
  }

  /// A column for each further axis of the samples' sweeps, in alphabetical order.
  static func axisFields<Source>(
    in samples: [SampleRecord], _ coordinates: @escaping (Source) -> CaseCoordinates
  ) -> [Field<Source>] {
    let fixed = caseFields(coordinates).map(\.column.name)
    let axes = Set(samples.flatMap(\.coordinates.axes.keys)).subtracting(fixed)
    return axes.sorted().map { axis in
      Field(of: axis, as: columnType(of: samples.compactMap { $0.coordinates.axes[axis] })) {
        coordinates($0).axes[axis]
      }
    }
  }

  /// The narrowest type with which all `values` print as they are.
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

/// The samples of one case and basis.
package struct CaseGroup {
  package let coordinates: CaseCoordinates
  package let basis: Basis
  /// The samples that may enter statistics.
  let usable: [SampleRecord]
  /// Whether every sample of the case is valid.
  package let isValid: Bool
  /// The reasons why this machine cannot show the case. Sentences that differ only in numbers occur once.
  package let gaps: [String]

  var caseKey: CaseKey { CaseKey(coordinates: coordinates, basis: basis) }

  /// Groups samples by case and basis, in order of first appearance.
  package static func groups(of samples: [SampleRecord]) -> [CaseGroup] {
    samples.grouped(by: \.caseKey).map { key, all in
      CaseGroup(
        coordinates: key.coordinates, basis: key.basis, usable: all.filter(\.isUsable),
        isValid: all.allSatisfy(\.valid), gaps: all.flatMap(\.gaps).distinctButForNumbers())
    }
  }

  /// The known, finite values of a metric in the usable samples, in the order of the samples.
  package func values(of metric: String) -> [Double] {
    usable.compactMap { $0.metrics[metric] }.filter(\.isFinite)
  }
}
