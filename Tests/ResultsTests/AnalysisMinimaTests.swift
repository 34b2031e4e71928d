import Foundation
import Results
import Statistics
import TestRuns
import Testing

@Suite struct AnalysisMinimaTests {
  private func minima(_ curve: CostCurve) -> LocalMinima {
    Periodicity.analyse(curve, options: quickOptions(permutations: 19)).minima
  }

  @Test func dipsAreFoundWithTheirDepth() throws {
    let xs = stride(from: 64, through: 512, by: 4)
    let minima = minima(
      curve(over: xs, repetitions: 25, noise: 0.5, dips(period: 64, phase: 44, depth: 6)))
    #expect(minima.found.map(\.x) == [108, 172, 236, 300, 364, 428, 492])
    #expect(minima.tested == 111)
    let first = try #require(minima.found.first)
    // The lower neighbour is one step (0.8 ticks) lower.
    #expect(abs(first.depth - 5.2) < 0.5)
    #expect(abs(first.relativeDepth - 5.2 / 80.8) < 0.01)
    #expect(first.pValue < 1e-6)
  }

  @Test func aStaircaseHasNone() {
    let minima = minima(
      curve(over: stride(from: 64, through: 512, by: 4), repetitions: 25) { x in
        60 + 3 * Double((x + 15) / 16)
      })
    #expect(minima.found.isEmpty)
  }

  /// An effect that all points of a repetition have in common cancels in the pairs.
  @Test func driftBetweenRepetitionsDoesNotMatter() {
    var noise = Noise(seed: 7)
    let drift = (0..<10).map { _ in 50 * noise.normal() }
    var curve = curve(
      over: stride(from: 64, through: 512, by: 4), repetitions: 10, noise: 0.5,
      dips(period: 64, phase: 44, depth: 6))
    for index in curve.points.indices {
      for repetition in drift.indices {
        curve.points[index].values[repetition]? += drift[repetition]
      }
    }
    #expect(minima(curve).found.count == 7)
  }

  /// Many repetitions in few launches are no more evidence than the launches. An effect of a launch on a
  /// single point is no local minimum.
  @Test func repetitionsOfALaunchAreNoEvidenceOfTheirOwn() {
    func found(_ launches: [Int]) -> Int {
      var noise = Noise(seed: 5)
      var made = curve(over: stride(from: 64, through: 576, by: 4), repetitions: 20, noise: 0.1) { _ in 100 }
      made.launches = launches
      for index in made.points.indices {
        let own = [noise.normal(), noise.normal(), noise.normal()]
        for repetition in 0..<20 { made.points[index].values[repetition]? += own[repetition % 3] }
      }
      return minima(made).found.count
    }
    #expect(found((0..<20).map { $0 % 3 }) == 0)
    // If every repetition counted as a launch, the search would find many minima.
    #expect(found([]) > 5)
  }

  @Test func oneRepetitionTestsNothing() {
    let minima = minima(curve(repetitions: 1, dips(period: 64, phase: 44, depth: 6)))
    #expect(minima.found.isEmpty && minima.tested == 0)
  }

  @Test func twoRepetitionsProveLittle() {
    let minima = minima(curve(repetitions: 2, dips(period: 64, phase: 44, depth: 6)))
    #expect(minima.tested == 358)
    #expect(minima.found.isEmpty)
  }

  @Test func aPointWithoutANeighbourIsNotTested() {
    var curve = curve(
      over: stride(from: 64, through: 512, by: 4), repetitions: 25, noise: 0.5,
      dips(period: 64, phase: 44, depth: 6))
    curve.points.removeAll { $0.x == 112 }
    // 108 and 116 lack a neighbour; 112 itself is missing.
    #expect(minima(curve).tested == 108)
    #expect(minima(curve).found.map(\.x) == [172, 236, 300, 364, 428, 492])
  }

  @Test func withoutNoiseTheMeansDecide() {
    let curve = curve(over: stride(from: 0, through: 40, by: 4), repetitions: 2, noise: 0) { x in
      x == 20 ? 9 : 10
    }
    #expect(minima(curve).found.map(\.pValue) == [0])
  }

  /// One-sided tails from published tables of Student's t.
  @Test(arguments: [
    (6.313751515, 1, 0.05), (2.919985580, 2, 0.05), (2.353363435, 3, 0.05), (2.131846786, 4, 0.05),
    (31.820515954, 1, 0.01), (1.710882080, 24, 0.05), (2.492159473, 24, 0.01), (3.182446305, 3, 0.025),
    (1.962339081, 1000, 0.025), (0, 5, 0.5), (-2.131846786, 4, 0.95),
  ])
  func studentTail(t: Double, degrees: Int, tail: Double) {
    #expect(abs(Statistics.studentTail(t, degreesOfFreedom: degrees) - tail) < 1e-8)
  }

  /// Computed by hand.
  @Test func adjustedPValues() {
    func rounded(_ values: [Double]) -> [Double] { values.map { ($0 * 1e6).rounded() / 1e6 } }
    let pValues = [0.01, 0.04, 0.03, 0.005]
    #expect(rounded(Statistics.benjaminiHochberg(pValues)) == [0.02, 0.04, 0.04, 0.02])
    #expect(rounded(Statistics.holm(pValues)) == [0.03, 0.06, 0.06, 0.02])
    #expect(Statistics.holm([0.9, 0.8]) == [1, 1])
    #expect(Statistics.holm([]) == [])
    #expect(Statistics.benjaminiHochberg([]) == [])
  }
}
