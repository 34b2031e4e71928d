extension Schemas {
  /// `samples`: a row per measurement window, valid or not, in the order given; a column per axis, count and
  /// metric that occurs in any of them.
  public static func samples(_ samples: [SampleRecord]) -> Table {
    let fields: [Field<SampleRecord>] =
      caseFields(\.coordinates)
      + axisFields(in: samples, \.coordinates)
      + [
        Field("sample", .integer, "Repetition of the case, from 0.") { .integer($0.sample) },
        Field("started_at", .string, "Start of the sample, UTC, in ISO 8601.") { .text($0.startedAt) },
        basisField(\.basis),
        Field("window_seconds", .number, unit: "s", "Length of the measurement window.") {
          .number($0.windowSeconds)
        },
      ]
      + countFields(in: samples)
      + metricFields(in: samples)
      + (samples.contains { $0.bottleneck != nil } ? [bottleneckField] : [])
      + [
        Field("valid", .boolean, "Whether the accounts close and nothing failed.") { .boolean($0.valid) },
        Field("faults", .string, "What was wrong with the sample; empty if nothing was.") {
          .text($0.faults.joined(separator: "; "))
        },
        Field("gaps", .string, "What this machine cannot show of the case; empty if nothing.") {
          .text($0.gaps.joined(separator: "; "))
        },
      ]
      + (samples.contains { $0.launch != nil } ? [launchField, stateField] : [])
    return Table(
      name: "samples", title: "Every measurement window, a row each", fields: fields, sources: samples)
  }

  private static var launchField: Field<SampleRecord> {
    Field("launch", .integer, "Launch of the run, from 0: samples of one share their processes.") {
      $0.launch.map { .integer($0) } ?? .empty
    }
  }

  private static var stateField: Field<SampleRecord> {
    Field("machine_state", .string, "State of the machine during the sample, the most frequent one being A.")
    {
      $0.machineState.map { .text($0) } ?? .empty
    }
  }

  private static var bottleneckField: Field<SampleRecord> {
    Field(
      "bottleneck", .string,
      "What held the rate down: the stages of the busiest gateway thread, or a limit that all threads share."
    ) { $0.bottleneck.map { .text($0) } ?? .empty }
  }

  private static func countFields(in samples: [SampleRecord]) -> [Field<SampleRecord>] {
    MetricCatalog.ordered(samples.flatMap(\.counts.keys), by: MetricCatalog.counts).map { name in
      let entry = MetricCatalog.entry(for: name)
      return Field(name, .integer, unit: entry.unit, entry.description) {
        $0.counts[name].map { .unsigned($0) } ?? .empty
      }
    }
  }

  private static func metricFields(in samples: [SampleRecord]) -> [Field<SampleRecord>] {
    MetricCatalog.ordered(samples.flatMap(\.metrics.keys), by: MetricCatalog.metrics).map { name in
      let entry = MetricCatalog.entry(for: name)
      return Field(name, .number, unit: entry.unit, entry.description) {
        .number(orEmpty: $0.metrics[name])
      }
    }
  }
}
