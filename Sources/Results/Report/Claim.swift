import Cases

/// A claim of the paper, what the runs say about it, and what follows.
public struct Claim: Sendable, Equatable {
  /// The figure of the paper.
  public let figure: Figure
  /// What the paper claims, as a sentence.
  public let statement: String
  /// When it counts as reproduced, as a sentence.
  public let rule: String
  /// The paper's value, as text.
  public let paper: String
  /// Ours; empty if there is none.
  public var ours = ""
  /// How ours came about; empty if there is none.
  public var basis = ""
  /// What follows.
  public var verdict = Verdict.cannotBeTold("")

  init(_ figure: Figure, _ statement: String, rule: String, paper: String) {
    (self.figure, self.statement, self.rule, self.paper) = (figure, statement, rule, paper)
  }

  /// The claim with what became of it.
  func judged(_ verdict: Verdict, ours: String = "", bases: [Basis] = []) -> Claim {
    var claim = self
    claim.verdict = verdict
    claim.ours = ours
    let names = Basis.allCases.filter(bases.contains).map(\.rawValue)
    claim.basis = names.joined(separator: ", ")
    return claim
  }
}

/// The claims of the paper's sections 5.3 to 5.5 that can be judged by ratios and shapes.
public enum Claims {
  /// Judges every claim by the run of its figure.
  /// - Parameters:
  ///   - runs: at most one per figure is looked at, the first.
  ///   - suite: where the paper's values lie.
  /// - Returns: the claims in the order of the paper; those without a run cannot be told.
  /// - Throws: `ResultsError` if the paper's values cannot be read.
  public static func judge(_ runs: [RunReading], suite: SuiteFolder) throws(ResultsError) -> [Claim] {
    var claims: [Claim] = []
    for (figure, judge) in judges {
      guard let paper = try suite.paperValues(of: figure) else { continue }
      let baseline = figure == .five ? runs.first { $0.name == Baseline.experiment } : nil
      let run = runs.first { Figure(experiment: $0.name) == figure }?.joined(baseline)
      claims += judge(run, paper).map { claim in
        guard run == nil else { return claim }
        return claim.judged(
          .cannotBeTold(
            "there is no run of it here; `vpebench run experiments/\(figure.name).json5` makes one"))
      }
    }
    return claims
  }

  private typealias Judge = @Sendable (RunReading?, PaperValues) -> [Claim]

  private static let judges: [(Figure, Judge)] = [
    (.five, figureFive), (.six, figureSix), (.seven, figureSeven), (.eight, figureEight),
  ]

  /// That a run lacks what a claim is about.
  static func missing(_ what: String) -> Verdict {
    .cannotBeTold("\(what) not in the run; add it to the descriptor's systems or sweep")
  }
}
