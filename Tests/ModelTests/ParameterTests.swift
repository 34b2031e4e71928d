import Foundation
import Model
import Testing

@Suite struct ParameterTests {
  @Test func costsMustBePositive() throws {
    for bad in [0, -1, .nan, .infinity] as [Double] {
      #expect(throws: ModelFailure.self) { try Fixtures.costs([.steer: bad]) }
      #expect(throws: ModelFailure.self) { try StageCosts(ticksPerPacket: [:], ticksPerSecond: bad) }
      #expect(throws: ModelFailure.self) { try SharedLimit(name: "x", packetsPerSecond: bad) }
    }
    #expect(throws: ModelFailure.notPositive("the cost of the stage steer", 0)) {
      try Fixtures.costs([.steer: 0])
    }
  }

  @Test func costsSurviveCodingUnderTheNamesOfStages() throws {
    let costs = try Fixtures.costs()
    #expect(try Fixtures.roundTrip(costs) == costs)
    let text = Data(#"{"ticksPerPacket": {"receive-number": 32.5}, "ticksPerSecond": 2.6e9}"#.utf8)
    let read = try JSONDecoder().decode(StageCosts.self, from: text)
    #expect(try read.ticks(.receiveNumber) == 32.5)
    #expect(throws: ModelFailure.missingCost(.encrypt)) { try read.ticks(.encrypt) }
    let bad = Data(#"{"ticksPerPacket": {"number": 0}, "ticksPerSecond": 2.6e9}"#.utf8)
    #expect(throws: ModelFailure.self) { try JSONDecoder().decode(StageCosts.self, from: bad) }
  }

  /// A 64-byte frame takes 84 bytes of the wire: 14.88 Mpps at 10 Gbit/s, as every test report has it.
  @Test func linksCarryWhatTheyAreKnownToCarry() throws {
    let limit = try SharedLimit.link("black link", gigabitsPerSecond: 10, outerFrameBytes: 64)
    #expect(limit.name == "10 Gbit/s black link")
    #expect(abs(limit.packetsPerSecond - 14_880_952.38) < 0.01)
    #expect(try SharedLimit.link("x", gigabitsPerSecond: 2.5, outerFrameBytes: 64).name == "2.5 Gbit/s x")
    #expect(throws: ModelFailure.self) {
      try SharedLimit.link("x", gigabitsPerSecond: 10, outerFrameBytes: 0)
    }
  }

  @Test func frequenciesLieBetweenTheirPoints() throws {
    let frequency = try PaperFigures.frequency()
    // One core a socket, two, eleven, twenty.
    for (cores, expected) in [(2, 3.6), (4, 3.6), (22, 3.15), (21, 3.15), (40, 2.7)] {
      #expect(abs(try frequency.gigahertz(activeCores: cores) - expected) < 1e-12)
    }
    #expect(abs(try frequency.factor(activeCores: 40) - 0.75) < 1e-12)
    #expect(throws: ModelFailure.cores(41, allowed: 1...40)) { try frequency.factor(activeCores: 41) }
  }

  @Test func emptyOrAbsurdFrequenciesAreRefused() {
    typealias Point = CoreFrequency.Point
    #expect(throws: ModelFailure.noFrequencies) {
      try CoreFrequency(points: [], sockets: 1, measuredActiveCores: 1)
    }
    for (points, sockets, measured) in [
      ([Point(activeCores: 2, gigahertz: 0)], 1, 1), ([Point(activeCores: .min, gigahertz: 3)], 1, 1),
      ([Point(activeCores: 2, gigahertz: 3)], 0, 1), ([Point(activeCores: 2, gigahertz: 3)], 1, 3),
    ] {
      #expect(throws: ModelFailure.self) {
        try CoreFrequency(points: points, sockets: sockets, measuredActiveCores: measured)
      }
    }
  }

  @Test func errorsAreOfWhatWasObserved() {
    #expect(Prediction.error(15, observed: 20) == -0.25)
    #expect(Prediction.error(1, observed: 0) == nil)
    #expect(Prediction.error(.nan, observed: 1) == nil)
  }
}
