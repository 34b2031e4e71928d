import Model
import Testing

@Suite struct AssignmentSearchTests {
  private func load(_ threads: Int, _ costs: StageCosts, steering: Int = .max) throws -> Double {
    let best = try AssignmentSearch.best(threads: threads, costs: costs, steerThreadsMax: steering)
    return try costs.ticksPerSecond / ScalingModel.rate(of: best, costs: costs).packetsPerSecond
  }

  /// Up to three threads a direction every division of 128 units can be tried.
  @Test(arguments: 1...12 as ClosedRange<UInt64>, [1, Int.max])
  func nothingBeatsTheSearchAtTwoToFourThreads(seed: UInt64, steering: Int) throws {
    let costs = try Fixtures.costs(seed: seed)
    let oracle = Oracle(ticks: costs.ticksPerPacket, parts: DirectionAssignment.units, steering: steering)
    for threads in 2...4 {
      let least = oracle.leastLoad(threads: threads)
      let found = try load(threads, costs, steering: steering)
      #expect(found <= least / (1 - AssignmentSearch.tolerance) * (1 + 1e-12))
      #expect(found >= least * (1 - 1e-12))
    }
  }

  /// Coarse shares: what they reach, the search must reach; and nobody can do better than a level without
  /// rounding.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func theSearchLiesBetweenCoarseSharesAndTheBoundAtFiveToSevenThreads(seed: UInt64) throws {
    let costs = try Fixtures.costs(seed: seed)
    let coarse = Oracle(ticks: costs.ticksPerPacket, parts: 16, steering: 1)
    for threads in 5...7 {
      let found = try load(threads, costs, steering: 1)
      #expect(found <= coarse.leastLoad(threads: threads) / (1 - AssignmentSearch.tolerance) * (1 + 1e-12))
      let serial = try max(min(costs.ticks(.number), costs.ticks(.receiveNumber)), costs.ticks(.steer))
      #expect(found >= serial * (1 - 1e-12))
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func theRateNeverFallsWhenAThreadIsAdded(seed: UInt64) throws {
    let costs = try Fixtures.costs(seed: seed)
    var before = Double.infinity
    for threads in 2...24 {
      let now = try load(threads, costs)
      #expect(now * (1 - AssignmentSearch.tolerance) <= before, "\(threads) threads")
      before = min(before, now)
    }
  }

  @Test func theRateSaturatesAtTheSlowestSerialStage() throws {
    for (changes, slowest) in [([:], 40.0), ([.number: 55, .receiveNumber: 80], 55)]
      as [([StageKind: Double], Double)]
    {
      let costs = try Fixtures.costs(changes)
      // Just below saturation it still rises.
      #expect(try load(4, costs, steering: 1) > slowest * 1.2)
      for threads in [16, 40, 128] {
        let found = try load(threads, costs, steering: 1)
        #expect(found >= slowest * (1 - 1e-12) && found <= slowest / (1 - AssignmentSearch.tolerance))
      }
    }
  }

  /// With any number of threads that steer, at the one that numbers: 20 ticks, behind receive threads.
  @Test func severalSteeringThreadsLeaveTheNumberingOneAsTheLimit() throws {
    let costs = try Fixtures.costs()
    for threads in [40, 128] {
      let best = try AssignmentSearch.best(threads: threads, costs: costs)
      #expect(best.open.dealThreads == 2 && best.seal.dealThreads == 1 && best.threads == threads)
      let found = try load(threads, costs)
      #expect(found >= 20 * (1 - 1e-12) && found <= 20 / (1 - AssignmentSearch.tolerance))
      let paper = try AssignmentSearch.best(threads: threads, costs: costs, steerThreadsMax: 1)
      #expect(paper.open.dealThreads == 1)
    }
    // Steering that is cheaper than numbering never takes two threads.
    let cheap = try Fixtures.costs([.steer: 10])
    #expect(try AssignmentSearch.best(threads: 40, costs: cheap).open.dealThreads == 1)
  }

  @Test(arguments: 2...40) func moreSteeringThreadsNeverMakeItSlower(threads: Int) throws {
    let costs = try Fixtures.costs([.steer: 75])
    let one = try load(threads, costs, steering: 1)
    #expect(try load(threads, costs) * (1 - AssignmentSearch.tolerance) <= one)
  }

  @Test func twoThreadsAreOneForEachDirection() throws {
    let best = try AssignmentSearch.best(threads: 2, costs: Fixtures.costs())
    #expect(best.description == "seal: receive-number 128/128; open: steer 128/128")
  }

  /// Seal, 2 threads: 32 + 128 ticks are 80 each, a unit is 1 tick. Open, 2 threads: 40 + 128 are 84 each.
  @Test func fourThreadsByHand() throws {
    let best = try AssignmentSearch.best(threads: 4, costs: Fixtures.costs())
    #expect(best.seal.shares == [48, 80])
    #expect(best.open.shares == [44, 84])
    #expect(best.seal.ioThreads == 0 && best.open.ioThreads == 0)
    #expect(
      best.description
        == "seal: receive-number 48/128 + 1 × encrypt; open: steer 44/128 + 1 × decrypt-transmit")
  }

  /// With the rate set by `steer` = 40, sealing needs no receive threads (`receive-number` is 32) and no
  /// share for the numbering thread.
  @Test func ofEqualRatesTheSimplestWins() throws {
    let best = try AssignmentSearch.best(threads: 12, costs: Fixtures.costs(), steerThreadsMax: 1)
    #expect(best.seal.ioThreads == 0 && best.open.ioThreads == 0)
    #expect(best.seal.shares.first == 0 && best.open.shares.first == 0)
    #expect(best.seal.threads == 6)
  }

  /// Worked by hand: five threads a direction. Open: 40 for steering is more than (40 + 128)/5 each, so the
  /// thread steers alone; 128 over four are 32 each.
  @Test func theBestAtTenThreadsByHand() throws {
    let best = try AssignmentSearch.best(threads: 10, costs: Fixtures.costs(), steerThreadsMax: 1)
    #expect(best.open.shares == [0, 32, 32, 32, 32])
    let rate = try ScalingModel.rate(of: best, costs: Fixtures.costs())
    #expect(rate.packetsPerSecond == 1e9 / 40)
  }

  @Test func receiveThreadsAreUsedWhereTheyPay() throws {
    let costs = try Fixtures.costs([.receiveNumber: 90, .number: 30, .receive: 70, .steer: 20])
    let best = try AssignmentSearch.best(threads: 20, costs: costs)
    #expect(best.seal.ioThreads > 0)
    #expect(try abs(load(20, costs) - 30) < 0.1)
  }

  @Test func transmitThreadsAreUsedWhereTheyPay() throws {
    let costs = try Fixtures.costs([.decryptTransmit: 400, .decrypt: 100, .transmit: 40, .number: 5])
    let best = try AssignmentSearch.best(threads: 6, costs: costs)
    #expect(best.open.ioThreads > 0)
  }

  @Test(arguments: [-1, 0, 1, 129, Int.max])
  func threadCountsOutsideTheRangeAreRefused(threads: Int) throws {
    let costs = try Fixtures.costs()
    #expect(throws: ModelFailure.threads(threads, allowed: 2...128)) {
      try AssignmentSearch.best(threads: threads, costs: costs)
    }
  }

  @Test(arguments: [
    StageKind.receive, .number, .receiveNumber, .encrypt, .steer, .decrypt, .decryptTransmit, .transmit,
  ])
  func everyStageOfThePipelineMustBeKnown(kind: StageKind) throws {
    let costs = try StageCosts(
      ticksPerPacket: Fixtures.ticks.filter { $0.key != kind }, ticksPerSecond: 1e9)
    #expect(throws: ModelFailure.missingCost(kind)) {
      try AssignmentSearch.best(threads: 4, costs: costs)
    }
  }
}
