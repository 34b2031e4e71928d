import Cases
import Results

/// A claim with what it rests on, for others to repeat.
public struct ClaimRow: Sendable {
  let claim: Claim
  let machine: String
  /// The run's folder; empty without a run.
  let run: String
  /// The report's file with the figure; empty without one.
  let drawing: String
  /// What makes the run.
  let command: String
}

extension Schemas {
  /// `claims`: a row per claim and machine: figure, command, value and tolerance.
  static func claims(_ rows: [ClaimRow]) -> Table {
    func text(_ value: String) -> Cell { value.isEmpty ? .empty : .text(value) }
    let fields: [Field<ClaimRow>] = [
      Field("machine", .string, "Processor that the figures are of.") { .text($0.machine) },
      Field("claim", .string, "The claim's name, the same in every version.") { .text($0.claim.id) },
      Field("source", .string, "Who claims it: the paper, or an objection of the suite against VPE.") {
        .text($0.claim.source.rawValue)
      },
      Field("statement", .string, "What is claimed.") { .text($0.claim.statement) },
      Field("figure", .string, "Figure of the paper, or experiment, that decides.") {
        .text($0.claim.experiment)
      },
      Field("drawing", .string, "The figure as drawn from the run, in report/.") { text($0.drawing) },
      Field("run", .string, "Folder of the run that decides; empty if there is none.") { text($0.run) },
      Field("command", .string, "What makes such a run.") { .text($0.command) },
      Field("paper", .string, "The paper's value, as text.") { text($0.claim.paper) },
      Field("here", .string, "The value here, as text.") { text($0.claim.ours) },
      Field("value", .number, "The value here, where it is one number.") {
        .number(orEmpty: $0.claim.estimate?.value)
      },
      Field(
        "tolerance_low", .number,
        "Lower end of the 95 % prediction interval: where a repetition with as many launches, on the same "
          + "machine in the same state, should lie above. It is wider than the interval in here by the root "
          + "of 2, for both runs err."
      ) { .number(orEmpty: $0.claim.estimate?.prediction?.low) },
      Field("tolerance_high", .number, "Upper end of that interval.") {
        .number(orEmpty: $0.claim.estimate?.prediction?.high)
      },
      Field("basis", .string, "How the value came about: measured, capacity or model.") {
        text($0.claim.basis)
      },
      Field("direction", .string, "Whether it points the claim's way: same, other or open.") {
        text($0.claim.direction)
      },
      Field("magnitude", .string, "Where the paper's value lies against the interval.") {
        text($0.claim.magnitude == .unknown ? "" : $0.claim.magnitude.rawValue)
      },
      Field("verdict", .string, "What follows, by rules of the version rules_version.") {
        .text($0.claim.verdict.words)
      },
      Field("reason", .string, "Why, unless it is reproduced.") { text($0.claim.verdict.reason ?? "") },
      Field("rules_version", .integer, "Version of the rules; the changelog says what changed.") { _ in
        .integer(Rules.version)
      },
    ]
    return Table(
      name: "claims", title: "Claims with figure, command, value and tolerance", fields: fields,
      sources: rows)
  }
}
