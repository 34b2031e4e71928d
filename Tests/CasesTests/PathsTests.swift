import Cases
import Testing

/// Delays of paths, compared with an order that is sorted packet by packet.
@Suite struct PathsTests {
  /// For each path, how far its packets are behind the newest packet that leaves before them, over many
  /// packets.
  private static func lags(_ paths: Paths) -> [Set<Int>] {
    let delays = (0..<paths.count).map { $0 * paths.skew / (paths.count - 1) }
    let length = 4 * paths.skew + 20 * paths.count
    func key(_ number: Int) -> (Int, Int, Int) {
      let delay = delays[number % paths.count]
      return (number + delay, delay > 0 ? 1 : 0, number)
    }
    let order = (0..<length).sorted { key($0) < key($1) }
    var lags = [Set<Int>](repeating: [], count: paths.count)
    var newest = 0
    for number in order {
      // Without the beginning and the end of the traffic.
      if number > 2 * paths.skew + paths.count, number + paths.skew < length {
        lags[number % paths.count].insert(max(newest - number, 0))
      }
      newest = max(newest, number)
    }
    return lags
  }

  @Test(arguments: 2...16, [1, 2, 3, 7, 15, 16, 17, 63, 64, 65, 66, 96, 300])
  func everyPacketOfAPathLagsByAsMany(count: Int, skew: Int) {
    let paths = Paths(count: count, skew: skew)
    #expect(Self.lags(paths) == (0..<count).map { [paths.lag(of: $0)] })
  }

  @Test func theSlowestHasTheWholeSkew() {
    for count in 2...16 {
      let delays = (0..<count).map(Paths(count: count, skew: 12_288).delay)
      #expect(delays.first == 0 && delays.last == 12_288 && delays == delays.sorted())
      let steps = zip(delays.dropFirst(), delays).map { $0 - $1 }
      #expect((steps.max() ?? 0) - (steps.min() ?? 0) <= 1, "even steps")
    }
    #expect((0..<8).map(Paths(count: 8, skew: 96).delay) == [0, 13, 27, 41, 54, 68, 82, 96])
  }

  /// Paths, skew, and of how many slower paths a window of 64 drops how many.
  private static let shares: [(Int, Int, dropped: Double, of: Double)] = [
    (2, 64, 0, 1), (2, 65, 1, 1), (2, 96, 1, 1), (3, 63, 0, 2), (3, 64, 1, 2), (3, 133, 2, 2), (4, 64, 0, 3),
    (4, 65, 1, 3), (4, 96, 1, 3), (8, 96, 3, 7), (8, 600, 7, 7), (8, 0, 0, 7), (16, 3, 0, 15),
  ]

  /// With two paths, all late packets are dropped or none. With more, those of the paths that are slow
  /// enough.
  @Test(arguments: shares)
  func aWindowDropsWhatItDoesNotReach(count: Int, skew: Int, dropped: Double, of late: Double) {
    let paths = Paths(count: count, skew: skew)
    #expect(paths.lateShare(beyond: 64) == dropped / late)
    #expect(paths.lateShare(beyond: 1024) == 0, "a window longer than the skew reaches everything")
  }

  @Test func flowsTakeEveryPathWithoutACommonDivisor() {
    func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    for count in 2...16 {
      for flows in 1...200 {
        #expect(Paths(count: count, skew: 9).areTaken(by: flows) == (divisor(flows, count) == 1))
      }
    }
  }
}
