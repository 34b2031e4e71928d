import Cases

extension Schemas {
  /// The table `ratios`: a row per compared pair of cases and metric. `Pairing` determines the pairs.
  public static func ratios(_ samples: [SampleRecord]) -> Table {
    let parameters: [Field<SystemPair>] =
      caseFields(\.coordinates).filter { !["case", "system"].contains($0.column.name) }
      + axisFields(in: samples, \.coordinates)
    let fields: [Field<SystemPair>] =
      [
        Field("numerator", "System whose figure is told as a multiple of the other's.", \.coordinates.system),
        Field("denominator", "System that it is compared with.", \.other.system),
      ] + parameters + [
        Field(
          "numerator_case", "Case of the numerator, as in summary.csv; the parameters are its.",
          \.coordinates.name),
        Field("denominator_case", "Case of the denominator.", \.other.name),
        basisField(\.basis),
        Field("metric", "Name of the figure that is compared, as in summary.csv.", \.metric),
        Field(
          "ratio", unit: "1",
          "Ratio of both figures over the launches that both have: above 1 a throughput is better, a cost "
            + "worse.", \.ratio.value),
        Field(
          "ratio_low", unit: "1",
          "Lower end of its 95 % interval, Student's over launches; empty with fewer than three.", \.ratio.low
        ),
        Field("ratio_high", unit: "1", "Upper end of that interval.", \.ratio.high),
        Field("launches", "Launches that the ratio rests on.", \.ratio.launches),
        Field("samples", "Repetitions of which both have a valid sample.", \.samples),
        Field("valid", "Whether every sample of both cases is valid.", \.isValid),
      ]
    return Table(
      name: "ratios", title: "How systems compare, a pair of cases and a metric a row", fields: fields,
      sources: SystemPair.pairs(of: samples))
  }
}
