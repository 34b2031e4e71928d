import Basics
import Cases
import Results
import Statistics

/// A claim, the figures of this suite's runs for it, and the verdict.
public struct Claim: Sendable, Equatable {
  /// Who makes the claim.
  public enum Source: String, Sendable, Equatable {
    /// The paper.
    case paper
    /// This suite, arguing against VPE as a reader who prefers ESP would.
    case objection
  }

  /// A short name that never changes, such as `5-vpe-esp-64`.
  public let id: String
  /// Who claims it.
  public let source: Source
  /// The experiment whose run decides; in most cases that of a figure of the paper.
  public let experiment: String
  /// The claim, as a sentence.
  public let statement: String
  /// The condition under which the claim counts as reproduced, as a sentence.
  public let rule: String
  /// The value that the paper or the objection's source states, as text.
  public let paper: String
  /// The suite's own value as text; empty if there is none.
  public var ours = ""
  /// The suite's own value with its interval; nil if there is none, or if there are several.
  public var estimate: LaunchEstimate?
  /// The basis of the suite's own value; empty if there is none.
  public var basis = ""
  /// Whether the suite's own value agrees with the claim: `same`, `other` or `open`; empty without a run.
  public var direction = ""
  /// How the paper's value compares in size with the suite's own.
  public var magnitude = Magnitude.unknown
  /// The verdict.
  public var verdict = Verdict.notRun("")
  /// Whether there is a run of the claim's experiment. The run may still lack the needed cases.
  private(set) var hasRun = true
  /// Two-sided p value of the deciding test, before it is adjusted for the number of tests.
  var pValue: Double?
  /// Whether a statistical test decides. It does not if the rule only counts, or follows from another claim's
  /// test.
  private let isTest: Bool
  /// Whether the effects that a capacity leaves out can only make the claim look better
  /// (`Judgement.verdict`).
  private let isFavoured: Bool
  /// Whether the claim's test counts in its experiment's family: the test was made, with whatever result, on
  /// figures that could decide the claim.
  private(set) var isInFamily = false

  init(
    _ id: String, of experiment: String, _ statement: String, rule: String, paper: String,
    source: Source = .paper, isTest: Bool = true, isFavoured: Bool = false
  ) {
    (self.id, self.experiment, self.statement) = (id, experiment, statement)
    (self.rule, self.paper, self.source) = (rule, paper, source)
    (self.isTest, self.isFavoured) = (isTest, isFavoured)
  }

  /// The claim with a judgement.
  /// - Parameter ours: the suite's own value in words, if the estimate alone does not express it.
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

  /// The claim as not run.
  func notRun(_ reason: String) -> Claim {
    var claim = self
    claim.verdict = .notRun(reason)
    return claim
  }

  /// The claim as not run because there is no run of its experiment.
  func withoutRun() -> Claim {
    var claim = notRun("there is no run of it here; `vpebench run experiments/\(experiment).json5` makes one")
    claim.hasRun = false
    return claim
  }

  /// The claim as undecided: its test is not significant after the adjustment for the number of tests.
  func amongOthers(_ adjusted: Double, of tests: Int) -> Claim {
    var claim = self
    claim.direction = Judgement.Direction.open.rawValue
    claim.verdict = .notResolved(
      "p is \(Display.number(pValue ?? 1)) by itself, but \(Display.number(adjusted)) among the \(tests) "
        + "tests of this experiment (Holm); run more launches")
    return claim
  }
}

/// The claims of the paper's sections 3.2, 3.3, 4.1.2, 4.3, 5.1 and 5.3 to 5.5 that ratios, counts and shapes
/// can decide, and objections to them.
public enum Claims {
  /// Judges every claim by the run of its experiment.
  /// - Parameters:
  ///   - runs: only the first run of each experiment counts.
  ///   - suite: the folder with the paper's values.
  /// - Returns: the claims in the order of the paper, then the objections. Claims without a run have the
  ///   verdict "not run".
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
        // Without a run the verdict says so, whatever the judge says about a run without samples.
        return judge(RunReading(name: experiment, samples: [])).map { $0.withoutRun() }
      }
      return judge(experiment == Experiment.figure5 ? run.joined(baseline) : run)
    }
    return corrected(claims.filter { $0.source == .paper } + claims.filter { $0.source == .objection })
  }

  /// Adjusts the decided claims of each experiment for the number of its tests (Holm), so that a wrong
  /// decision in a run has a chance of at most 5 %. Tests that did not decide count as tests, too; other runs
  /// do not.
  private static func corrected(_ claims: [Claim]) -> [Claim] {
    var claims = claims
    let tested = claims.indices.filter { claims[$0].isInFamily }
    for (_, family) in tested.grouped(by: { claims[$0].experiment }) {
      let adjusted = Statistics.holm(family.map { claims[$0].pValue ?? 1 })
      for (index, pValue) in zip(family, adjusted) where claims[index].pValue != nil && pValue > Rules.level {
        claims[index] = claims[index].amongOthers(pValue, of: family.count)
      }
    }
    return claims
  }

  private typealias Judge = @Sendable (RunReading) -> [Claim]

  private static let ofThePaper: [(Figure, @Sendable (RunReading, PaperValues) -> [Claim])] = [
    (.five, figureFive), (.six, figureSix), (.seven, figureSeven), (.eight, figureEight),
  ]

  /// Experiments that are not figures of the paper, each with the function that judges its claims.
  private static let others: [(experiment: String, judge: Judge)] = [
    (Experiment.scalingToday, strongest), (Experiment.jumbo, ofSegments), (Experiment.fragments, ofFragments),
    (Experiment.gatewayFragments, ofGatewayFragments),
    (Experiment.qos, ofClasses), (Experiment.multipath, ofPaths), (Experiment.multicast, ofGroups),
    (Experiment.tfc, ofPadding), (Experiment.versions, ofVersions), (Experiment.nat, ofNAT),
    (Experiment.transport, ofTransport),
    (Experiment.rekey, ofRekeying), (Experiment.hashKey, ofHashKey), (Experiment.fill, ofFilling),
  ]

  /// The reason that a run lacks the cases which a claim needs, or has them only as gaps.
  static func missing(_ what: String, in run: RunReading) -> String {
    let reasons = run.gaps.map(\.reason).distinct()
    guard !reasons.isEmpty else {
      return "\(what) not in the run; add it to the descriptor's systems or sweep"
    }
    return "\(what) not among what the run shows; this machine could not show some cases: "
      + reasons.joined(separator: "; ")
  }
}
