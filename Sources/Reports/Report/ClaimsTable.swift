import Cases
import Results

/// A claim with its evidence, so that others can repeat it.
public struct ClaimRow: Sendable {
  let claim: Claim
  let machine: String
  /// The run's folder; empty without a run.
  let run: String
  /// The name of the report's file that shows the figure; empty if there is none.
  let drawing: String
  /// The command that makes the run.
  let command: String
}

extension Schemas {
  /// The table `claims`: a row per claim and machine with figure, command, value and tolerance.
  static func claims(_ rows: [ClaimRow]) -> Table {
    let fields: [Field<ClaimRow>] = [
      Field("machine", "Processor that the figures are of.", \.machine),
      Field("claim", "The claim's name, the same in every version.", \.claim.id),
      Field(
        "source", "Who claims it: the paper, or an objection of the suite against VPE.",
        \.claim.source.rawValue),
      Field("statement", "What is claimed.", \.claim.statement),
      Field("figure", "Figure of the paper, or experiment, that decides.", \.claim.experiment),
      Field("drawing", "The figure as drawn from the run, in report/.", \.drawing),
      Field("run", "Folder of the run that decides; empty if there is none.", \.run),
      Field("command", "What makes such a run.", \.command),
      Field("paper", "The paper's value, as text.", \.claim.paper),
      Field("here", "The value here, as text.", \.claim.ours),
      Field("value", "The value here, where it is one number.", \.claim.estimate?.value),
      Field(
        "tolerance_low",
        "Lower end of the 95 % prediction interval: where a repetition with as many launches, on the same "
          + "machine in the same state, should lie above. It is wider than the interval in here by the root "
          + "of 2, for both runs err.", \.claim.estimate?.prediction?.low),
      Field("tolerance_high", "Upper end of that interval.", \.claim.estimate?.prediction?.high),
      Field("basis", "How the value came about: measured, capacity or model.", \.claim.basis),
      Field("direction", "Whether it points the claim's way: same, other or open.", \.claim.direction),
      Field("magnitude", "Where the paper's value lies against the interval.") {
        $0.claim.magnitude == .unknown ? "" : $0.claim.magnitude.rawValue
      },
      Field("verdict", "What follows, by rules of the version rules_version.", \.claim.verdict.words),
      Field("reason", "Why, unless it is reproduced.") { $0.claim.verdict.reason ?? "" },
      Field("rules_version", "Version of the rules; the changelog says what changed.") { _ in Rules.version },
    ]
    return Table(
      name: "claims", title: "Claims with figure, command, value and tolerance", fields: fields,
      sources: rows)
  }
}
