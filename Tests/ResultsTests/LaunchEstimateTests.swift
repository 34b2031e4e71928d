import Cases
import Foundation
import Statistics
import TestRuns
import TestSupport
import Testing

@Suite struct LaunchEstimateTests {
  struct Question: Encodable {
    let numerators: [[Double]]
    let denominators: [[Double]]?
    let percent: Double
  }

  /// Costs of some launches. Each launch has a level of its own, and some samples are disturbed.
  static func launches(_ count: Int, samples: Int, seed: UInt64) -> [[Double]] {
    var state = seed
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    return (0..<count).map { _ in
      let level = 100 + 5 * uniform()
      return (0..<samples).map { _ in level * (uniform() < 0.3 ? 1.4 : 1) + uniform() }
    }
  }

  static func byNumber<Element>(_ values: [Element]) -> [Int: Element] {
    Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0.offset, $0.element) })
  }

  static func rounds(_ launches: [[Double]]) -> LaunchEstimate.Rounds {
    byNumber(launches.map { byNumber($0) })
  }

  static let cases: [(launches: Int, samples: Int, estimator: Estimator, isRatio: Bool)] = [
    (3, 1, .lowEnd, false), (5, 3, .lowEnd, false), (10, 6, .middle, true), (10, 1, .middle, true),
    (10, 2, .middle, false), (25, 2, .highEnd, false), (7, 4, .middle, true),
  ]

  @Test func figuresAndIntervalsAreThoseOfSciPy() throws {
    var questions: [Question] = []
    var found: [LaunchEstimate] = []
    for (number, made) in Self.cases.enumerated() {
      let above = Self.launches(made.launches, samples: made.samples, seed: UInt64(number))
      let below = Self.launches(made.launches, samples: made.samples, seed: UInt64(number) + 100)
      questions.append(
        Question(
          numerators: above, denominators: made.isRatio ? below : nil, percent: made.estimator.percent))
      let figure =
        made.isRatio
        ? LaunchEstimate(of: Self.rounds(above), to: Self.rounds(below), by: .middle)
        : LaunchEstimate(Self.byNumber(above), by: made.estimator)
      found.append(try #require(figure))
    }
    let answers = try Oracle.answers(of: "estimates.py", to: questions)
    for (answer, own) in zip(answers, found) {
      let told = try JSONDecoder().decode([Double].self, from: Data(answer.utf8))
      #expect(abs(own.value - told[0]) < 1e-9 * told[0])
      // A thousand resamples have an accuracy of about 3 %, less if rare resamples determine the result.
      let error = try #require(own.standardError)
      #expect(abs(error / told[1] - 1) < 0.25, "\(error) is not \(told[1])")
      let margin = told[2] * error
      #expect(abs(try #require(own.low) / (told[0] * exp(-margin)) - 1) < 1e-6)
      #expect(abs(try #require(own.high) / (told[0] * exp(margin)) - 1) < 1e-6)
      // The p value of a bound one percent away from the figure: Student's tail.
      let p = try #require(own.pValue(above: own.value / 1.01))
      let scaled = log(1.01) / error
      #expect(abs(p - Statistics.studentTail(scaled, degreesOfFreedom: own.launches - 1)) < 1e-9)
      #expect(abs(try #require(own.pValue(below: own.value / 1.01)) - (1 - p)) < 1e-9)
    }
  }

  @Test func noDifferenceIsShownNotAssumed() throws {
    func equal(_ values: [Double]) throws -> Double {
      let launches = Self.rounds(values.map { [$0] })
      let ratio = try #require(
        LaunchEstimate(of: launches, to: launches.mapValues { _ in [0: 1] }, by: .middle))
      return try #require(ratio.pValue(equalWithin: 0.02))
    }
    #expect(try equal([1, 1.004, 0.996, 1.002, 0.999, 1.001, 0.998, 1.003]) < 0.001)
    // The means are equal, but the spread is too large to show it.
    #expect(try equal([1, 1.1, 0.9, 1.05, 0.95, 1.08, 0.93, 1]) > 0.05)
    // One surely differs by more than the margin; the other by less, which counts as equal.
    #expect(try equal([1.05, 1.051, 1.049, 1.05, 1.052, 1.048]) > 0.95)
    #expect(try equal([1.01, 1.011, 1.009, 1.01, 1.012, 1.008]) < 0.001)
  }

  @Test func severalRatiosAtOnce() throws {
    let ones = Self.rounds([[1], [1], [1], [1]])
    let (two, eight) = (ones.mapValues { _ in [0: 2.0] }, ones.mapValues { _ in [0: 8.0] })
    let all = try #require(LaunchEstimate(ofAll: [(two, ones), (eight, ones)]))
    #expect(abs(all.value - 4) < 1e-12 && all.standardError == 0)
    #expect(try #require(all.low) == all.value && all.pValue(above: 3.9) == 0 && all.pValue(above: 4.1) == 1)
    // A case without samples in a launch is left out of the resamples that consist of that launch.
    let some = try #require(LaunchEstimate(ofAll: [(two, ones), ([0: [0: 8]], ones)]))
    #expect(abs(some.value - 4) < 1e-12 && some.launches == 4)
  }

  @Test func fewLaunchesHaveNoInterval() throws {
    let two = try #require(LaunchEstimate([0: [1, 2, 3], 4: [5, 6]], by: .middle))
    #expect(two.value == 3 && two.launches == 2 && two.low == nil && two.high == nil)
    let three = try #require(LaunchEstimate([0: [1, 2, 3], 4: [5, 6], 9: [7]], by: .middle))
    #expect(three.launches == 3 && three.low != nil && three.high != nil)
    #expect(LaunchEstimate([:], by: .middle) == nil)
    #expect(LaunchEstimate([0: []], by: .middle) == nil)
    #expect(LaunchEstimate([0: [.nan]], by: .middle) == nil)
  }

  @Test func whatDisturbsAWholeLaunchCancelsOutOfARatio() throws {
    // Each launch is slower than the one before, and one system always costs a tenth more.
    let own = Self.byNumber((0..<8).map { [100.0 * Double($0 + 1)] })
    let more = own.mapValues { $0.map { $0 * 1.1 } }
    let ratio = try #require(
      LaunchEstimate(
        of: more.mapValues(Self.byNumber), to: own.mapValues(Self.byNumber), by: .lowEnd))
    #expect(abs(ratio.value - 1.1) < 1e-12)
    let ends = [try #require(ratio.low), try #require(ratio.high)]
    #expect(ends.allSatisfy { abs($0 - 1.1) < 1e-12 })
    // Compared without pairing, the difference is not shown.
    let apart = try #require(LaunchEstimate(of: more, toSeparate: own, by: .lowEnd))
    #expect(abs(apart.value - 1.1) < 1e-12)
    let (low, high) = (try #require(apart.low), try #require(apart.high))
    #expect(low < 0.8 && high > 1.4)
  }

  @Test func whatDisturbsNeighboursCancelsOutOfARatio() throws {
    // Of 30 repetitions a few are undisturbed, and launches differ in which ones; one system costs 1.1 times
    // as much.
    let launches = (0..<10).map { launch in
      (0..<3).map { (launch * 7 + $0 * 5) % 11 < 2 + launch % 4 ? 100.0 : 145.0 }
    }
    let own = Self.rounds(launches)
    let more = own.mapValues { $0.mapValues { $0 * 1.1 } }
    let ratio = try #require(LaunchEstimate(of: more, to: own, by: .lowEnd))
    #expect(abs(ratio.value - 1.1) < 1e-12 && ratio.standardError == 0)
    // If one repetition in three has only one side disturbed, the median is unchanged.
    let some = more.mapValues { rounds in rounds.merging([0: (rounds[0] ?? 0) * 1.45]) { $1 } }
    #expect(abs(try #require(LaunchEstimate(of: some, to: own, by: .lowEnd)).value - 1.1) < 1e-12)
  }

  @Test func comparisonsAreMadeWithinARepetition() throws {
    let cases: [LaunchEstimate.Rounds] = [
      [0: [0: 1, 1: 10], 3: [2: 100]], [0: [0: 2, 1: 30], 4: [2: 7]], [0: [1: 5], 3: [2: 900]],
    ]
    let found = LaunchEstimate.compared(cases) { $0[0] + $0[1] + ($0[2].isNaN ? 0 : $0[2]) }
    #expect(found.mapValues { $0.sorted() } == [0: [3, 45]])
  }

  @Test func onlyRepetitionsInCommonMakeARatio() throws {
    let ratio = try #require(
      LaunchEstimate(
        of: [0: [0: 2, 1: 9], 1: [2: 900]], to: [0: [0: 1, 5: 3], 2: [2: 900]], by: .middle))
    #expect(ratio.value == 2 && ratio.launches == 1)
    #expect(LaunchEstimate(of: [0: [0: 2]], to: [1: [0: 1]], by: .middle) == nil)
    #expect(LaunchEstimate(of: [0: [0: 2]], to: [0: [1: 1]], by: .middle) == nil)
    #expect(LaunchEstimate(of: [0: [0: 2]], to: [0: [0: 0]], by: .middle) == nil)
  }

  @Test func whereHardlyAnyRepetitionIsInCommonTheFiguresAreCompared() throws {
    let own: LaunchEstimate.Rounds = [0: [0: 20], 1: [1: 22], 2: [2: 24]]
    let other: LaunchEstimate.Rounds = [2: [2: 10], 3: [3: 11], 4: [4: 12]]
    let ratio = try #require(LaunchEstimate(of: own, to: other, by: .middle))
    #expect(ratio.value == 2 && ratio.low != nil)
  }

  /// A repetition's figure is in the prediction interval in 95 % of cases, and in the confidence interval in
  /// fewer.
  @Test func aRepetitionHasAWiderInterval() throws {
    var noise = Noise(seed: 11)
    let figures = (0..<600).compactMap { _ in
      LaunchEstimate(
        Self.byNumber((0..<10).map { _ in (0..<3).map { _ in 100 * exp(0.03 * noise.normal()) } }),
        by: .middle)
    }
    let pairs = zip(figures, figures.dropFirst())
    let predicted = pairs.count { first, next in
      first.prediction.map { $0.low < next.value && next.value < $0.high } ?? false
    }
    let held = pairs.count { ($0.low ?? 0) < $1.value && $1.value < ($0.high ?? 0) }
    // Of 599 repetitions: 95 % within three standard errors. The confidence interval holds some 85 %.
    #expect((552...599).contains(predicted) && held < 540, "\(predicted), \(held)")
    // The prediction interval is wider by the root of 2, also if the figure is not positive.
    for values in [[1.0, 2, 4], [-1, 0.5, 2]] {
      let made = try #require(
        LaunchEstimate(Self.byNumber(values.map { [$0] }), by: .middle))
      let (low, high) = (try #require(made.low), try #require(made.high))
      let wider = try #require(made.prediction)
      if values[0] > 0 {
        #expect(abs(log(wider.high / wider.low) / log(high / low) - 2.0.squareRoot()) < 1e-9)
      } else {
        #expect(abs((wider.high - wider.low) / (high - low) - 2.0.squareRoot()) < 1e-9)
      }
    }
    #expect(LaunchEstimate([0: [1], 1: [2]], by: .middle)?.prediction == nil)
  }

  @Test func repeatedItIsTheSame() {
    let made = Self.byNumber(Self.launches(9, samples: 3, seed: 5))
    #expect(LaunchEstimate(made, by: .lowEnd) == LaunchEstimate(made, by: .lowEnd))
  }

  @Test(arguments: [
    ("seal_cycles_per_packet", Basis.measured, Estimator.lowEnd), ("open_ns_per_packet", .capacity, .lowEnd),
    ("seal_mean_cycles_per_packet", .measured, .middle), ("capacity_gbps", .capacity, .highEnd),
    ("capacity_gbps", .model, .highEnd), ("goodput_gbps", .measured, .middle),
    ("mean_capacity_gbps", .capacity, .middle), ("packet_rate_mpps", .capacity, .highEnd),
    ("loss_ratio", .capacity, .middle), ("latency_p99_us", .measured, .middle),
    ("seal_cycles_per_packet_to_raw_ratio", .measured, .middle),
  ])
  func eachMetricHasItsEstimator(metric: String, basis: Basis, estimator: Estimator) {
    #expect(Estimator(of: metric, basis) == estimator)
  }

  @Test func aRatioToAFloorIsTheMedianOfTheRepetitions() throws {
    // Costs 100, 140, 140, 140 and 200 over a floor of 100, 100, 140, 140 and 100 in the same samples.
    let costs: [Double] = [100, 140, 140, 140, 200], floors: [Double] = [100, 100, 140, 140, 100]
    let name = "seal_cycles_per_packet_to_raw_ratio"
    let records = zip(costs, floors).enumerated().map { number, pair in
      var made = record(
        "vpe", sample: number, basis: .measured,
        ["seal_cycles_per_packet": pair.0, name: pair.0 / pair.1])
      made.launch = number
      return made
    }
    // The ratios are 1, 1.4, 1, 1 and 2, while the low ends are 116 and 100.
    let ratio = try #require(LaunchEstimate(of: name, in: records))
    #expect(ratio.value == 1 && ratio.launches == 5)
  }

  @Test func theSummaryHasItAndReadersTakeIt() throws {
    let values: [Double] = [10, 11, 12, 13, 50]
    let records = throughputs("vpe", values).enumerated().map { number, record in
      var record = record
      record.launch = number
      return record
    }
    let run = try MadeRun(records: records).reading()
    let figure = try #require(run.figures.first { $0.metric == "capacity_gbps" })
    #expect(abs(try #require(figure.value) - 35.2) < 1e-9 && figure.median == 12)
    #expect(figure.estimate?.launches == 5)
    let told = try #require(LaunchEstimate(of: "capacity_gbps", in: records))
    #expect(figure.interval?.low == told.low && figure.interval?.high == told.high)
    #expect(run.samples.map(\.launch) == [0, 1, 2, 3, 4])
    // An old run has no estimate, so the mean is used.
    let old = try MadeRun(records: throughputs("vpe", values)).reading()
    let former = try #require(old.figures.first { $0.metric == "capacity_gbps" })
    #expect(former.estimate == nil && former.value == former.mean)
    #expect(former.interval?.low == former.statistics?.ci95Low)
  }
}
