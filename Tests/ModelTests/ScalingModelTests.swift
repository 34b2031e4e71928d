import Model
import Testing

@Suite struct ScalingModelTests {
  private func pipeline(
    seal: [Int], receive: Int = 0, open: [Int], transmit: Int = 0
  ) throws -> PipelineAssignment {
    try PipelineAssignment(
      seal: DirectionAssignment(direction: .seal, ioThreads: receive, shares: seal),
      open: DirectionAssignment(direction: .open, ioThreads: transmit, shares: open))
  }

  /// 4 sealing threads at 200 ticks carry a packet in 50, 3 opening ones at 160 in 53.3.
  @Test func runToCompletionByHand() throws {
    let prediction = try ScalingModel.rate(sealThreads: 4, openThreads: 3, costs: Fixtures.costs())
    #expect(abs(prediction.packetsPerSecond - 1e9 / (160.0 / 3)) < 1)
    #expect(prediction.bottleneck == .stage(.open, thread: 0))
    #expect(prediction.loads.count == 7)
    #expect(prediction.loads.map(\.ticksPerPacket).prefix(4) == [50, 50, 50, 50])
    #expect(abs(prediction.goodputGbps(frameBytes: 64) - 9.6) < 1e-9)
  }

  @Test func oneThreadEachIsESPSingle() throws {
    let prediction = try ScalingModel.rate(sealThreads: 1, openThreads: 1, costs: Fixtures.costs())
    #expect(prediction.packetsPerSecond == 5e6)
    #expect(prediction.bottleneck.name == "seal")
  }

  /// Seal: number 20 + 4; two receive threads 24/2 + 22 each; two that encrypt 40. Open: steer 40;
  /// decrypt 112 × 80/128 = 70; a transmit thread 30 + 112 × 48/128 = 72.
  @Test func loadsOfAPipelineByHand() throws {
    let assignment = try pipeline(seal: [4, 22, 22, 40, 40], receive: 2, open: [0, 80, 48], transmit: 1)
    let prediction = try ScalingModel.rate(of: assignment, costs: Fixtures.costs())
    #expect(prediction.loads.map(\.ticksPerPacket) == [24, 34, 34, 40, 40, 40, 70, 72])
    #expect(prediction.loads.map(\.thread) == [0, 1, 2, 3, 4, 0, 1, 2])
    #expect(prediction.loads.map(\.direction).suffix(3) == [.open, .open, .open])
    #expect(prediction.loads[7].stages == [.decrypt, .transmit])
    #expect(prediction.loads[7].stageTicksPerPacket == [42, 30])
    #expect(prediction.packetsPerSecond == 1e9 / 72)
    #expect(prediction.bottleneck == .stage(.decrypt, thread: 2))
  }

  @Test func theSerialStageIsNamedWhereItAloneIsSlowest() throws {
    let assignment = try pipeline(seal: [0, 32, 32, 32, 32], open: [0, 26, 26, 26, 25, 25])
    let prediction = try ScalingModel.rate(of: assignment, costs: Fixtures.costs())
    #expect(prediction.bottleneck == .stage(.steer, thread: 0))
    #expect(prediction.packetsPerSecond == 1e9 / 40)
  }

  /// Steering costs half more with 16 rings than with one: with 4, half-way in their logarithm, a quarter.
  @Test func stagesThatDealGrowWithTheirRings() throws {
    let growth = try RingGrowth(rings: 16, ratios: [.steer: 1.5])
    let costs = try StageCosts(ticksPerPacket: Fixtures.ticks, ticksPerSecond: 1e9, growth: growth)
    #expect(try [1, 4, 16, 64].map { try costs.ticks(.steer, rings: $0) } == [40, 50, 60, 60])
    #expect(try costs.ticks(.receiveNumber, rings: 16) == 32)
    let assignment = try pipeline(seal: [0, 32, 32, 32, 32], open: [0, 32, 32, 32, 32])
    #expect(assignment.open.rings == 4)
    #expect(try ScalingModel.rate(of: assignment, costs: costs).packetsPerSecond == 1e9 / 50)
    // With a second steering thread each has half of it, and as many rings.
    let two = try PipelineAssignment(
      seal: assignment.seal,
      open: DirectionAssignment(
        direction: .open, ioThreads: 0, dealThreads: 2, shares: [0, 0, 32, 32, 32, 32]))
    let loads = try ScalingModel.rate(of: two, costs: costs).loads.filter { $0.direction == .open }
    #expect(loads.map(\.ticksPerPacket).prefix(2) == [25, 25])
    #expect(try Fixtures.roundTrip(costs) == costs)
    #expect(throws: ModelFailure.rings(1)) { try RingGrowth(rings: 1, ratios: [:]) }
    #expect(throws: ModelFailure.self) { try RingGrowth(rings: 2, ratios: [.steer: 0]) }
  }

  /// Two threads steer where steering for many rings lets less through than one can number.
  @Test func theSearchKnowsTheRings() throws {
    func best(_ ratio: Double) throws -> PipelineAssignment {
      let growth = try RingGrowth(rings: 16, ratios: [.steer: ratio])
      let costs = try StageCosts(
        ticksPerPacket: Fixtures.ticks.merging([.steer: 30]) { $1 }, ticksPerSecond: 1e9, growth: growth)
      return try AssignmentSearch.best(threads: 10, costs: costs)
    }
    #expect(try best(1).open.dealThreads == 1)
    #expect(try best(3).open.dealThreads == 2)
  }

  /// Threads 0 and 1 of the open direction are level but for less than a unit: 83.5 and 84.
  @Test func roundingDoesNotNameTheBottleneck() throws {
    let assignment = try pipeline(seal: [0, 64, 64], open: [44, 84])
    let level = try ScalingModel.rate(of: assignment, costs: Fixtures.costs([.steer: 39.5]))
    #expect(level.bottleneck == .stage(.decryptTransmit, thread: 1))
    // The same the other way round: 84.5 and 84.
    let other = try ScalingModel.rate(of: assignment, costs: Fixtures.costs([.steer: 40.5]))
    #expect(other.bottleneck == .stage(.decryptTransmit, thread: 1))
    #expect(other.packetsPerSecond == 1e9 / 84.5)
    // A whole unit and more is no rounding.
    let uneven = try ScalingModel.rate(of: assignment, costs: Fixtures.costs([.steer: 86]))
    #expect(uneven.bottleneck == .stage(.steer, thread: 0))
  }

  @Test func aLimitBelowTheThreadsHoldsTheRate() throws {
    let low = try SharedLimit(name: "low", packetsPerSecond: 2e6)
    let high = try SharedLimit(name: "high", packetsPerSecond: 3e6)
    let above = try SharedLimit(name: "above", packetsPerSecond: 6e6)
    let costs = try Fixtures.costs()
    let held = try ScalingModel.rate(sealThreads: 1, openThreads: 1, costs: costs, limits: [high, low])
    #expect(held.packetsPerSecond == 2e6)
    #expect(held.threadsPacketsPerSecond == 5e6)
    #expect(held.bottleneck == .limit("low"))
    let free = try ScalingModel.rate(sealThreads: 1, openThreads: 1, costs: costs, limits: [above])
    #expect(free.packetsPerSecond == 5e6)
    #expect(free.bottleneck.name == "seal")
  }

  /// 3 active cores of one socket lie half-way between 4 GHz with 2 and 2 GHz with 4.
  @Test func frequencySlowsThreadsButNotLimits() throws {
    let frequency = try CoreFrequency(
      points: [.init(activeCores: 4, gigahertz: 2), .init(activeCores: 2, gigahertz: 4)], sockets: 1,
      measuredActiveCores: 2)
    let costs = try Fixtures.costs([.open: 200])
    func rate(_ limits: [SharedLimit]) throws -> Prediction {
      try ScalingModel.rate(
        sealThreads: 2, openThreads: 1, costs: costs, limits: limits, frequency: frequency)
    }
    #expect(try abs(rate([]).packetsPerSecond - 5e6 * 0.75) < 1e-6)
    let limit = try SharedLimit(name: "link", packetsPerSecond: 4e6)
    #expect(try rate([limit]).bottleneck.name == "open")
  }

  @Test func aDirectionWithoutThreadsIsRefused() throws {
    let costs = try Fixtures.costs()
    #expect(throws: ModelFailure.noThreads(.open)) {
      try ScalingModel.rate(sealThreads: 1, openThreads: 0, costs: costs)
    }
    #expect(throws: ModelFailure.noThreads(.seal)) {
      try ScalingModel.rate(sealThreads: -1, openThreads: 1, costs: costs)
    }
  }

  @Test func onlyStagesOfTheAssignmentMustBeKnown() throws {
    let assignment = try pipeline(seal: [64, 64], open: [64, 64])
    let known: [StageKind] = [.receiveNumber, .encrypt, .steer, .decryptTransmit]
    let few = try StageCosts(
      ticksPerPacket: Fixtures.ticks.filter { known.contains($0.key) }, ticksPerSecond: 1e9)
    #expect(try ScalingModel.rate(of: assignment, costs: few).packetsPerSecond == 1e9 / 104)
    let fewer = try StageCosts(ticksPerPacket: [.encrypt: 1], ticksPerSecond: 1e9)
    #expect(throws: ModelFailure.missingCost(.receiveNumber)) {
      try ScalingModel.rate(of: assignment, costs: fewer)
    }
  }
}
