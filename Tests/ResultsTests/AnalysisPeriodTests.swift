import Foundation
import Results
import TestRuns
import Testing

@Suite struct AnalysisPeriodTests {
  static let quick = quickOptions()

  @Test(arguments: [(16, 12), (32, 4), (64, 44), (64, 0), (128, 100)])
  func dipsAreFoundWithTheirPeriodAndPhase(period: Int, phase: Int) throws {
    let curve = curve(dips(period: period, phase: phase, depth: 6))
    let analysis = Periodicity.analyse(curve, options: Self.quick)
    let base = try #require(analysis.base)
    #expect(base.period == period)
    #expect(base.minimumPhase == phase)
    #expect(base.share > 0.5)
    #expect(base.pValue < 0.05)
    #expect(analysis.structure.count == 1)
    #expect(analysis.step == 4)
    #expect(analysis.points == 360)
    #expect(analysis.repetitions == 5)
    #expect(analysis.problem == nil)
  }

  @Test func harmonicsAreImplied() throws {
    let analysis = Periodicity.analyse(
      curve(dips(period: 32, phase: 4, depth: 20)), options: Self.quick)
    #expect(
      analysis.periods.map { "\($0.period) \($0.role)" }
        .filter { !$0.hasPrefix("8") && !$0.hasPrefix("16") } == ["32 base", "64 implied", "128 implied"])
    // The folds by divisors show the period weakly, but must not be taken for it.
    let shares = analysis.periods.map(\.share)
    #expect(shares[0] < shares[1] && shares[1] < shares[2] / 2)
  }

  @Test func aLongerPeriodAddsToTheBase() throws {
    let curve = curve { x in
      60 + 0.2 * Double(x) - (x % 16 == 12 ? 10 : 0) - (x % 64 == 44 ? 8 : 0)
    }
    let analysis = Periodicity.analyse(curve, options: Self.quick)
    #expect(analysis.structure.map(\.period) == [16, 64])
    let added = try #require(analysis.structure.last)
    #expect(added.role == .adds)
    #expect(added.minimumPhase == 44)
    #expect(try #require(added.addedShare) > 0.1)
    #expect(try #require(added.addedPValue) < 0.05)
    // 128 does not explain again what 64 explains.
    #expect(analysis.periods.last?.role == .implied)
  }

  @Test func aStaircaseOfBlocksHasThePeriodOfItsBlocks() throws {
    let curve = curve(noise: 0.2) { x in 60 + 3 * Double((x + 15) / 16) }
    let base = try #require(Periodicity.analyse(curve, options: Self.quick).base)
    #expect(base.period == 16)
    // The last length before the next block has the lowest cost relative to the trend.
    #expect(base.minimumPhase == 0)
    #expect(base.share > 0.9)
    let structure = Periodicity.analyse(curve, options: Self.quick).structure
    #expect(structure.count == 1)
  }

  @Test func aJumpAndABendAreNoPeriod() {
    let curve = curve { x in
      60 + 0.2 * Double(x) + (x > 832 ? 15 + 0.1 * Double(x - 832) : 0)
    }
    #expect(Periodicity.analyse(curve, options: Self.quick).base == nil)
  }

  @Test func aStraightLineIsFlat() {
    for slope in [0, 0.1, -3] {
      let curve = curve(noise: 0) { x in 60 + slope * Double(x) }
      let analysis = Periodicity.analyse(curve, options: Self.quick)
      #expect(analysis.base == nil)
      #expect(analysis.periods.allSatisfy { $0.share == 0 && $0.pValue == 1 })
      #expect(analysis.minima.found.isEmpty)
    }
  }

  @Test func aPeriodWithoutNoiseExplainsAll() throws {
    let curve = curve(noise: 0) { x in x % 64 == 44 ? 90 : 100 }
    let base = try #require(Periodicity.analyse(curve, options: Self.quick).base)
    #expect(base.period == 64)
    #expect(base.share > 0.99)
  }

  @Test func aShortCurveOverTheHeadroom() throws {
    let curve = curve(over: stride(from: 0, through: 64, by: 2), axis: "extra_headroom_bytes") { x in
      200 - (x % 16 == 2 ? 8 : 0)
    }
    let analysis = Periodicity.analyse(curve)
    #expect(analysis.periods.map(\.period) == [4, 8, 16])
    #expect(analysis.base?.period == 16)
    #expect(analysis.base?.minimumPhase == 2)
  }

  @Test func thePhaseCountsFromZeroWhereverACurveBegins() throws {
    let curve = curve(over: stride(from: 68, through: 1500, by: 4), noise: 0.1) { x in
      x % 16 == 8 ? 90 : 100
    }
    #expect(try #require(Periodicity.analyse(curve, options: Self.quick).base).minimumPhase == 8)
  }

  @Test(arguments: [1, 2])
  func fewRepetitionsSufficeForAPeriod(repetitions: Int) throws {
    let curve = curve(repetitions: repetitions, dips(period: 64, phase: 44, depth: 6))
    let analysis = Periodicity.analyse(curve, options: Self.quick)
    #expect(analysis.base?.period == 64)
    #expect(analysis.base?.minimumPhase == 44)
    #expect(analysis.repetitions == repetitions)
  }

  @Test func missingPointsAreGaps() throws {
    var curve = curve(dips(period: 64, phase: 44, depth: 6))
    // Every seventh point is missing, some repetitions are missing, and the points are in another order.
    curve.points = curve.points.enumerated().filter { $0.offset % 7 != 3 }.map(\.element)
    for index in curve.points.indices where index % 5 == 0 { curve.points[index].values[1] = nil }
    curve.points[10].values[0] = .nan
    curve.points.reverse()
    let analysis = Periodicity.analyse(curve, options: Self.quick)
    #expect(analysis.base?.period == 64)
    #expect(analysis.base?.minimumPhase == 44)
    #expect(analysis.step == 4)
    #expect(analysis.points == 309)
  }

  @Test func oneBadRepetitionChangesNothing() throws {
    var curve = curve(dips(period: 64, phase: 44, depth: 6))
    for index in stride(from: 3, to: 360, by: 16) { curve.points[index].values[2] = 5_000 }
    #expect(Periodicity.analyse(curve, options: Self.quick).base?.minimumPhase == 44)
  }

  @Test func theSameCurveGivesTheSameAnalysis() throws {
    let curve = curve(noise: 5, dips(period: 64, phase: 44, depth: 4))
    let analysis = Periodicity.analyse(curve, options: Self.quick)
    #expect(analysis == Periodicity.analyse(curve, options: Self.quick))
  }

  @Test func curvesThatCannotBeAnalysedSaySo() {
    func problem(_ xs: [Int], periods: [Int]? = nil) -> CurveProblem? {
      let curve = CostCurve(
        label: curve { _ in 1 }.label, points: xs.map { .init(x: $0, values: [1, 1]) })
      return Periodicity.analyse(curve, options: quickOptions(periods: periods)).problem
    }
    #expect(problem([]) == .tooFewPoints(0))
    #expect(problem([1, 2, 3, 4, 5]) == .tooFewPoints(5))
    #expect(problem([0, 4, 8, 8, 12, 16]) == .repeatedX(8))
    #expect(
      problem([64, 65, 512, 594, 1024, 1280]) == .unevenSteps(points: 6, size: 1217))
    #expect(problem(Array(stride(from: 0, to: 64, by: 4)), periods: [32, 6, 4]) == .noPeriodFits)
    #expect(problem([0, 1, 2, 3, 4, 1 << 32]) == .unevenSteps(points: 6, size: (1 << 32) + 1))
    #expect(problem([Int.min, 0, 1, 2, 3, 4]) == .xOutOfRange(.min))
    #expect(problem(Array(0..<64)) == nil)
  }
}
