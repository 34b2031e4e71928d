/// What one search found for one goal.
private struct SearchRow {
  let sample: SampleRecord
  let search: SearchRecord
  let goal: SearchRecord.Goal
}

/// A trial of a search.
private struct TrialRow {
  let sample: SampleRecord
  /// From 0.
  let number: Int
  let trial: SearchRecord.Trial
}

extension Schemas {
  private static let mpps = "10^6 packets/s"

  /// `searches`: a row per search and goal.
  static func searches(_ samples: [SampleRecord]) -> Table {
    let rows = samples.flatMap { sample in
      (sample.search?.goals ?? []).compactMap { goal in
        sample.search.map { SearchRow(sample: sample, search: $0, goal: goal) }
      }
    }
    func rate(
      _ name: String, _ meaning: String, _ value: @escaping (SearchRecord.Goal) -> Double?
    ) -> Field<SearchRow> {
      Field(name, .number, unit: mpps, meaning) { .number(orEmpty: value($0.goal)) }
    }
    let fields: [Field<SearchRow>] =
      caseFields(\.sample.coordinates)
      + [
        basisField(\.sample.basis),
        Field("sample", .integer, "Search of the case, from 0.") { .integer($0.sample.sample) },
        Field("goal", .string, "What the rate must fulfil.") { .text($0.goal.name) },
        Field("loss_ratio", .number, unit: "1", "Part of the frames that a trial may lose.") {
          .number($0.goal.lossRatio)
        },
        rate(
          "lower_mpps", "Highest load that fulfils the goal, below all that do not: the rate.", \.lowerMpps),
        rate("upper_mpps", "Lowest load that does not fulfil it.", \.upperMpps),
        rate(
          "throughput_mpps", "What came through at the lower bound (RFC 9971: conditional throughput).",
          \.throughputMpps),
        Field(
          "state", .string,
          "found; max-load: even the highest load fulfils it; min-load: not even the lowest does; "
            + "out-of-time: the bounds are farther apart than was asked for."
        ) { .text($0.goal.end) },
        Field("trials", .integer, unit: "trial", "Trials of the search, for all goals together.") {
          .integer($0.search.trials.count)
        },
        Field(
          "trials_repeated", .integer, unit: "trial", "Those of them that were disturbed and made again."
        ) { row in .integer(row.search.trials.count { $0.use == .repeated }) },
        Field("duration_seconds", .number, unit: "s", "What the search took, for all goals together.") {
          .number($0.search.seconds)
        },
      ] + axisFields(in: samples, \.sample.coordinates)
    return Table(
      name: "searches", title: "What each search found, a row each goal", fields: fields, sources: rows)
  }

  /// `trials`: a row per trial.
  static func trials(_ samples: [SampleRecord]) -> Table {
    let rows = samples.flatMap { sample in
      (sample.search?.trials ?? []).enumerated().map {
        TrialRow(sample: sample, number: $0.offset, trial: $0.element)
      }
    }
    func frames(
      _ name: String, _ meaning: String, _ value: @escaping (SearchRecord.Trial) -> UInt64
    ) -> Field<TrialRow> {
      Field(name, .integer, unit: "frame", meaning) { .unsigned(value($0.trial)) }
    }
    func seconds(
      _ name: String, _ meaning: String, _ value: @escaping (SearchRecord.Trial) -> Double
    ) -> Field<TrialRow> {
      Field(name, .number, unit: "s", meaning) { .number(value($0.trial)) }
    }
    let fields: [Field<TrialRow>] =
      caseFields(\.sample.coordinates)
      + [
        basisField(\.sample.basis),
        Field("sample", .integer, "Search of the case, from 0.") { .integer($0.sample.sample) },
        Field("trial", .integer, "Trial of the search, from 0.") { .integer($0.number) },
        Field("load_mpps", .number, unit: mpps, "Rate at which frames were due.") {
          .number($0.trial.loadMpps)
        },
        seconds("trial_seconds", "Time for which frames were due.", \.seconds),
        seconds("duration_seconds", "What it took, with what comes before and after.", \.durationSeconds),
        frames("sent", "Frames that were offered in time.", \.sent),
        frames("unsent", "Frames that were due and not offered in time; they count as lost.", \.unsent),
        frames("received", "Frames that came out, the first time each.", \.received),
        frames("lost", "Frames that were offered and did not come out.", \.lost),
        frames("duplicated", "What came out beside these.", \.duplicated),
        frames("reordered", "Frames that came out after one that was sent later.", \.reordered),
        seconds("away_seconds", "Time for which tester or DUT was off its core.", \.awaySeconds),
        Field(
          "disturbed", .boolean, "Whether no more is missing than was due while a core was taken away."
        ) { .boolean($0.trial.isDisturbed) },
        Field(
          "use", .string,
          "warm-up: thrown away; counted; repeated: disturbed, and made again, and one that is disturbed "
            + "each time counts in the end; timed: behind the search, for latency; floor: the same without a "
            + "DUT; proof: without a DUT, made before the first search: what the tester offers."
        ) { .text($0.trial.use.rawValue) },
      ] + axisFields(in: samples, \.sample.coordinates)
    return Table(name: "trials", title: "Every trial of every search", fields: fields, sources: rows)
  }
}
