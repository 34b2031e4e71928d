import Basics
import Cases
import Results
import Statistics

/// A claim, the runs' figures for it, and the verdict.
public struct Claim: Sendable, Equatable {
  /// Who makes it.
  public enum Source: String, Sendable, Equatable {
    /// The paper.
    case paper
    /// The suite, against VPE: what a reader who prefers ESP would say.
    case objection
  }

  /// Short and for ever, such as `5-vpe-esp-64`.
  public let id: String
  /// Who claims it.
  public let source: Source
  /// The experiment whose run decides, mostly that of a figure of the paper.
  public let experiment: String
  /// The claim, as a sentence.
  public let statement: String
  /// When it counts as reproduced, as a sentence.
  public let rule: String
  /// The paper's value, or that of the objection's source, as text.
  public let paper: String
  /// Ours; empty if there is none.
  public var ours = ""
  /// Ours as a number, with its interval; nil where it is none, or several.
  public var estimate: LaunchEstimate?
  /// How ours came about; empty if there is none.
  public var basis = ""
  /// Whether ours points the claim's way: `same`, `other` or `open`; empty without a run.
  public var direction = ""
  /// The position of the paper's value relative to ours.
  public var magnitude = Magnitude.unknown
  /// The verdict.
  public var verdict = Verdict.notRun("")
  /// Whether there is a run of its experiment, which need not show it.
  private(set) var hasRun = true
  /// Two-sided p value of the test that decided, before it is adjusted for the number of claims.
  var pValue: Double?
  /// Whether a test of chance decides; not where the rule only counts, or follows from another claim's test.
  private let isTest: Bool
  /// Whether what a capacity leaves out can only make the claim look better (`Judgement.verdict`).
  private let isFavoured: Bool
  /// Whether the claim counts in its experiment's family of tests: its test was made, on figures that could
  /// decide it, whatever the result.
  private(set) var isInFamily = false

  init(
    _ id: String, of experiment: String, _ statement: String, rule: String, paper: String,
    source: Source = .paper, isTest: Bool = true, isFavoured: Bool = false
  ) {
    (self.id, self.experiment, self.statement) = (id, experiment, statement)
    (self.rule, self.paper, self.source) = (rule, paper, source)
    (self.isTest, self.isFavoured) = (isTest, isFavoured)
  }

  /// The claim with its judgement.
  /// - Parameter ours: our finding in words, if the estimate alone does not express it.
  func judged(
    _ judgement: Judgement, ours: String? = nil, _ estimate: LaunchEstimate? = nil, bases: [Basis] = [],
    magnitude: Magnitude = .unknown
  ) -> Claim {
    var claim = self
    claim.ours = ours ?? estimate.map(Display.estimate) ?? ""
    (claim.estimate, claim.magnitude) = (estimate, magnitude)
    claim.basis = Basis.allCases.filter(bases.contains).map(\.rawValue).joined(separator: ", ")
    claim.direction = judgement.direction.rawValue
    claim.verdict = judgement.verdict(bases, isFavoured: isFavoured)
    claim.isInFamily = isTest && (isFavoured || bases.allSatisfy { $0 == .measured })
    claim.pValue = claim.verdict.isDecided ? judgement.pValue : nil
    return claim
  }

  /// The claim without figures.
  func notRun(_ reason: String) -> Claim {
    var claim = self
    claim.verdict = .notRun(reason)
    return claim
  }

  /// The claim where its experiment has no run.
  func withoutRun() -> Claim {
    var claim = notRun("there is no run of it here; `vpebench run experiments/\(experiment).json5` makes one")
    claim.hasRun = false
    return claim
  }

  /// The claim as undecided, because its own test is not significant among so many tests.
  func amongOthers(_ adjusted: Double, of tests: Int) -> Claim {
    var claim = self
    claim.direction = Judgement.Direction.open.rawValue
    claim.verdict = .notResolved(
      "p is \(Display.number(pValue ?? 1)) by itself, but \(Display.number(adjusted)) among the \(tests) "
        + "tests of this experiment (Holm); run more launches")
    return claim
  }
}

/// The claims of the paper's sections 3.2, 3.3, 4.1.2 and 5.3 to 5.5 that can be judged by ratios and shapes,
/// and what speaks against them.
public enum Claims {
  /// Judges every claim by the run of its figure.
  /// - Parameters:
  ///   - runs: at most one per figure is looked at, the first.
  ///   - suite: where the paper's values lie.
  /// - Returns: the claims in the order of the paper, then the objections; those without a run are not run.
  /// - Throws: `ResultsError` if the paper's values cannot be read.
  public static func judge(_ runs: [RunReading], suite: SuiteFolder) throws(ResultsError) -> [Claim] {
    var judges: [(experiment: String, judge: Judge)] = []
    for (figure, judge) in ofThePaper {
      guard let paper = try suite.paperValues(of: figure) else { continue }
      judges.append((figure.name, { judge($0, paper) }))
    }
    let baseline = runs.first { $0.name == Experiment.baseline }
    let claims = (judges + others).flatMap { experiment, judge in
      guard let run = runs.first(where: { $0.isOf(experiment) }) else {
        // The run itself is missing, whatever the rule says about a run without samples.
        return judge(RunReading(name: experiment, samples: [])).map { $0.withoutRun() }
      }
      return judge(experiment == Experiment.figure5 ? run.joined(baseline) : run)
    }
    return corrected(claims.filter { $0.source == .paper } + claims.filter { $0.source == .objection })
  }

  /// The claims, with each decided one tested among those of its experiment, by Holm: the chance of one wrong
  /// decision per run is 5 %. Undecided tests count, too; other runs do not matter.
  private static func corrected(_ claims: [Claim]) -> [Claim] {
    var claims = claims
    let places = claims.indices.filter { claims[$0].isInFamily }
    for (_, family) in places.grouped(by: { claims[$0].experiment }) {
      let adjusted = Statistics.holm(family.map { claims[$0].pValue ?? 1 })
      for (place, pValue) in zip(family, adjusted) where claims[place].pValue != nil && pValue > Rules.level {
        claims[place] = claims[place].amongOthers(pValue, of: family.count)
      }
    }
    return claims
  }

  private typealias Judge = @Sendable (RunReading) -> [Claim]

  private static let ofThePaper: [(Figure, @Sendable (RunReading, PaperValues) -> [Claim])] = [
    (.five, figureFive), (.six, figureSix), (.seven, figureSeven), (.eight, figureEight),
  ]

  /// Experiments that are no figure of the paper's, each with its judge.
  private static let others: [(experiment: String, judge: Judge)] = [
    (Experiment.scalingToday, strongest), (Experiment.jumbo, ofSegments), (Experiment.fragments, ofFragments),
    (Experiment.gatewayFragments, ofGatewayFragments),
    (Experiment.qos, ofClasses), (Experiment.multipath, ofPaths), (Experiment.multicast, ofGroups),
    (Experiment.tfc, ofPadding), (Experiment.versions, ofVersions), (Experiment.nat, ofNAT),
    (Experiment.transport, ofTransport),
    (Experiment.rekey, ofRekeying), (Experiment.hashKey, ofHashKey), (Experiment.fill, ofFilling),
  ]

  /// That a run lacks what a claim is about, or has it as a gap.
  static func missing(_ what: String, in run: RunReading) -> String {
    let reasons = run.gaps.map(\.reason).distinct()
    guard !reasons.isEmpty else {
      return "\(what) not in the run; add it to the descriptor's systems or sweep"
    }
    return "\(what) not among what the run shows; this machine could not show some cases: "
      + reasons.joined(separator: "; ")
  }
}
