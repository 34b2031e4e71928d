/// A claim about a curve: it has minima that are a period apart.
public struct PeriodExpectation: Sendable, Equatable {
  /// The period, in bytes.
  public let period: Int
  /// The x of the minima, in ascending order, in bytes.
  public let minima: [Int]

  /// Makes the claim that these minima imply: their distance is the period. Nil unless there are two or more
  /// minima, in the range of an axis and with equal distances.
  public init?(minima: [Int]) {
    guard minima.allSatisfy(CostGrid.xRange.contains) else { return nil }
    let sorted = minima.sorted()
    let distances = Set(zip(sorted.dropFirst(), sorted).map { $0 - $1 })
    guard distances.count == 1, let period = distances.first, period > 0 else { return nil }
    (self.period, self.minima) = (period, sorted)
  }

  /// Judges the claim. The first rule that applies gives the verdict:
  ///
  /// 1. `untestable`: the period was not tested.
  /// 2. `noStructure`: no period is significant.
  /// 3. `otherPeriod`: there is structure, but the period is neither its base nor adds to it.
  /// 4. `yes`: the phase of the period's lowest cost is within a step of that of an expected minimum.
  /// 5. `otherPhase`: the phase differs by more than a step.
  package func judge(_ analysis: CurveAnalysis) -> PeriodJudgement {
    let near = minima.filter { expected in
      analysis.minima.found.contains { abs($0.x - expected) <= analysis.step }
    }
    return PeriodJudgement(expectation: self, verdict: verdict(analysis), minimaFound: near)
  }

  private func verdict(_ analysis: CurveAnalysis) -> PeriodJudgement.Verdict {
    guard let finding = analysis.periods.first(where: { $0.period == period }) else {
      return .untestable(analysis.problem ?? .noPeriodFits)
    }
    guard analysis.base != nil else { return .noStructure(pValue: analysis.smallestPValue ?? 1) }
    guard finding.role == .base || finding.role == .adds else {
      return .otherPeriod(analysis.structure.map(\.period))
    }
    let isNear = minima.contains { expected in
      let distance = Periodicity.phase(of: expected - finding.minimumPhase, period: period)
      return min(distance, period - distance) <= analysis.step
    }
    return isNear ? .yes(phase: finding.minimumPhase) : .otherPhase(finding.minimumPhase)
  }
}

/// The verdict on an expectation.
public struct PeriodJudgement: Sendable, Equatable {
  /// The possible verdicts.
  public enum Verdict: Sendable, Equatable {
    /// The period is present, with its lowest cost at this phase, as expected.
    case yes(phase: Int)
    /// The period is present, but its lowest cost is at this phase.
    case otherPhase(Int)
    /// The curve has significant structure of these periods instead.
    case otherPeriod([Int])
    /// No period is significant. The value is the smallest adjusted p value.
    case noStructure(pValue: Double)
    /// The period could not be tested on the curve.
    case untestable(CurveProblem)

    /// The verdict as one word in snake case.
    public var word: String {
      switch self {
      case .yes: "yes"
      case .otherPhase: "other_phase"
      case .otherPeriod: "other_period"
      case .noStructure: "no_structure"
      case .untestable: "untestable"
      }
    }
  }

  /// The claim that was judged.
  public let expectation: PeriodExpectation
  public let verdict: Verdict
  /// The expected minima that have a significant local minimum within one step.
  public let minimaFound: [Int]
}
