import RateSearch
import Testing

@Suite struct RateSearchTests {
  private static let loads = 1e4...1.5e7

  /// Both bounds hold the capacity of a sharp device, and are as close as was asked for.
  @Test(arguments: [1.1e4, 3.3e5, 1e6, 7.7e6, 1.49e7]) func aSharpDevice(capacity: Double) throws {
    var device = SimulatedDevice(.sharp, capacity: capacity, seed: 1)
    var search = RateSearch([.ndr, .pdr], loads: Self.loads, secondsMax: 1200)
    let count = search.run(on: &device)
    for (result, allowed) in zip(search.results, [capacity, capacity / 0.995]) {
      #expect(result.end == .found)
      let (lower, upper) = (try #require(result.lower), try #require(result.upper))
      #expect(lower <= allowed && allowed <= upper, "\(result)")
      #expect((upper - lower) / upper <= 0.005 * 1.000_001)
      #expect(try #require(result.conditionalThroughput) <= capacity * 1.000_001)
    }
    #expect(count < 200, "\(count) trials")
  }

  @Test func aDeviceThatForwardsEverythingHasNoUpperBound() throws {
    var device = SimulatedDevice(.sharp, capacity: 1e9, seed: 1)
    var search = RateSearch([.ndr], loads: Self.loads, secondsMax: 1200)
    // Each at least the duration sum's part that the exceed ratio leaves open, and no more than needed.
    #expect(search.run(on: &device) < 20)
    let result = search.results[0]
    #expect(result.end == .maxLoad && result.lower == Self.loads.upperBound && result.upper == nil)
  }

  @Test func aDeviceThatForwardsNothingHasNoLowerBound() {
    var device = SimulatedDevice(.sharp, capacity: 1, seed: 1)
    var search = RateSearch([.ndr, .pdr], loads: Self.loads, secondsMax: 1200)
    _ = search.run(on: &device)
    for result in search.results {
      #expect(result.end == .minLoad && result.lower == nil && result.conditionalThroughput == nil)
    }
  }

  @Test(arguments: SimulatedDevice.Kind.allCases) func theTimeIsKept(kind: SimulatedDevice.Kind) {
    var device = SimulatedDevice(kind, capacity: 2e6, seed: 7)
    var search = RateSearch([.rfc2544, .tst009], loads: Self.loads, secondsMax: 150)
    _ = search.run(on: &device)
    #expect(search.seconds < 150 + 60.5)
    #expect(search.results.allSatisfy { $0.end == .outOfTime })
  }

  /// Ten searches of a device whose capacity changes by 2 % lie within that and the width.
  @Test func noiseDoesNotSpreadTheResultFurther() throws {
    let lowers = try (1...10).map { seed in
      var device = SimulatedDevice(.noisy, capacity: 2e6, seed: UInt64(seed))
      var search = RateSearch([.ndr], loads: Self.loads, secondsMax: 1200)
      _ = search.run(on: &device)
      #expect(search.results[0].end == .found)
      return try #require(search.results[0].lower)
    }
    let (least, most) = (try #require(lowers.min()), try #require(lowers.max()))
    #expect(most / least - 1 <= 0.04 + 0.005)
  }

  /// A goal that allows as many bad seconds as good ones sees the device's better state, one that allows
  /// none its worse one.
  @Test func theExceedRatioDecidesBetweenTwoStates() throws {
    let strict = RateGoal(
      name: "strict", finalTrialSeconds: 1, durationSumSeconds: 21, lossRatio: 0, exceedRatio: 0)
    var device = SimulatedDevice(.bistable, capacity: 2e6, seed: 3)
    var search = RateSearch([.ndr, strict], loads: Self.loads, secondsMax: 2400)
    _ = search.run(on: &device)
    let lowers = try search.results.map { try #require($0.lower) }
    #expect(abs(lowers[0] / 2e6 - 1) < 0.011)
    #expect(abs(lowers[1] / 1.6e6 - 1) < 0.011)
  }

  /// MLRsearch, the RFC's reference controller, ends where this one does: their lower bounds differ by no
  /// more than both widths, and for devices that are not the same at each trial by as much as these differ.
  @Test(arguments: SimulatedDevice.Kind.allCases, [4.4e5, 6.2e6])
  func theReferenceControllerAgrees(kind: SimulatedDevice.Kind, capacity: Double) throws {
    var device = SimulatedDevice(kind, capacity: capacity, seed: 11)
    var search = RateSearch([.ndr, .pdr], loads: Self.loads, secondsMax: 2400)
    let count = search.run(on: &device)
    var again = SimulatedDevice(kind, capacity: capacity, seed: 12)
    let reference = try MLRsearch([.ndr, .pdr], loads: Self.loads, secondsMax: 2400).run(on: &again)
    let slack = kind == .noisy ? 0.02 : 0.0
    for (result, other) in zip(search.results, reference.results) {
      let (lower, expected) = (try #require(result.lower), try #require(other.lower))
      #expect(abs(lower / expected - 1) <= 0.0101 + slack, "\(result.goal): \(lower), reference \(expected)")
      let (through, theirs) = (
        try #require(result.conditionalThroughput), try #require(other.conditionalThroughput)
      )
      #expect(abs(through / theirs - 1) <= 0.0101 + slack)
    }
    #expect(count <= 2 * reference.trials, "\(count) trials, the reference \(reference.trials)")
  }
}
