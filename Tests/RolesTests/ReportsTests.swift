import Dataplane
import Foundation
import Roles
import Testing
import Wire

@Suite struct ReportsTests {
  static let bins = [(100.0, 50), (200, 40), (1000, 9), (9000, 1)].map {
    LatencyBin(ticks: $0.0, frames: $0.1)
  }
  static let percentiles: [(share: Double, ticks: Double)] = [
    (0, 100), (0.01, 100), (0.5, 100), (0.51, 200), (0.9, 200), (0.91, 1000), (0.99, 1000), (0.995, 9000),
    (1, 9000),
  ]

  @Test(arguments: percentiles) func percentileIsTheBinThatReachesTheShare(share: Double, ticks: Double) {
    #expect(Self.bins.percentile(share) == ticks)
  }

  @Test func withoutFramesThereIsNoPercentile() {
    #expect(([] as [LatencyBin]).percentile(0.5) == nil)
  }

  @Test func framesOfBeforeDoNotCount() {
    var later = Self.bins
    later[0].frames += 1
    later.append(LatencyBin(ticks: 20_000, frames: 7))
    #expect(
      later.since(Self.bins) == [LatencyBin(ticks: 100, frames: 1), LatencyBin(ticks: 20_000, frames: 7)])
    #expect(later.since(later).isEmpty, "a window in which none came back has no latency")
  }

  @Test func sinceSubtractsTheEarlierReport() {
    let early = report(of: .gatewayA, "seal", received: 10, transmitted: 8, [.queueFull: 2])
    let late = report(of: .gatewayA, "seal", received: 110, transmitted: 100, [.queueFull: 7, .noRoom: 3])
    let between = report(of: .gatewayA, "seal", received: 100, transmitted: 92, [.queueFull: 5, .noRoom: 3])
    #expect(late.since(early) == between)
    #expect(late.since(late).counters.dropped == 0)
  }

  @Test func aStageCanCountEveryReason() {
    #expect(DropReason.count <= StageCounters.dropReasons)
  }

  @Test func dropsAreNamedWhereThereWereAny() {
    let stage = report(
      of: .gatewayB, "open", received: 9, transmitted: 2, [.authentication: 3, .queueFull: 4])
    #expect(stage.drops == ["authentication": 3, "queue_full": 4])
    #expect(stage.name == "gateway-b open 0")
  }
}
