import Foundation
import Model
import Testing

@Suite struct AssignmentTests {
  private func failure(_ direction: StageKind.Direction, _ ioThreads: Int, _ shares: [Int]) -> ModelFailure? {
    do {
      _ = try DirectionAssignment(direction: direction, ioThreads: ioThreads, shares: shares)
      return nil
    } catch { return error as? ModelFailure }
  }

  @Test(
    arguments: [
      (StageKind.Direction.seal, 0, [], ModelFailure.noThreads(.seal)),
      (.open, 0, [64, 63], .shareSum(.open, units: 127)),
      (.seal, 0, [100, 64], .shareSum(.seal, units: 164)),
      (.seal, 0, [-1, 129], .share(.seal, thread: 0, units: -1)),
      (.seal, 0, [0, .max, .max], .share(.seal, thread: 1, units: .max)),
      (.seal, 0, [64, 64, 0], .idleThread(.seal, thread: 2)),
      (.seal, 1, [64, 0, 64, 0], .idleThread(.seal, thread: 3)),
      (.open, 1, [64, 0, 64], .idleThread(.open, thread: 1)),
      (.open, 2, [64, 64], .ioThreads(.open, count: 2, threads: 2)),
      (.open, -1, [64, 64], .ioThreads(.open, count: -1, threads: 2)),
      (.seal, .max, [64, 64], .ioThreads(.seal, count: .max, threads: 2)),
    ] as [(StageKind.Direction, Int, [Int], ModelFailure)])
  func whatIsWrongIsSaid(
    direction: StageKind.Direction, ioThreads: Int, shares: [Int], expected: ModelFailure
  ) {
    #expect(failure(direction, ioThreads, shares) == expected)
  }

  @Test func whatIsRightIsTaken() {
    #expect(failure(.seal, 0, [128]) == nil)
    #expect(failure(.seal, 1, [0, 0, 128]) == nil)
    #expect(failure(.seal, 1, [0, 128]) == nil)
    #expect(failure(.open, 1, [0, 128, 0]) == nil)
  }

  @Test func failuresAreSentences() {
    #expect(
      Fixtures.sentence(failure(.open, 0, [64, 63]))
        == "the shares of the open direction add up to 127; make them 128")
    #expect(
      Fixtures.sentence(failure(.open, 1, [64, 0, 64]))
        == "open thread 1 has nothing to do; give it a share or leave it out")
    #expect(Fixtures.sentence(failure(.open, 2, [64, 64])).contains("2 transmit threads"))
  }

  @Test func stagesStandInPollingOrder() throws {
    let seal = try DirectionAssignment(direction: .seal, ioThreads: 2, shares: [4, 0, 24, 50, 50])
    #expect(
      (0..<5).map(seal.stages) == [
        [.number, .encrypt], [.receive], [.receive, .encrypt], [.encrypt], [.encrypt],
      ])
    #expect(seal.ioThreadNumbers == 1..<3)
    #expect(seal.workerThreads == 3..<5)
    let open = try DirectionAssignment(direction: .open, ioThreads: 2, shares: [4, 50, 50, 0, 24])
    #expect(
      (0..<5).map(open.stages) == [
        [.steer, .decrypt], [.decrypt], [.decrypt], [.transmit], [.decrypt, .transmit],
      ])
    #expect(open.ioThreadNumbers == 3..<5)
    #expect(open.workerThreads == 1..<3)
    let fused = try DirectionAssignment(direction: .seal, ioThreads: 0, shares: [0, 128])
    #expect((0..<2).map(fused.stages) == [[.receiveNumber], [.encrypt]])
    let plain = try DirectionAssignment(direction: .open, ioThreads: 0, shares: [1, 127])
    #expect((0..<2).map(plain.stages) == [[.steer, .decryptTransmit], [.decryptTransmit]])
    #expect(plain.stages(ofThread: 2) == [] && plain.stages(ofThread: -1) == [])
  }

  @Test func descriptionsAreShort() throws {
    func text(_ direction: StageKind.Direction, _ ioThreads: Int, _ shares: [Int]) throws -> String {
      try DirectionAssignment(direction: direction, ioThreads: ioThreads, shares: shares).description
    }
    #expect(try text(.seal, 0, [7, 41, 40, 40]) == "receive-number 7/128 + 3 × encrypt")
    #expect(try text(.seal, 2, [0, 5, 6, 59, 58]) == "number + 2 × receive 5-6/128 + 2 × encrypt")
    #expect(try text(.seal, 1, [28, 100]) == "number 28/128 + 1 × receive 100/128")
    #expect(try text(.open, 1, [0, 60, 60, 8]) == "steer + 2 × decrypt + 1 × transmit 8/128")
    #expect(try text(.open, 0, [0, 100, 28]) == "steer + 2 × decrypt-transmit 28-100/128")
  }

  @Test func directionsAreNotExchanged() throws {
    let seal = try DirectionAssignment(direction: .seal, ioThreads: 0, shares: [128])
    let open = try DirectionAssignment(direction: .open, ioThreads: 0, shares: [64, 64])
    #expect(try PipelineAssignment(seal: seal, open: open).threads == 3)
    #expect(throws: ModelFailure.direction(expected: .seal)) {
      try PipelineAssignment(seal: open, open: seal)
    }
    #expect(throws: ModelFailure.direction(expected: .open)) {
      try PipelineAssignment(seal: seal, open: seal)
    }
  }

  @Test func assignmentsSurviveCodingAndAreCheckedOnTheWay() throws {
    let best = try AssignmentSearch.best(threads: 9, costs: Fixtures.costs())
    #expect(try Fixtures.roundTrip(best) == best)
    // Before several threads could steer, nobody said how many do.
    let old = Data(#"{"direction": "open", "ioThreads": 0, "shares": [64, 64]}"#.utf8)
    #expect(try JSONDecoder().decode(DirectionAssignment.self, from: old).dealThreads == 1)
    let bad = Data(#"{"direction": "seal", "ioThreads": 0, "shares": [64, 63]}"#.utf8)
    #expect(throws: ModelFailure.shareSum(.seal, units: 127)) {
      try JSONDecoder().decode(DirectionAssignment.self, from: bad)
    }
  }

  @Test func stageNamesAreThoseOfResultFiles() {
    #expect(
      StageKind.allCases.map(\.rawValue) == [
        "seal", "open", "receive", "number", "receive-number", "encrypt", "steer", "decrypt",
        "decrypt-transmit", "transmit", "release-sealed", "dispatch", "release",
      ])
    #expect(
      StageKind.allCases.filter { $0.direction == .seal }
        == [.seal, .receive, .number, .receiveNumber, .encrypt, .releaseSealed])
  }
}
