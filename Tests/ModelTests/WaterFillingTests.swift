import Model
import Testing

@Suite struct WaterFillingTests {
  private func shares(
    _ direction: StageKind.Direction, _ threads: Int, io: Int = 0, _ changes: [StageKind: Double]
  ) throws -> [Int] {
    try AssignmentSearch.levelled(
      direction, threads: threads, ioThreads: io, costs: Fixtures.costs(changes)
    ).shares
  }

  /// 20 + 128 ticks over three threads are 49⅓ each; in whole units of 1 tick the level is 50.
  @Test func threeThreadsByHand() throws {
    let found = try shares(.seal, 3, [.receiveNumber: 20, .encrypt: 128])
    #expect(found.reduce(0, +) == 128)
    #expect(max(20 + found[0], found[1], found[2]) == 50)
  }

  @Test func aThreadAboveTheLevelGetsNothing() throws {
    #expect(try shares(.open, 3, [.steer: 65, .decryptTransmit: 128]) == [0, 64, 64])
    // (60 + 128) / 3 = 62⅔: three units fit below 63.
    #expect(try shares(.open, 3, [.steer: 60, .decryptTransmit: 128]) == [3, 63, 62])
  }

  /// Each of two I/O threads has half of the I/O stage. Seal: level (10 + 50 + 128) / 4 = 47. Open: the same
  /// with the I/O threads last.
  @Test func ioThreadsStandWhereTheyBelong() throws {
    let seal: [StageKind: Double] = [.number: 10, .receive: 50, .encrypt: 128]
    #expect(try shares(.seal, 4, io: 2, seal) == [37, 22, 22, 47])
    let open: [StageKind: Double] = [.steer: 10, .transmit: 50, .decrypt: 128]
    #expect(try shares(.open, 4, io: 2, open) == [37, 47, 22, 22])
  }

  /// Level to within one unit wherever a thread has a share: no unit would be better elsewhere.
  @Test(arguments: 1...8, [3.0, 60.0, 128.0, 777.0])
  func noUnitWouldBeBetterElsewhere(workers: Int, cost: Double) throws {
    let io = workers / 2
    let found = try shares(
      .seal, 1 + io + workers, io: io, [.receiveNumber: 33, .number: 33, .receive: 22, .encrypt: cost])
    let unit = cost / 128
    let loads = found.enumerated().map { thread, units in
      (thread == 0 ? 33 : thread <= io ? 22 / Double(io) : 0) + unit * Double(units)
    }
    #expect(found.reduce(0, +) == 128)
    let lowest = try #require(loads.min())
    for (load, units) in zip(loads, found) where units > 0 {
      #expect(load <= lowest + unit * (1 + 1e-9))
    }
  }

  @Test func impossibleDirectionsAreRefused() throws {
    #expect(throws: ModelFailure.noThreads(.seal)) { try shares(.seal, 0, [:]) }
    #expect(throws: ModelFailure.threads(128, allowed: 1...127)) { try shares(.seal, 128, [:]) }
    #expect(throws: ModelFailure.ioThreads(.open, count: 3, threads: 3)) { try shares(.open, 3, io: 3, [:]) }
    #expect(throws: ModelFailure.ioThreads(.open, count: -1, threads: 3)) {
      try shares(.open, 3, io: -1, [:])
    }
  }
}
