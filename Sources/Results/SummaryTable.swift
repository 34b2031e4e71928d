import Statistics

/// A metric of a case with its interval.
private struct SummaryRow {
  let figure: CaseFigure
  let estimate: LaunchEstimate?
}

extension Schemas {
  /// The table `summary`: a row per case and metric, with cases in order of first appearance
  /// (``CaseFigure``). It is for people and other programs; vpebench never reads it.
  public static func summary(_ samples: [SampleRecord]) -> Table {
    let figures = CaseFigure.figures(of: CaseGroup.groups(of: samples))
    let rows = figures.map { SummaryRow(figure: $0, estimate: $0.estimate) }
    let metrics = MetricCatalog.ordered(rows.map(\.figure.metric), by: MetricCatalog.metrics)
    let fields: [Field<SummaryRow>] =
      caseFields(\.figure.coordinates, \.figure.basis) + figureFields(metrics)
      + axisFields(in: samples, \.figure.coordinates) + percentileFields
      + [Field("gaps", "What this machine cannot show of the case; empty if nothing.", \.figure.gap)]
      + (samples.contains { $0.launch != nil } ? estimateFields : [])
    return Table(name: "summary", title: "Figures per case, a metric a row", fields: fields, sources: rows)
  }

  /// The columns of percentiles. They come last, so that programs which read earlier columns by position
  /// still work.
  private static var percentileFields: [Field<SummaryRow>] {
    Estimate.percents.map { percent in
      Field(
        "p\(percent)",
        "\(percent) % of the valid samples lie below, interpolated linearly between neighbours, in the unit "
          + "of the metric."
      ) { $0.figure.percentiles[percent] }
    }
  }

  private static var estimateFields: [Field<SummaryRow>] {
    [
      Field(
        "estimate",
        "The figure over the usable samples, in the unit of the metric: of a cost the 10th percentile, of a "
          + "capacity the 90th, of all else the median.", \.estimate?.value),
      Field(
        "estimate_low",
        "Lower end of its 95 % interval, by a bootstrap over launches; empty with fewer than three.",
        \.estimate?.low),
      Field("estimate_high", "Upper end of that interval.", \.estimate?.high),
      Field("launches", "Launches that the figure rests on: each has processes of its own.") {
        $0.estimate?.launches ?? 0
      },
    ]
  }

  private static func figureFields(_ metrics: [String]) -> [Field<SummaryRow>] {
    let legend = metrics.map { metric in
      MetricCatalog.entry(for: metric).unit.map { "\(metric) in \($0)" } ?? metric
    }
    func figure<Value: CellValue>(
      _ name: String, _ meaning: String, _ value: @escaping (Estimate) -> Value
    ) -> Field<SummaryRow> {
      Field(name, "\(meaning) of the valid samples, in the unit of the metric.") {
        $0.figure.statistics.map(value)
      }
    }
    return [
      Field("metric", "Name of the row's figure: \(legend.joined(separator: ", ")).", \.figure.metric),
      figure("mean", "Arithmetic mean", \.mean),
      figure("ci95_low", "Lower end of the 95 % Student confidence interval of the mean", \.ci95Low),
      figure("ci95_high", "Upper end of the 95 % Student confidence interval of the mean", \.ci95High),
      figure("median", "Median", \.median),
      figure("min", "Minimum", \.minimum),
      figure("max", "Maximum", \.maximum),
      Field("samples", "Valid samples that the figures rest on.", \.figure.samples),
      Field("valid", "Whether every sample of the case is valid.", \.figure.isValid),
    ]
  }
}
