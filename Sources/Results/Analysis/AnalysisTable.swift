import Cases

/// One thing that an analysis says.
private struct AnalysisRow {
  let analysis: CurveAnalysis
  let finding: String
  var value: Int?
  var status: String?
  var phase: Int?
  var share: Double?
  var pValue: Double?
  var addedShare: Double?
  var addedPValue: Double?
  var depth: Double?
  var relativeDepth: Double?

  /// The rows of one curve: its periods, its minima, its expectation.
  static func rows(of analysis: CurveAnalysis) -> [AnalysisRow] {
    let periods = analysis.periods.map { period in
      AnalysisRow(
        analysis: analysis, finding: "period", value: period.period, status: period.role.rawValue,
        phase: period.minimumPhase, share: period.share, pValue: period.pValue,
        addedShare: period.addedShare, addedPValue: period.addedPValue)
    }
    let minima = analysis.minima.found.map { minimum in
      AnalysisRow(
        analysis: analysis, finding: "minimum", value: minimum.x, pValue: minimum.pValue,
        depth: minimum.depth, relativeDepth: minimum.relativeDepth)
    }
    let expectation = analysis.judgement.map { judgement in
      AnalysisRow(
        analysis: analysis, finding: "expectation", value: judgement.expectation.period,
        status: judgement.verdict.word,
        phase: judgement.expectation.minima.first.map {
          Periodicity.phase(of: $0, period: judgement.expectation.period)
        })
    }
    return periods + minima + (expectation.map { [$0] } ?? [])
  }
}

extension Schemas {
  /// `analysis`: a row per period tested, local minimum found and expectation judged, curve by curve; a
  /// column per further coordinate of the curves.
  public static func analysis(_ analyses: [CurveAnalysis]) -> Table {
    let fields =
      labelFields() + findingFields() + figureFields() + depthFields() + curveFields()
      + coordinateFields(of: analyses)
    return Table(
      name: "analysis", title: "Periods and local minima of each curve, a finding a row", fields: fields,
      sources: analyses.flatMap(AnalysisRow.rows))
  }

  private static func labelFields() -> [Field<AnalysisRow>] {
    [
      Field("system", .string, "Packet format and threading model.") { .text($0.analysis.label.system) },
      Field("aead", .string, "Cipher that seals and opens the packets.") { .text($0.analysis.label.aead) },
      Field("curve", .string, "The swept quantity: the curve shows the metric against it.") {
        .text($0.analysis.label.axis)
      },
      Field("metric", .string, "Name of the curve's figure.") { .text($0.analysis.label.metric) },
    ]
  }

  private static func findingFields() -> [Field<AnalysisRow>] {
    func integer(
      _ name: String, _ description: String, _ value: @escaping (AnalysisRow) -> Int?
    ) -> Field<AnalysisRow> {
      Field(name, .integer, unit: "byte", description) { value($0).map { .integer($0) } ?? .empty }
    }
    return [
      Field(
        "finding", .string,
        "What the row tells: period (a period that was tested), minimum (a significant local minimum) or "
          + "expectation (a claim about the curve that was judged)."
      ) { .text($0.finding) },
      integer("value", "The period, or the place of the minimum.", \.value),
      Field(
        "status", .string,
        "Of a period: base (the smallest that explains the structure), adds (to the base), implied "
          + "(significant only as a multiple or part of these) or none. Of an expectation: yes, other_phase, "
          + "other_period, no_structure or untestable. Empty for a minimum."
      ) { $0.status.map { .text($0) } ?? .empty },
      integer(
        "phase", "Lowest cost, or expected minimum, is at multiples of the period plus this.", \.phase),
    ]
  }

  private static func figureFields() -> [Field<AnalysisRow>] {
    [
      Field(
        "share", .number, unit: "1",
        "Share of the detrended curve's variance that the period explains (adjusted R squared)."
      ) { .number(orEmpty: $0.share) },
      Field(
        "p_value", .number, unit: "1",
        "Of a period: rotation test, adjusted by Holm. Of a minimum: paired one-sided t tests over launches "
          + "against its neighbours, adjusted by Benjamini and Hochberg."
      ) { .number(orEmpty: $0.pValue) },
      Field(
        "added_share", .number, unit: "1", "Share that the period explains beyond the shorter ones reported."
      ) { .number(orEmpty: $0.addedShare) },
      Field("added_p_value", .number, unit: "1", "The p value of that addition, adjusted by Bonferroni.") {
        .number(orEmpty: $0.addedPValue)
      },
    ]
  }

  private static func depthFields() -> [Field<AnalysisRow>] {
    [
      Field(
        "depth", .number,
        "By how much the lowest neighbour's mean exceeds the minimum's, in the unit of the metric."
      ) { .number(orEmpty: $0.depth) },
      Field("depth_ratio", .number, unit: "1", "The depth as a share of that neighbour's mean.") {
        .number(orEmpty: $0.relativeDepth)
      },
    ]
  }

  private static func curveFields() -> [Field<AnalysisRow>] {
    [
      Field("step", .integer, unit: "byte", "Distance of the curve's points.") {
        .integer($0.analysis.step)
      },
      Field("points", .integer, unit: "point", "Points of the curve.") { .integer($0.analysis.points) },
      Field("samples", .integer, "Repetitions of each point, where it has all.") {
        .integer($0.analysis.repetitions)
      },
    ]
  }

  /// The coordinates that a curve holds fast, by name; empty where a curve does not know one.
  private static func coordinateFields(of analyses: [CurveAnalysis]) -> [Field<AnalysisRow>] {
    let names = Set(analyses.flatMap(\.label.coordinates.keys))
    let known = Schemas.caseFields { (row: CaseCoordinates) in row }.map(\.column)
    return names.sorted().map { name in
      let values = analyses.compactMap { $0.label.coordinates[name] }
      let type: ColumnType = values.allSatisfy { Int($0)?.description == $0 } ? .integer : .string
      let entry = MetricCatalog.entry(for: name)
      let column = known.first { $0.name == name }
      return Field(
        name, type, unit: column?.unit ?? entry.unit, column?.description ?? entry.description
      ) { row in
        row.analysis.label.coordinates[name].map { .text($0) } ?? .empty
      }
    }
  }
}
