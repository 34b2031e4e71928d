import Dataplane
import Foundation
import Testing

@Suite struct TickHistogramTests {
  /// Ticks per packet of full bursts, from a fixed sequence: two levels, as of a core that somebody else uses
  /// part of the time, and a tail.
  static func bursts(_ count: Int) -> [UInt64] {
    var state: UInt64 = 1
    return (0..<count).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let level: UInt64 = index % 3 == 0 ? 9000 : 5000
      let tail: UInt64 = index % 97 == 0 ? 60_000 : 0
      return level + tail + state >> 54
    }
  }

  /// SciPy's and NumPy's quantile by the inverse of the empirical distribution.
  static func exact(_ share: Double, _ bursts: [UInt64]) -> Double {
    let sorted = bursts.sorted()
    let index = max(Int((share * Double(sorted.count)).rounded(.up)) - 1, 0)
    return Double(sorted[index]) / 64
  }

  @Test(arguments: [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1])
  func quantilesAgreeWithSortedValuesWithinABucket(share: Double) throws {
    let bursts = Self.bursts(10_000)
    let found = try #require(TickCounts(burstTicks: bursts).quantile(share))
    let exact = Self.exact(share, bursts)
    #expect(abs(found - exact) <= max(exact / 128, 0.125) * 1.001, "\(found) is not \(exact)")
  }

  @Test(arguments: [0, 1, 7, 8, 63, 1023, 1024, 2047, 2048, 4096, 65_537, 4_194_303] as [UInt64])
  func aBurstLiesWithinItsBucket(ticks: UInt64) throws {
    let counts = TickCounts(burstTicks: [ticks])
    let value = Double(ticks) / 64
    let low = try #require(counts.quantile(0))
    let high = try #require(counts.quantile(1))
    #expect(low <= value && value < high)
    #expect(high - low <= max(value / 128, 0.125), "a bucket from \(low) to \(high)")
  }

  @Test func whatIsBeyondTheLastBucketCountsInIt() throws {
    let counts = TickCounts(burstTicks: [.max, 1 << 40])
    #expect(counts.bursts == 2)
    #expect(try #require(counts.quantile(0.5)) > 65_000)
  }

  @Test func onlyFullBurstsEnter() {
    let counters = StageCounters()
    defer { counters.deallocate() }
    counters.poll(packets: 64, ticks: 6400, limit: 10_000)
    counters.poll(packets: 63, ticks: 630, limit: 10_000)
    counters.poll(packets: 0, ticks: 64, limit: 10_000)
    counters.poll(packets: 64, ticks: 64_000, limit: 10_000)
    let snapshot = counters.snapshot
    #expect(snapshot.fullBursts == TickCounts(burstTicks: [6400]))
    #expect(snapshot.busyPolls == 2 && snapshot.stalledPolls == 1)
  }

  @Test func aWindowIsTheDifferenceOfTwoSnapshots() {
    let counters = StageCounters()
    defer { counters.deallocate() }
    for ticks in [1000, 2000, 2000] as [UInt64] { counters.poll(packets: 64, ticks: ticks, limit: 10_000) }
    let start = counters.snapshot
    for ticks in [2000, 5000] as [UInt64] { counters.poll(packets: 64, ticks: ticks, limit: 10_000) }
    #expect((counters.snapshot - start).fullBursts == TickCounts(burstTicks: [2000, 5000]))
    #expect((start + start).fullBursts.bursts == 6)
  }

  @Test func countsTravelAsJSON() throws {
    let counts = TickCounts(burstTicks: Self.bursts(500))
    #expect(try JSONDecoder().decode(TickCounts.self, from: JSONEncoder().encode(counts)) == counts)
    let empty = TickCounts()
    #expect(try JSONDecoder().decode(TickCounts.self, from: JSONEncoder().encode(empty)) == empty)
    #expect(empty.quantile(0.5) == nil && empty.percentiles.isEmpty)
    // Whatever a file says, nothing ends the program.
    let odd = try JSONDecoder().decode(TickCounts.self, from: Data("[4000000,1,5]".utf8))
    #expect(odd.bursts == 0)
  }
}
