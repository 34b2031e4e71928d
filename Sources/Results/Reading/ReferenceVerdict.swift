/// The verdict on a claim in another report: a row of the report's `claims.csv`.
public struct ReferenceVerdict: Sendable, Equatable {
  /// The processor that was measured.
  public let machine: String
  /// The claim's name.
  public let claim: String
  /// The value in that report, as text; empty if there is none.
  public let value: String
  /// The basis of the value; empty if there is no value.
  public let basis: String
  /// The verdict, in the words of `Verdict`.
  public let verdict: String
  /// The folder of the run that decided; empty if there is none.
  public let run: String
  /// Version of the rules.
  public let rulesVersion: Int

  /// Reads a `claims.csv`.
  /// - Throws: `ResultsError.file`, `ResultsError.csv`, `ResultsError.table`.
  public static func read(path: String) throws(ResultsError) -> [ReferenceVerdict] {
    let table = try ReadTable(
      path: path, kind: "claims",
      columns: ["machine", "claim", "here", "basis", "verdict", "run", "rules_version"])
    var verdicts: [ReferenceVerdict] = []
    for row in table.rows {
      verdicts.append(
        ReferenceVerdict(
          machine: row.text("machine"), claim: try row.word("claim"), value: row.text("here"),
          basis: row.text("basis"), verdict: try row.word("verdict"), run: row.text("run"),
          rulesVersion: try row.count("rules_version")))
    }
    return verdicts
  }
}
