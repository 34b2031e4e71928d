import Foundation
import Model

/// Costs that divide evenly, chosen for sums by hand; not measured.
enum Fixtures {
  static let ticks: [StageKind: Double] = [
    .seal: 200, .open: 160, .receive: 24, .number: 20, .receiveNumber: 32, .encrypt: 128, .steer: 40,
    .decrypt: 112, .decryptTransmit: 128, .transmit: 30,
  ]

  static func costs(_ changes: [StageKind: Double] = [:]) throws -> StageCosts {
    try StageCosts(ticksPerPacket: ticks.merging(changes) { $1 }, ticksPerSecond: 1e9)
  }

  /// Different costs for each seed, each stage within what could be measured.
  static func costs(seed: UInt64) throws -> StageCosts {
    var state = seed
    func next(_ range: ClosedRange<Double>) -> Double {
      // Knuth's linear congruential generator; its high bits are good enough here.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return range.lowerBound
        + Double(state >> 40) / Double(1 << 24) * (range.upperBound - range.lowerBound)
    }
    let number = next(10...60)
    let receive = next(10...60)
    let decrypt = next(60...250)
    return try costs([
      .number: number, .receive: receive, .receiveNumber: max(number, receive) + next(0...30),
      .encrypt: next(60...250), .steer: next(10...90), .decrypt: decrypt,
      .decryptTransmit: decrypt + next(1...40), .transmit: next(10...60),
    ])
  }

  static func sentence(_ failure: (any Error)?) -> String {
    (failure as? ModelFailure)?.description ?? "no ModelFailure"
  }

  /// Through JSON and back.
  static func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
  }
}
