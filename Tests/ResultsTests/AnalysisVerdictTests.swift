import Results
import TestRuns
import Testing

@Suite struct AnalysisVerdictTests {
  static let figure7 = PeriodExpectation(minima: [1196, 1260, 1324, 1388])
  static let figure8 = PeriodExpectation(minima: [2, 18, 34, 50])

  private func verdict(
    _ expectation: PeriodExpectation?, _ curve: CostCurve
  ) throws -> PeriodJudgement.Verdict {
    let analysis = Periodicity.analyse(curve, expecting: expectation, options: quickOptions())
    return try #require(analysis.judgement).verdict
  }

  @Test func minimaImplyTheirPeriod() {
    #expect(Self.figure7?.period == 64)
    #expect(Self.figure8?.period == 16)
    #expect(PeriodExpectation(minima: [1388, 1260, 1324])?.minima == [1260, 1324, 1388])
    #expect(PeriodExpectation(minima: [2, 18, 35]) == nil)
    #expect(PeriodExpectation(minima: [2, 2]) == nil)
    #expect(PeriodExpectation(minima: [2]) == nil)
    #expect(PeriodExpectation(minima: []) == nil)
    #expect(PeriodExpectation(minima: [.min, .max]) == nil)
  }

  @Test func asThePaperHasIt() throws {
    #expect(try verdict(Self.figure7, curve(dips(period: 64, phase: 44, depth: 6))) == .yes(phase: 44))
    let headroom = curve(over: stride(from: 0, through: 64, by: 2)) { $0 % 16 == 2 ? 192 : 200 }
    #expect(try verdict(Self.figure8, headroom) == .yes(phase: 2))
  }

  /// 1196 is 44 beyond a multiple of 64; the step is 4.
  @Test(arguments: [(40, true), (48, true), (36, false), (52, false), (12, false)])
  func thePhaseMayBeAStepOff(phase: Int, isNear: Bool) throws {
    let verdict = try verdict(Self.figure7, curve(dips(period: 64, phase: phase, depth: 6)))
    #expect(verdict == (isNear ? .yes(phase: phase) : .otherPhase(phase)))
  }

  @Test func phasesAreACircle() throws {
    let expectation = PeriodExpectation(minima: [128, 192])
    #expect(try verdict(expectation, curve(dips(period: 64, phase: 60, depth: 6))) == .yes(phase: 60))
    #expect(try verdict(expectation, curve(dips(period: 64, phase: 56, depth: 6))) == .otherPhase(56))
  }

  @Test func anAdditionToAShorterPeriodCounts() throws {
    func curve(_ addition: Double) -> CostCurve {
      TestRuns.curve { x in 100 - (x % 16 == 12 ? 10 : 0) - (x % 64 == 44 ? addition : 0) }
    }
    #expect(try verdict(Self.figure7, curve(8)) == .yes(phase: 44))
    // The paper's minima are minima, but those between them are not the paper's.
    #expect(try verdict(Self.figure7, curve(0)) == .otherPeriod([16]))
  }

  @Test func structureOfAnotherPeriod() throws {
    #expect(try verdict(Self.figure7, curve(dips(period: 32, phase: 12, depth: 6))) == .otherPeriod([32]))
    #expect(try verdict(Self.figure7, curve(dips(period: 128, phase: 44, depth: 9))) == .otherPeriod([128]))
    let blocks = curve { x in 60 + 3 * Double((x + 15) / 16) }
    #expect(try verdict(Self.figure7, blocks) == .otherPeriod([16]))
  }

  @Test func noStructure() throws {
    guard case .noStructure(let pValue) = try verdict(Self.figure7, curve { x in 60 + 0.2 * Double(x) })
    else {
      Issue.record("a straight line with noise has structure")
      return
    }
    #expect(pValue > 0.05)
  }

  /// The period is significant, but explains nearly nothing.
  @Test func aNegligibleShareIsNoStructure() throws {
    func answer(shareMin: Double) throws -> String {
      var options = quickOptions()
      options.shareMin = shareMin
      let analysis = Periodicity.analyse(
        curve(repetitions: 1, noise: 2, dips(period: 64, phase: 44, depth: 4)), expecting: Self.figure7,
        options: options)
      return try #require(analysis.judgement).verdict.word
    }
    #expect(try answer(shareMin: 0.05) == "yes")
    #expect(try answer(shareMin: 0.5) == "no_structure")
  }

  @Test func anExpectedPeriodIsTestedThoughNobodyAskedForIt() throws {
    let expectation = PeriodExpectation(minima: [96, 144])
    #expect(try verdict(expectation, curve(dips(period: 48, phase: 0, depth: 6))) == .yes(phase: 0))
    #expect(try verdict(expectation, curve(dips(period: 64, phase: 0, depth: 6))) == .otherPeriod([64]))
  }

  @Test func untestable() throws {
    let flat = curve { _ in 100 }
    #expect(
      try verdict(PeriodExpectation(minima: [700, 1400]), flat) == .untestable(.noPeriodFits))
    #expect(try verdict(PeriodExpectation(minima: [18, 36]), flat) == .untestable(.noPeriodFits))
    let short = curve(over: stride(from: 0, through: 16, by: 4)) { _ in 100 }
    #expect(try verdict(Self.figure7, short) == .untestable(.tooFewPoints(5)))
  }

  @Test func expectedMinimaAreCompared() throws {
    let curve = curve(repetitions: 25) { x in
      60 + 0.2 * Double(x) - ([1196, 1264, 1332].contains(x) ? 30 : 0)
    }
    let judgement = try #require(
      Periodicity.analyse(curve, expecting: Self.figure7, options: quickOptions()).judgement)
    #expect(judgement.minimaFound == [1196, 1260])
  }
}
