/// The result of one search for one goal.
private struct SearchRow {
  let sample: SampleRecord
  let search: SearchRecord
  let goal: SearchRecord.Goal
}

/// A trial of a search.
private struct TrialRow {
  let sample: SampleRecord
  /// The number of the trial in its search, from 0.
  let number: Int
  let trial: SearchRecord.Trial
}

extension Schemas {
  private static let mpps = "10^6 packets/s"

  /// The table `searches`: a row per search and goal.
  static func searches(_ samples: [SampleRecord]) -> Table {
    let rows = samples.flatMap { sample in
      (sample.search?.goals ?? []).compactMap { goal in
        sample.search.map { SearchRow(sample: sample, search: $0, goal: goal) }
      }
    }
    let fields: [Field<SearchRow>] =
      caseFields(\.sample.coordinates, \.sample.basis) + [
        Field("sample", "Search of the case, from 0.", \.sample.sample),
        Field("goal", "What the rate must fulfil.", \.goal.name),
        Field("loss_ratio", unit: "1", "Part of the frames that a trial may lose.", \.goal.lossRatio),
        Field(
          "lower_mpps", unit: mpps, "Highest load that fulfils the goal, below all that do not: the rate.",
          \.goal.lowerMpps),
        Field("upper_mpps", unit: mpps, "Lowest load that does not fulfil it.", \.goal.upperMpps),
        Field(
          "throughput_mpps", unit: mpps,
          "What came through at the lower bound (RFC 9971: conditional throughput).", \.goal.throughputMpps),
        Field(
          "state",
          "found; max-load: even the highest load fulfils it; min-load: not even the lowest does; "
            + "out-of-time: the bounds are farther apart than was asked for.", \.goal.end),
        Field(
          "trials", unit: "trial", "Trials of the search, for all goals together.", \.search.trials.count),
        Field("trials_repeated", unit: "trial", "Those of them that were disturbed and made again.") { row in
          row.search.trials.count { $0.use == .repeated }
        },
        Field(
          "duration_seconds", unit: "s", "What the search took, for all goals together.", \.search.seconds),
      ] + axisFields(in: samples, \.sample.coordinates)
    return Table(
      name: "searches", title: "What each search found, a row each goal", fields: fields, sources: rows)
  }

  /// The table `trials`: a row per trial.
  static func trials(_ samples: [SampleRecord]) -> Table {
    let rows = samples.flatMap { sample in
      (sample.search?.trials ?? []).enumerated().map {
        TrialRow(sample: sample, number: $0.offset, trial: $0.element)
      }
    }
    let probes: [Field<TrialRow>] = [
      Field("probes_sent", unit: "frame", "Probes beside the frames, which no other column has.") {
        $0.trial.probes?.sent
      },
      Field("probes_received", unit: "frame", "Those of them that came out.") { $0.trial.probes?.received },
    ]
    let fields: [Field<TrialRow>] =
      caseFields(\.sample.coordinates, \.sample.basis) + [
        Field("sample", "Search of the case, from 0.", \.sample.sample),
        Field("trial", "Trial of the search, from 0.", \.number),
        Field("load_mpps", unit: mpps, "Rate at which frames were due.", \.trial.loadMpps),
        Field("trial_seconds", unit: "s", "Time for which frames were due.", \.trial.seconds),
        Field(
          "duration_seconds", unit: "s", "What it took, with what comes before and after.",
          \.trial.durationSeconds),
        Field("sent", unit: "frame", "Frames that were offered in time.", \.trial.sent),
        Field(
          "unsent", unit: "frame", "Frames that were due and not offered in time; they count as lost.",
          \.trial.unsent),
        Field("received", unit: "frame", "Frames that came out, the first time each.", \.trial.received),
        Field("lost", unit: "frame", "Frames that were offered and did not come out.", \.trial.lost),
        Field("duplicated", unit: "frame", "What came out beside these.", \.trial.duplicated),
        Field(
          "reordered", unit: "frame", "Frames that came out after one that was sent later.", \.trial.reordered
        ),
        Field(
          "away_seconds", unit: "s", "Time for which tester or DUT was off its core.", \.trial.awaySeconds),
        Field(
          "disturbed", "Whether no more is missing than was due while a core was taken away.",
          \.trial.isDisturbed),
        Field(
          "use",
          "warm-up: thrown away; counted; repeated: disturbed, and made again, and one that is disturbed "
            + "each time counts in the end; timed: behind the search, for latency; floor: the same without a "
            + "DUT; proof: without a DUT, made before the first search: what the tester offers.",
          \.trial.use.rawValue),
      ] + (rows.contains { $0.trial.probes != nil } ? probes : [])
      + axisFields(in: samples, \.sample.coordinates)
    return Table(name: "trials", title: "Every trial of every search", fields: fields, sources: rows)
  }
}
