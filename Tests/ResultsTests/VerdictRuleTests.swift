import Cases
import Results
import Testing

/// Every rule with data on each of its sides.
@Suite struct VerdictRuleTests {
  private enum Side: String { case yes, no, open }

  private func side(_ verdict: Verdict) -> Side {
    switch verdict {
    case .reproduced: .yes
    case .notReproduced: .no
    case .cannotBeTold: .open
    }
  }

  /// A curve over threads, its intervals ± 1 %.
  private func curve(_ points: [(Int, Double)], _ basis: Basis = .measured) -> [Rules.Point] {
    points.map {
      Rules.Point(threads: $0.0, mean: $0.1, low: 0.99 * $0.1, high: 1.01 * $0.1, basis: basis)
    }
  }

  @Test func atLeast() throws {
    func verdict(_ ratios: [Double]) throws -> Side {
      side(Rules.atLeast(try #require(PairedRatio(ratios: ratios))))
    }
    #expect(try verdict([1.1, 1.2, 1.15]) == .yes)
    #expect(try verdict([0.9, 0.8, 0.85]) == .no)
    #expect(try verdict([0.9, 1.2, 1.1]) == .open)
    #expect(try verdict([1.2]) == .open)
    #expect(try verdict([1, 1, 1]) == .yes)
  }

  @Test func nearer() {
    #expect(side(Rules.nearer(2, 2.5, to: 4)) == .yes)
    #expect(side(Rules.nearer(1, 1.99, to: 4)) == .no)
    #expect(side(Rules.nearer(1.9, 2.1, to: 4)) == .open)
  }

  @Test func costFollowsPackets() {
    #expect(side(Rules.costFollowsPackets(cost: 9.9, length: 20)) == .yes)
    #expect(side(Rules.costFollowsPackets(cost: 10, length: 20)) == .no)
  }

  @Test func linear() {
    let straight = [(2, 2.0), (4, 4.0), (8, 8.0), (16, 15.0)]
    #expect(side(Rules.linear(curve(straight))) == .yes)
    #expect(side(Rules.linear(curve(straight, .capacity))) == .open)
    #expect(side(Rules.linear(curve([(2, 2), (4, 4), (8, 5), (16, 5)]))) == .no)
    // What is not measured can still contradict.
    #expect(side(Rules.linear(curve([(2, 2), (4, 4), (8, 5), (16, 5)], .model))) == .no)
    #expect(side(Rules.linear(curve([(2, 8), (4, 6), (6, 4), (8, 2)]))) == .no)
    #expect(side(Rules.linear(Array(curve(straight).prefix(3)))) == .open)
  }

  @Test func growth() {
    // The paper's 0.5 a thread: 80 % of it is 0.4.
    func verdict(_ last: Double, _ basis: Basis = .measured) -> Side {
      side(Rules.growth(curve([(2, 1), (20, last)], basis), paperPerThread: 0.5))
    }
    #expect(verdict(4.01) == .yes)
    #expect(verdict(3.99) == .no)
    #expect(verdict(4.01, .capacity) == .open)
    #expect(verdict(3.99, .capacity) == .no)
    #expect(side(Rules.growth(curve([(2, 1), (4, 2)]), paperPerThread: 0.5)) == .open)
  }

  @Test func peaks() {
    let flat = curve([(3, 5), (5, 9), (7, 10), (9, 10)], .capacity)
    let high = curve([(2, 5), (38, 40)], .capacity)
    #expect(side(Rules.peaks(high, flat, paper: 3)) == .yes)
    #expect(side(Rules.peaks(curve([(2, 5), (38, 12)]), flat, paper: 3)) == .no)
    #expect(side(Rules.peaks(curve([(2, 5), (38, 17.3)]), flat, paper: 3)) == .open)
    let rising = curve([(3, 5), (5, 7), (7, 9), (9, 11)])
    #expect(side(Rules.peaks(high, rising, paper: 3)) == .open)
    #expect(side(Rules.peaks(high, curve([(3, 5), (5, 9), (7, 10), (9, 10)], .model), paper: 3)) == .open)
    #expect(side(Rules.peaks(high, Array(flat.prefix(3)), paper: 3)) == .open)
  }

  @Test func needsMoreThreads() {
    let few = curve([(2, 10), (4, 20), (6, 30), (8, 30)])
    #expect(side(Rules.needsMoreThreads(curve([(3, 9), (5, 15), (7, 22), (9, 30)]), than: few)) == .yes)
    // Seven against six: odd counts against even ones.
    #expect(side(Rules.needsMoreThreads(curve([(3, 9), (5, 20), (7, 30), (9, 30)]), than: few)) == .no)
    #expect(side(Rules.needsMoreThreads(curve([(3, 9), (5, 30), (7, 30), (9, 30)]), than: few)) == .no)
    #expect(
      side(Rules.needsMoreThreads(curve([(3, 9), (5, 15), (7, 22), (9, 30)], .model), than: few)) == .open)
  }

  @Test func hasDip() {
    #expect(side(Rules.hasDip(curve([(3, 5), (5, 4), (7, 6), (9, 8)]))) == .yes)
    #expect(side(Rules.hasDip(curve([(3, 5), (5, 4.95), (7, 6), (9, 8)]))) == .no)
    #expect(side(Rules.hasDip(curve([(3, 5), (5, 4), (7, 6)]))) == .open)
  }

  @Test func alwaysBelow() {
    let below = [0.9, 0.91, 0.89, 0.9], even = [0.9, 1.1, 0.95, 1.06], above = below.map { 1 / $0 }
    func verdict(_ ratios: [[Double]]) -> Side {
      let places = Dictionary(uniqueKeysWithValues: ratios.enumerated().map { (64 + 4 * $0, $1) })
      return side(Rules.alwaysBelow(Rules.compare(places)))
    }
    #expect(verdict([below, below, below, even]) == .yes)
    #expect(verdict([below, even]) == .yes)
    #expect(verdict([below, even, even]) == .open)
    #expect(verdict([below, below, below, above]) == .no)
    #expect(verdict([[0.9], [0.9]]) == .open)
    #expect(Rules.compare([64: above, 68: below]).above == [64])
  }

  @Test func rises() {
    let all = (0..<20).map { Double($0) }
    #expect(side(Rules.rises(all, noise: nil)) == .yes)
    // Of 190 pairs, 10 the wrong way round: tau 0.895.
    var nearly = all
    for place in stride(from: 0, to: 20, by: 2) { nearly.swapAt(place, place + 1) }
    #expect(side(Rules.rises(nearly, noise: 0.02)) == .no)
    #expect(side(Rules.rises(nearly, noise: 0.021)) == .open)
    #expect(side(Rules.rises(nearly, noise: nil)) == .open)
    #expect(side(Rules.rises([1, 2, 3], noise: 0)) == .open)
  }

  private func finding(_ status: String, _ structure: [Int] = []) -> ExpectationFinding {
    ExpectationFinding(
      system: "vpe", curve: "extra_headroom_bytes", metric: "m", period: 16, status: status, samples: 25,
      structure: structure, phase: 12)
  }

  @Test func hasPeriod() {
    func verdict(_ statuses: [String], noise: Double? = 0.01) -> Side {
      side(Rules.hasPeriod(statuses.map { finding($0, $0 == "other_period" ? [32] : []) }, noise: noise))
    }
    #expect(verdict(["yes"]) == .yes)
    #expect(verdict(["other_phase", "no_structure"]) == .yes)
    #expect(verdict(["yes", "no_structure", "no_structure"]) == .open)
    #expect(verdict(["no_structure"]) == .no)
    #expect(verdict(["no_structure"], noise: 0.03) == .open)
    #expect(verdict(["no_structure"], noise: nil) == .open)
    #expect(verdict(["other_period"], noise: 0.03) == .no)
    #expect(verdict(["untestable"]) == .open)
    #expect(verdict([]) == .open)
  }

  @Test func hasPhase() {
    #expect(side(Rules.hasPhase([finding("yes"), finding("other_phase")])) == .yes)
    #expect(side(Rules.hasPhase([finding("other_phase")])) == .no)
    #expect(Rules.hasPhase([finding("other_phase")]).reason == "cost is lowest at 16 k + 12 bytes")
    #expect(side(Rules.hasPhase([finding("no_structure")])) == .open)
  }

  @Test func eachVerdictButTheFirstHasAReason() {
    #expect(Verdict.reproduced.reason == nil)
    #expect(Verdict.notReproduced("x").reason == "x" && Verdict.cannotBeTold("y").reason == "y")
  }
}
