import Model
import Testing

@Suite struct WaterFillingTests {
  /// The shares of a first thread, of I/O threads and of workers.
  private func shares(
    first: Double, io: (count: Int, ticks: Double) = (0, 0), workers: Int, shared: Double
  ) throws -> [[Int]] {
    let groups = [(1, first), (io.count, io.ticks), (workers, 0)].map {
      WaterFilling.Group(count: $0, fixedTicks: $1, isFilled: true)
    }
    return try #require(WaterFilling(sharedTicks: shared).shares(groups))
  }

  /// 20 + 128 ticks over three threads are 49⅓ each; in whole units of 1 tick the level is 50.
  @Test func threeThreadsByHand() throws {
    let found = try shares(first: 20, workers: 2, shared: 128)
    #expect(found.joined().reduce(0, +) == 128)
    #expect(max(20 + found[0][0], found[2][0], found[2][1]) == 50)
  }

  @Test func aThreadAboveTheLevelGetsNothing() throws {
    #expect(try shares(first: 65, workers: 2, shared: 128) == [[0], [], [64, 64]])
    // (60 + 128) / 3 = 62⅔: three units fit below 63.
    #expect(try shares(first: 60, workers: 2, shared: 128) == [[3], [], [63, 62]])
  }

  /// (10 + 50 + 128) / 4 = 47.
  @Test func eachKindIsFilledToTheSameLevel() throws {
    #expect(try shares(first: 10, io: (2, 25), workers: 1, shared: 128) == [[37], [22, 22], [47]])
  }

  @Test func whoIsNotFilledHasNothing() throws {
    let groups = [(1, false), (2, true)].map {
      WaterFilling.Group(count: $0, fixedTicks: 0, isFilled: $1)
    }
    #expect(WaterFilling(sharedTicks: 1).shares(groups) == [[0], [64, 64]])
    #expect(WaterFilling(sharedTicks: 1).shares([groups[0]]) == nil)
  }

  /// Level to within one unit wherever a thread has a share: no unit would be better elsewhere.
  @Test(arguments: 1...8, [3.0, 60.0, 128.0, 777.0])
  func noUnitWouldBeBetterElsewhere(workers: Int, cost: Double) throws {
    let io = workers / 2
    let found = try shares(first: 33, io: (io, 22 / Double(max(io, 1))), workers: workers, shared: cost)
    let unit = cost / 128
    let loads = zip([33, 22 / Double(max(io, 1)), 0], found).flatMap { fixed, shares in
      shares.map { (load: fixed + unit * Double($0), units: $0) }
    }
    #expect(loads.reduce(0) { $0 + $1.units } == 128)
    let lowest = try #require(loads.map(\.load).min())
    for (load, units) in loads where units > 0 {
      #expect(load <= lowest + unit * (1 + 1e-9))
    }
  }
}
