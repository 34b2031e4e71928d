extension Schemas {
  /// The table `samples`: a row per measurement window, valid or not, in the given order. Each axis, count
  /// and metric that occurs in any sample has a column.
  public static func samples(_ samples: [SampleRecord]) -> Table {
    let fields: [Field<SampleRecord>] =
      caseFields(\.coordinates)
      + axisFields(in: samples, \.coordinates)
      + [
        Field("sample", "Repetition of the case, from 0.", \.sample),
        Field("started_at", "Start of the sample, UTC, in ISO 8601.", \.startedAt),
        basisField(\.basis),
        Field("window_seconds", unit: "s", "Length of the measurement window.", \.windowSeconds),
      ]
      + MetricCatalog.ordered(samples.flatMap(\.counts.keys), by: MetricCatalog.counts)
      .map { name in Field(of: name) { $0.counts[name] } }
      + MetricCatalog.ordered(samples.flatMap(\.metrics.keys), by: MetricCatalog.metrics)
      .map { name in Field(of: name) { $0.metrics[name] } }
      + (samples.contains { $0.bottleneck != nil } ? [bottleneckField] : [])
      + [
        Field("valid", "Whether the accounts close and nothing failed.", \.valid),
        Field("faults", "What was wrong with the sample; empty if nothing was.") {
          $0.faults.joined(separator: "; ")
        },
        Field("gaps", "What this machine cannot show of the case; empty if nothing.") {
          $0.gaps.joined(separator: "; ")
        },
      ]
      + (samples.contains { $0.launch != nil } ? launchFields : [])
    return Table(
      name: "samples", title: "Every measurement window, a row each", fields: fields, sources: samples)
  }

  private static var launchFields: [Field<SampleRecord>] {
    [
      Field("launch", "Launch of the run, from 0: samples of one share their processes.", \.launch),
      Field(
        "machine_state", "State of the machine during the sample, the most frequent one being A.",
        \.machineState),
    ]
  }

  private static var bottleneckField: Field<SampleRecord> {
    Field(
      "bottleneck",
      "What held the rate down: the stages of the busiest gateway thread, or a limit that all threads share.",
      \.bottleneck)
  }
}
