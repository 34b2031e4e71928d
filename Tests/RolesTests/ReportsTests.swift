import Foundation
import Roles
import Testing
import Wire

@Suite struct ReportsTests {
  /// A report as the process of the generator would send it.
  static func generatorReport(_ bins: [(ticks: Double, frames: Int)]) throws -> GeneratorReport {
    let bins = bins.map { "{\"ticks\":\($0.ticks),\"frames\":\($0.frames)}" }.joined(separator: ",")
    return try JSONDecoder().decode(
      GeneratorReport.self, from: Data("{\"reordered\":0,\"dryPolls\":0,\"latency\":[\(bins)]}".utf8))
  }

  static let bins: [(ticks: Double, frames: Int)] = [(100, 50), (200, 40), (1000, 9), (9000, 1)]
  static let percentiles: [(share: Double, ticks: Double)] = [
    (0, 100), (0.01, 100), (0.5, 100), (0.51, 200), (0.9, 200), (0.91, 1000), (0.99, 1000), (0.995, 9000),
    (1, 9000),
  ]

  @Test(arguments: percentiles) func percentileIsTheBinThatReachesTheShare(share: Double, ticks: Double)
    throws
  {
    #expect(try Self.generatorReport(Self.bins).latency(percentile: share) == ticks)
  }

  @Test func withoutTimestampsThereIsNoPercentile() throws {
    #expect(try Self.generatorReport([]).latency(percentile: 0.5) == nil)
  }

  @Test func sinceSubtractsTheEarlierReport() {
    let early = report(of: .gatewayA, "seal", received: 10, transmitted: 8, [.queueFull: 2])
    let late = report(of: .gatewayA, "seal", received: 110, transmitted: 100, [.queueFull: 7, .noRoom: 3])
    let between = report(of: .gatewayA, "seal", received: 100, transmitted: 92, [.queueFull: 5, .noRoom: 3])
    #expect(late.since(early) == between)
    #expect(late.since(late).counters.dropped == 0)
  }

  @Test func dropsAreNamedWhereThereWereAny() {
    let stage = report(
      of: .gatewayB, "open", received: 9, transmitted: 2, [.authentication: 3, .queueFull: 4])
    #expect(stage.drops == ["authentication": 3, "queue_full": 4])
    #expect(stage.name == "gateway-b open 0")
  }
}
