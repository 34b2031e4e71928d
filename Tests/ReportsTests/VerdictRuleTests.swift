import Cases
import Reports
import Results
import Statistics
import TestRuns
import Testing

/// Every rule, with data on each of its sides.
@Suite struct VerdictRuleTests {
  private func side(_ judgement: Judgement) -> Judgement.Direction { judgement.direction }

  /// A ratio over launches.
  private func ratio(_ values: [Double]) throws -> LaunchEstimate {
    let launches = Dictionary(
      uniqueKeysWithValues: values.enumerated().map { ($0.offset, [0: $0.element]) })
    return try #require(LaunchEstimate(of: launches, to: launches.mapValues { _ in [0: 1] }, by: .middle))
  }

  /// Goodput in six launches that differ by 1 %.
  private func launches(_ value: Double, _ seed: Int = 0) -> LaunchEstimate.Rounds {
    let factors = [0.995, 1.004, 1, 0.998, 1.006, 0.997]
    return Dictionary(
      uniqueKeysWithValues: factors.indices.map { ($0, [0: value * factors[($0 + seed) % factors.count]]) })
  }

  private func curve(_ points: [(Int, Double)], _ basis: Basis = .measured) -> [Rules.Point] {
    points.map { Rules.Point(threads: $0.0, basis: basis, rounds: launches($0.1, $0.0)) }
  }

  @Test func more() throws {
    func verdict(_ ratios: [Double], paper: Double? = 1.2) throws -> Judgement.Direction {
      side(Rules.more(try ratio(ratios), paper: paper))
    }
    #expect(try verdict([1.1, 1.2, 1.15, 1.13, 1.16]) == .same)
    #expect(try verdict([0.9, 0.8, 0.85, 0.87, 0.84]) == .other)
    #expect(try verdict([0.9, 1.2, 1.1, 0.95, 1.05]) == .open)
    #expect(try verdict([1.2]) == .open && verdict([1.2, 1.2]) == .open)
    // Equality contradicts a stated difference of 20 %, but not one that the interval includes.
    let equal = [1, 1.004, 0.996, 1.002, 0.999, 1.001, 0.998, 1.003]
    #expect(try verdict(equal) == .other && verdict(equal, paper: 1.001) == .open)
    #expect(try verdict([1, 1, 1]) == .other && verdict([1, 1, 1], paper: 1) == .open)
  }

  @Test func equal() throws {
    #expect(side(Rules.equal(try ratio([1.005, 0.998, 1.01, 1.002, 1.006]))) == .same)
    #expect(side(Rules.equal(try ratio([1.05, 1.06, 1.055, 1.052, 1.057]))) == .other)
    #expect(side(Rules.equal(try ratio([0.95, 0.94, 0.955, 0.952, 0.957]))) == .other)
    #expect(side(Rules.equal(try ratio([1.05, 0.95, 1.1, 0.97, 1.02]))) == .open)
    #expect(side(Rules.equal(try ratio([1]))) == .open)
  }

  @Test func beyond() throws {
    let four = try ratio([3.9, 4.1, 4, 4.05, 3.95])
    #expect(side(Rules.beyond(four, 3.5, "x")) == .same && side(Rules.beyond(four, 4.5, "x")) == .other)
    #expect(side(Rules.beyond(four, 4.02, "x")) == .open)
    #expect(side(Rules.beyond(four, 4.5, above: false, "x")) == .same)
    #expect(side(Rules.beyond(four, 3.5, above: false, "x")) == .other)
    #expect(Rules.beyond(four, 4.5, "the factor").reason.hasPrefix("the factor, 4.000 ["))
  }

  @Test func linear() throws {
    let straight = [(2, 2.0), (4, 4.0), (8, 8.0), (16, 15.0)]
    #expect(side(Rules.linear(curve(straight))) == .same)
    // The former rule, R² of a line, accepted this: threads to the power of 0.7.
    let bent = [(2, 1.62), (8, 4.29), (20, 8.14), (38, 12.76)]
    #expect(side(Rules.linear(curve(bent))) == .other)
    #expect(abs(try #require(Rules.exponent(curve(bent))).value - 0.7) < 0.01)
    #expect(side(Rules.linear(curve([(2, 8), (4, 6), (6, 4), (8, 2)]))) == .other)
    #expect(side(Rules.linear(Array(curve(straight).prefix(3)))) == .open)
  }

  @Test func growth() {
    // 80 % of the paper's 0.5 per thread is 0.4.
    func verdict(_ last: Double) -> Judgement.Direction {
      side(Rules.growth(curve([(2, 1), (20, last)]), paperPerThread: 0.5))
    }
    #expect(verdict(4.1) == .same && verdict(3.9) == .other && verdict(4) == .open)
    #expect(side(Rules.growth(curve([(2, 1), (4, 2)]), paperPerThread: 0.5)) == .open)
  }

  @Test func farAbove() {
    let flat = curve([(3, 5), (5, 9), (7, 10), (9, 10)], .capacity)
    let high = curve([(2, 5), (38, 40)], .capacity)
    #expect(side(Rules.farAbove(high, flat, paper: 3)) == .same)
    #expect(side(Rules.farAbove(curve([(2, 5), (38, 12)]), flat, paper: 3)) == .other)
    #expect(side(Rules.farAbove(curve([(2, 5), (38, 17.5)]), flat, paper: 3)) == .open)
    let rising = curve([(3, 5), (5, 7), (7, 9), (9, 11)])
    #expect(side(Rules.farAbove(high, rising, paper: 3)) == .open)
    #expect(side(Rules.farAbove(high, curve([(3, 5), (5, 9), (7, 10), (9, 10)], .model), paper: 3)) == .open)
    #expect(side(Rules.farAbove(high, Array(flat.prefix(3)), paper: 3)) == .open)
  }

  @Test func needsMore() throws {
    let few = curve([(2, 20), (4, 40), (6, 60), (8, 80)])
    func verdict(_ points: [(Int, Double)], _ basis: Basis = .measured) -> Judgement.Direction {
      side(Rules.needsMore(curve(points, basis), than: few, for: 50, paper: 2))
    }
    #expect(verdict([(3, 10), (7, 30), (11, 50), (15, 70)]) == .same)
    #expect(verdict([(3, 28), (5, 48), (7, 68), (9, 85)]) == .other)
    #expect(verdict([(3, 21.2), (5, 35.4), (7, 49.6), (9, 63.6)]) == .open)
    #expect(verdict([(3, 10), (7, 30), (11, 50), (15, 70)], .model) == .open)
    // Half-way between 7 and 11 threads, against 5. If a curve does not reach the goodput, a lower one
    // counts.
    let slow = curve([(3, 10), (7, 30), (11, 70), (15, 90)])
    #expect(abs(try #require(Rules.threadsNeeded(slow, few, for: 50)).value - 9 / 5.0) < 0.02)
    let low = curve([(2, 1), (4, 2), (6, 3), (8, 4)])
    #expect(abs(try #require(Rules.threadsNeeded(low, few, for: 50)).value - 20) < 0.3)
  }

  @Test func hasDip() {
    #expect(side(Rules.hasDip(curve([(3, 5), (5, 4), (7, 6), (9, 8)]))) == .same)
    #expect(Rules.dips(curve([(3, 5), (5, 4), (7, 6), (9, 8)])).map(\.threads) == [5])
    #expect(side(Rules.hasDip(curve([(3, 5), (5, 4.98), (7, 6), (9, 8)]))) == .open)
    #expect(side(Rules.hasDip(curve([(3, 5), (5, 4), (7, 6)]))) == .open)
  }

  @Test func alwaysBelow() throws {
    let below = [0.9, 0.91, 0.89, 0.9, 0.905, 0.895], even = [0.9, 1.1, 0.95, 1.06, 0.93, 1.08]
    let above = below.map { 1 / $0 }
    // Nearly no spread in either curve.
    let near = [0.998, 1.002, 1, 1.001, 0.999, 1.0005]
    func verdict(_ ratios: [[Double]]) throws -> Judgement.Direction {
      let ratiosByX = try ratios.enumerated().map { (64 + 4 * $0, try ratio($1)) }
      let pairs = ratios.map { values in
        (
          above: Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0, [0: $1]) }),
          below: Dictionary(uniqueKeysWithValues: values.indices.map { ($0, [0: 1.0]) })
        )
      }
      let overall = LaunchEstimate(ofAll: pairs)
      let judgement = Rules.alwaysBelow(Rules.compare(Dictionary(uniqueKeysWithValues: ratiosByX), overall))
      // The overall ratio decides, and its p value is reported.
      if judgement.direction == .same {
        #expect(judgement.pValue == overall?.pValue(below: 1).map { 2 * $0 })
      }
      return side(judgement)
    }
    #expect(try verdict([below, below, below, even]) == .same)
    #expect(try verdict([below, near]) == .same)
    #expect(try verdict([below, even]) == .open)
    #expect(try verdict([below, even, even]) == .open)
    #expect(try verdict([below, below, below, above]) == .other)
    // Half of the lengths say nothing about all together.
    let ratiosByX = [64: try ratio(below), 68: try ratio(below)]
    #expect(side(Rules.alwaysBelow(Rules.compare(ratiosByX, try ratio(even)))) == .open)
    #expect(try verdict([[0.9, 0.9], [0.9, 0.9]]) == .open)
    #expect(Rules.compare([64: try ratio(above), 68: try ratio(below)]).above == [64])
    // One x in a hundred that is above by a little more than its noise does not count.
    let slightly = [1.0, 1.02, 1.01, 1.03, 0.99, 1.02]
    #expect(try #require(ratio(slightly).pValue(above: 1)) < 0.08)
    #expect(try verdict([slightly] + Array(repeating: below, count: 99)) == .same)
  }

  @Test func rises() {
    let all = (0..<20).map { Double($0) }
    let no = Array(repeating: 0.9, count: 19)
    #expect(side(Rules.rises(all, falls: no)) == .same)
    // Of 190 pairs, 10 are in the wrong order: tau is 0.895.
    var nearly = all
    for index in stride(from: 0, to: 20, by: 2) { nearly.swapAt(index, index + 1) }
    #expect(side(Rules.rises(nearly, falls: [0.001] + no.dropLast())) == .other)
    // That is not significant among 19 steps.
    #expect(side(Rules.rises(nearly, falls: [0.002] + no.dropLast())) == .open)
    #expect(side(Rules.rises(nearly, falls: no)) == .open)
    #expect(side(Rules.rises([1, 2, 3], falls: [0, 0])) == .open)
  }

  private func finding(
    _ status: String, _ structure: [Int] = [], isOwn: Bool = true, pValue: Double? = nil
  ) -> ExpectationFinding {
    ExpectationFinding(
      system: "vpe", curve: "extra_headroom_bytes", metric: "m", period: 16, status: status, samples: 25,
      structure: structure, phase: 12, isOwn: isOwn, pValue: pValue)
  }

  /// The second of four curves decides, and any two of three curves could have been the needed ones.
  @Test func halfOfTheCurvesHaveOnePValue() {
    let found = [0.01, 0.001, 0.03].map { finding("yes", pValue: $0) }
    #expect(Rules.hasPeriod(found + [finding("no_structure")], noise: nil).pValue == 0.03)
    #expect(Rules.hasPeriod([found[1]], noise: nil).pValue == 0.001)
    #expect(Rules.hasPeriod([finding("yes")], noise: nil) == .same(nil))
  }

  @Test func hasPeriod() {
    func verdict(_ statuses: [String], noise: Double? = 0.01) -> Judgement.Direction {
      side(Rules.hasPeriod(statuses.map { finding($0, $0 == "other_period" ? [32] : []) }, noise: noise))
    }
    #expect(verdict(["yes"]) == .same)
    #expect(verdict(["other_phase", "no_structure"]) == .same)
    #expect(verdict(["yes", "no_structure", "no_structure"]) == .open)
    #expect(verdict(["no_structure"]) == .other)
    #expect(verdict(["no_structure"], noise: 0.03) == .open)
    #expect(verdict(["no_structure"], noise: nil) == .open)
    #expect(verdict(["other_period"], noise: 0.03) == .other)
    #expect(verdict(["untestable"]) == .open)
    #expect(verdict([]) == .open)
    // A period that the bare call also has is not the format's own.
    #expect(side(Rules.hasPeriod([finding("yes", isOwn: false)], noise: 0.03)) == .other)
    #expect(side(Rules.hasPeriod([finding("yes"), finding("yes", isOwn: false)], noise: 0.03)) == .same)
    #expect(side(Rules.hasPhase([finding("yes", isOwn: false)])) == .open)
  }

  @Test func hasPhase() {
    #expect(side(Rules.hasPhase([finding("yes"), finding("other_phase")])) == .same)
    #expect(side(Rules.hasPhase([finding("other_phase")])) == .other)
    #expect(Rules.hasPhase([finding("other_phase")]).reason == "cost is lowest at 16 k + 12 bytes")
    #expect(side(Rules.hasPhase([finding("no_structure")])) == .open)
  }

  /// Costs at headrooms 0 to 62, higher by a factor at 30 to 44; one launch in ten is an outlier.
  private func contrast(_ factor: Double, noise: Double = 0.004) throws -> Rules.Contrast {
    var costs: Rules.Costs = [:]
    for headroom in stride(from: 0, to: 64, by: 2) {
      for launch in 0..<10 {
        let wobble = 1 + noise * Double((headroom * 7 + launch * 31) % 11 - 5) / 5
        let level = (launch == 9 ? 3 : 1) * (1 + noise * Double(launch * launch % 7 - 3))
        costs[headroom, default: [:]][launch] = [
          0: 100 * level * wobble * ((30...44).contains(headroom) ? factor : 1)
        ]
      }
    }
    return try #require(Rules.Contrast("made", costs) { (30...44).contains($0) })
  }

  @Test func contrasts() throws {
    let (more, less, none) = (try contrast(1.05), try contrast(0.95), try contrast(1))
    let vague = try contrast(1, noise: 0.3)
    #expect(abs(more.estimate.value - 1.05) < 0.005)
    #expect(side(Rules.bothVary([[none, more], [less]])) == .same)
    #expect(side(Rules.bothVary([[none], [none]])) == .other)
    // One format that does not vary refutes that both do.
    #expect(side(Rules.bothVary([[more], [none]])) == .other)
    #expect(side(Rules.bothVary([[more], [vague]])) == .open)
    #expect(side(Rules.bothVary([[vague], [vague]])) == .open)
    #expect(Rules.Contrast("none", [0: [0: [0: 1]]]) { $0 == 0 } == nil)
  }

  @Test func dearer() throws {
    let (more, less, none) = (try contrast(1.05), try contrast(0.95), try contrast(1))
    let (slight, vague) = (try contrast(1.01), try contrast(1, noise: 0.3))
    func verdict(_ contrasts: (Rules.Contrast, Rules.Contrast)...) -> Judgement.Direction {
      side(Rules.costsMore(contrasts.map { Rules.FormatContrast(own: $0.0, overCall: $0.1) }))
    }
    #expect(verdict((more, more)) == .same && verdict((more, more), (none, none), (none, none)) == .same)
    #expect(verdict((more, more), (less, less)) == .other)
    #expect(verdict((none, none), (none, none)) == .other)
    // One difference that is only the bare call's, and one of the bare call's that the format does not show.
    #expect(verdict((more, none)) == .other && verdict((none, more)) == .other)
    // A cost must exceed what counts as equal; relative to the bare call any cost suffices.
    #expect(verdict((slight, more)) == .other && verdict((more, slight)) == .same)
    #expect(verdict((vague, vague)) == .open && verdict((more, vague)) == .open)
  }

  /// A disturbance hits distant x of a repetition separately, so figures are compared instead of repetitions.
  @Test func aContrastIsOfFigures() throws {
    var costs: Rules.Costs = [:]
    for headroom in stride(from: 0, to: 64, by: 2) {
      for launch in 0..<10 {
        for repetition in 0..<3 {
          // Two of three samples are disturbed in turn, those within the range more often.
          let isDisturbed = (repetition + headroom / 2) % 3 != 0
          costs[headroom, default: [:]][launch, default: [:]][3 * launch + repetition] =
            100 * (isDisturbed ? 1.4 : 1) * ((30...44).contains(headroom) ? 1.05 : 1)
        }
      }
    }
    let contrast = try #require(Rules.Contrast("made", costs) { (30...44).contains($0) })
    #expect(abs(contrast.estimate.value - 1.05) < 0.001)
    #expect(try #require(contrast.estimate.high) < 1.06)
  }

  @Test func onlyWhatIsMeasuredConfirms() {
    for isFavoured in [false, true] {
      func verdict(_ judgement: Judgement, _ bases: [Basis]) -> Verdict {
        judgement.verdict(bases, isFavoured: isFavoured)
      }
      #expect(verdict(.same(), [.measured]) == .reproduced)
      #expect(verdict(.other("x"), [.measured]) == .notReproduced("x"))
      for basis in [Basis.capacity, .model, .carried] {
        #expect(verdict(.same(), [.measured, basis]).words == "not resolved")
        // To refute a claim would be to confirm its opposite.
        let refuted = verdict(.other("x"), [basis])
        #expect(refuted.words == (isFavoured ? "not reproduced" : "not resolved"))
        #expect(refuted.reason?.hasPrefix("x") == true)
      }
      #expect(verdict(.open("y"), [.capacity]) == .notResolved("y"))
    }
    #expect(Judgement.open("y").verdict([.measured]) == .notResolved("y"))
    #expect(Verdict.reproduced.reason == nil && Verdict.notRun("z").reason == "z")
  }

  @Test func thePapersMagnitude() throws {
    let own = try ratio([1.1, 1.2, 1.15, 1.13, 1.16])
    #expect(Magnitude(1.15, in: own) == .inside && Magnitude(3, in: own) == .smaller)
    #expect(Magnitude(1, in: own) == .larger && Magnitude(nil, in: own) == .unknown)
    #expect(Magnitude(1, in: try ratio([1])) == .unknown && Magnitude(1, in: nil) == .unknown)
  }
}
