import Cases

extension Schemas {
  /// `ratios`: a row per compared pair and metric; which cases are compared says `Pairing`.
  public static func ratios(_ samples: [SampleRecord]) -> Table {
    let parameters: [Field<SystemPair>] =
      caseFields(\.coordinates).filter { !["case", "system"].contains($0.column.name) }
      + axisFields(in: samples, \.coordinates)
    let fields: [Field<SystemPair>] =
      [
        Field("numerator", .string, "System whose figure is told as a multiple of the other's.") {
          .text($0.coordinates.system)
        },
        Field("denominator", .string, "System that it is compared with.") { .text($0.other.system) },
      ] + parameters + [
        Field("numerator_case", .string, "Case of the numerator, as in summary.csv; the parameters are its.")
        {
          .text($0.coordinates.name)
        },
        Field("denominator_case", .string, "Case of the denominator.") { .text($0.other.name) },
        basisField(\.basis),
        Field("metric", .string, "Name of the figure that is compared, as in summary.csv.") {
          .text($0.metric)
        },
        Field(
          "ratio", .number, unit: "1",
          "Ratio of both figures over the launches that both have: above 1 a throughput is better, a cost "
            + "worse."
        ) { .number($0.ratio.value) },
        Field(
          "ratio_low", .number, unit: "1",
          "Lower end of its 95 % interval, by a bootstrap over launches; empty with fewer than three."
        ) { .number(orEmpty: $0.ratio.low) },
        Field("ratio_high", .number, unit: "1", "Upper end of that interval.") {
          .number(orEmpty: $0.ratio.high)
        },
        Field("launches", .integer, "Launches that the ratio rests on; empty if they are not known.") {
          $0.ratio.launches.map { .integer($0) } ?? .empty
        },
        Field("samples", .integer, "Repetitions of which both have a valid sample.") {
          .integer($0.ratio.pairs)
        },
        Field("valid", .boolean, "Whether every sample of both cases is valid.") { .boolean($0.isValid) },
      ]
    return Table(
      name: "ratios", title: "How systems compare, a pair of cases and a metric a row", fields: fields,
      sources: SystemPair.pairs(of: samples))
  }
}
