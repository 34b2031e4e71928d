/// One figure of one case.
private struct SummaryRow {
  let group: CaseGroup
  let metric: String
  /// nil if the case has no usable sample that knows the metric.
  let estimate: Estimate?
  /// The figure that readers take.
  let primary: LaunchEstimate?
}

extension Schemas {
  /// `summary`: a row per case and metric, cases in order of first appearance.
  ///
  /// Samples that are invalid or have a gap are never averaged. A case with an invalid sample is marked
  /// invalid; one without any figure keeps its rows, so that nobody takes its absence for an oversight, but
  /// they are empty.
  public static func summary(_ samples: [SampleRecord]) -> Table {
    let groups = CaseGroup.groups(of: samples)
    let metrics = MetricCatalog.ordered(
      groups.flatMap { knownMetrics(of: $0) } + ["goodput_gbps"], by: MetricCatalog.metrics)
    let rows = groups.flatMap { group in
      let known = knownMetrics(of: group)
      return metrics.filter { known.isEmpty || known.contains($0) }.map {
        SummaryRow(
          group: group, metric: $0, estimate: Estimate(group.values(of: $0)),
          primary: group.usable.haveLaunches ? LaunchEstimate(of: $0, in: group.usable) : nil)
      }
    }
    let fields: [Field<SummaryRow>] =
      caseFields(\.group.coordinates)
      + [basisField(\.group.basis)]
      + figureFields(metrics)
      + [
        Field("valid", .boolean, "Whether every sample of the case is valid.") {
          .boolean($0.group.isValid)
        }
      ]
      + axisFields(in: samples, \.group.coordinates)
      + percentileFields
      + [
        Field("gaps", .string, "What this machine cannot show of the case; empty if nothing.") {
          .text($0.group.gaps.joined(separator: "; "))
        }
      ]
      + (samples.contains { $0.launch != nil } ? estimateFields : [])
    return Table(name: "summary", title: "Figures per case, a metric a row", fields: fields, sources: rows)
  }

  /// The metrics of which a usable sample of the case knows a value.
  private static func knownMetrics(of group: CaseGroup) -> Set<String> {
    Set(group.usable.flatMap(\.metrics.keys).filter { !group.values(of: $0).isEmpty })
  }

  /// Behind the axes, where nothing that reads the columns before them by their place is disturbed.
  private static var percentileFields: [Field<SummaryRow>] {
    Estimate.percents.map { percent in
      Field(
        "p\(percent)", .number,
        "\(percent) % of the valid samples lie below, interpolated linearly between neighbours, in the unit "
          + "of the metric."
      ) { .number(orEmpty: $0.estimate?.percentiles[percent]) }
    }
  }

  private static var estimateFields: [Field<SummaryRow>] {
    func column(
      _ name: String, _ meaning: String, _ value: @escaping (LaunchEstimate) -> Double?
    ) -> Field<SummaryRow> {
      Field(name, .number, meaning) { .number(orEmpty: $0.primary.flatMap(value)) }
    }
    return [
      column(
        "estimate",
        "The figure over the usable samples, in the unit of the metric: of a cost the lower quartile, of a "
          + "capacity the upper one, of a ratio to a floor or baseline the ratio of both figures, of all "
          + "else the median.", \.value),
      column(
        "estimate_low",
        "Lower end of its 95 % interval, by a bootstrap over launches; empty with fewer than three.", \.low),
      column("estimate_high", "Upper end of that interval.", \.high),
      Field("launches", .integer, "Launches that the figure rests on: each has processes of its own.") {
        .integer($0.primary?.launches ?? 0)
      },
    ]
  }

  private static func figureFields(_ metrics: [String]) -> [Field<SummaryRow>] {
    let legend = metrics.map { metric in
      MetricCatalog.entry(for: metric).unit.map { "\(metric) in \($0)" } ?? metric
    }
    func figure(_ name: String, _ meaning: String, _ value: @escaping (Estimate) -> Double?)
      -> Field<SummaryRow>
    {
      Field(name, .number, "\(meaning) of the valid samples, in the unit of the metric.") {
        .number(orEmpty: $0.estimate.flatMap(value))
      }
    }
    return [
      Field("metric", .string, "Name of the row's figure: \(legend.joined(separator: ", ")).") {
        .text($0.metric)
      },
      figure("mean", "Arithmetic mean", \.mean),
      figure("ci95_low", "Lower end of the 95 % Student confidence interval of the mean", \.ci95Low),
      figure("ci95_high", "Upper end of the 95 % Student confidence interval of the mean", \.ci95High),
      figure("median", "Median", \.median),
      figure("min", "Minimum", \.minimum),
      figure("max", "Maximum", \.maximum),
      Field("samples", .integer, "Valid samples that the figures rest on.") {
        .integer($0.estimate?.samples ?? 0)
      },
    ]
  }
}
