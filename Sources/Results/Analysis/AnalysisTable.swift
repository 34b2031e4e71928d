import Cases

/// One finding of an analysis.
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

  /// The rows of one curve: its periods, its local minima, and its expectation.
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
  /// The table `analysis`: for each curve a row per tested period, local minimum and judged expectation. Each
  /// further coordinate of the curves has a column.
  public static func analysis(_ analyses: [CurveAnalysis]) -> Table {
    Table(
      name: "analysis", title: "Periods and local minima of each curve, a finding a row",
      fields: findingFields + coordinateFields(of: analyses), sources: analyses.flatMap(AnalysisRow.rows))
  }

  private static var findingFields: [Field<AnalysisRow>] {
    [
      Field("system", "Packet format and threading model.", \.analysis.label.system),
      Field("aead", "Cipher that seals and opens the packets.", \.analysis.label.aead),
      Field("curve", "The swept quantity: the curve shows the metric against it.", \.analysis.label.axis),
      Field("metric", "Name of the curve's figure.", \.analysis.label.metric),
      Field(
        "finding",
        "What the row tells: period (a period that was tested), minimum (a significant local minimum) or "
          + "expectation (a claim about the curve that was judged).", \.finding),
      Field("value", unit: "byte", "The period, or the place of the minimum.", \.value),
      Field(
        "status",
        "Of a period: base (the smallest that explains the structure), adds (to the base), implied "
          + "(significant only as a multiple or part of these) or none. Of an expectation: yes, other_phase, "
          + "other_period, no_structure or untestable. Empty for a minimum.", \.status),
      Field(
        "phase", unit: "byte", "Lowest cost, or expected minimum, is at multiples of the period plus this.",
        \.phase),
      Field(
        "share", unit: "1",
        "Share of the detrended curve's variance that the period explains (adjusted R squared).", \.share),
      Field(
        "p_value", unit: "1",
        "Of a period: rotation test, adjusted by Holm. Of a minimum: paired one-sided t tests over launches "
          + "against its neighbours, adjusted by Benjamini and Hochberg.", \.pValue),
      Field(
        "added_share", unit: "1", "Share that the period explains beyond the shorter ones reported.",
        \.addedShare),
      Field(
        "added_p_value", unit: "1", "The p value of that addition, adjusted by Bonferroni.", \.addedPValue),
      Field(
        "depth", "By how much the lowest neighbour's mean exceeds the minimum's, in the unit of the metric.",
        \.depth),
      Field("depth_ratio", unit: "1", "The depth as a share of that neighbour's mean.", \.relativeDepth),
      Field("step", unit: "byte", "Distance of the curve's points.", \.analysis.step),
      Field("points", unit: "point", "Points of the curve.", \.analysis.points),
      Field("samples", "Repetitions of each point, where it has all.", \.analysis.repetitions),
    ]
  }

  /// The columns of the coordinates that are constant along a curve; empty if a curve has no such coordinate.
  private static func coordinateFields(of analyses: [CurveAnalysis]) -> [Field<AnalysisRow>] {
    Set(analyses.flatMap(\.label.coordinates.keys)).sorted().map { name in
      let values = analyses.compactMap { $0.label.coordinates[name] }
      let type: ColumnType = values.allSatisfy { Int($0)?.description == $0 } ? .integer : .string
      return Field(of: name, as: type) { $0.analysis.label.coordinates[name] }
    }
  }
}
