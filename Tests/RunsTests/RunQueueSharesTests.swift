import Cases
import Dataplane
import Foundation
import Results
import Roles
import Runs
import Testing

/// Which thread's queues have received how much, and who has led it there.
@Suite struct RunQueueSharesTests {
  static var offer: PortOffer {
    var offer = PortOffer()
    (offer.driver, offer.queues, offer.tableEntries) = ("net_x", 8, 512)
    (offer.keyBytes, offer.hashes) = (40, [.addresses, .udp4])
    offer.rules = [
      .init(.spi, isIPv6: false, isInUDP: false), .init(.udpSource, isIPv6: false, isInUDP: true),
    ]
    return offer
  }

  static func report(_ stage: String, _ role: RoleName, _ thread: Int, _ received: UInt64) -> StageReport {
    var counters = StageReport.Counters.none
    counters.received = received
    return StageReport(role: role, stage: stage, thread: thread, cpu: 0, counters: counters)
  }

  /// Three threads seal and two open, or a stage steers before them.
  static func observed(isSteered: Bool) -> ObservedSample {
    func reports(_ factor: UInt64) -> [TopologyReport] {
      let stages = RoleName.gateways.flatMap { role in
        (0..<3).map { report("seal", role, $0, UInt64(10 * ($0 + 1)) * factor) }
          + (3..<5).map { report("open", role, $0, UInt64($0) * factor) }
          + (isSteered ? [report("steer", role, 5, 7 * factor)] : [])
      }
      return [
        TopologyReport(ticks: factor, ticksPerSecond: 1, isUnshared: true, areLinksUp: true, stages: stages)
      ]
    }
    return ObservedSample(
      windowStart: reports(0), windowEnd: reports(1), final: reports(2), generator: nil, linksMayLose: true)
  }

  static func plan(_ way: BlackWay?) -> CasePlan {
    var plan = CasePlan(system: .vpe, aead: nil, threads: 5, frameBytes: 64, seed: 1, cpus: [])
    (plan.steering, plan.blackWay) = (.nic, way)
    return plan
  }

  @Test func eachThreadsQueuesAreTold() throws {
    let observed = Self.observed(isSteered: false)
    let found = try observed.queues(of: Self.plan(.udpRules)) { $0 == Replica(.gatewayARed) }
    let red = found.filter { $0.end == "gateway-a.red" }
    #expect(red.map(\.received) == [20, 40, 60] && red.allSatisfy { $0.ledBy == "hash-addresses" })
    #expect(red.map(\.queues) == [[0], [1], [2]])
    let black = found.filter { $0.end == "gateway-b.black" }
    #expect(black.map(\.received) == [6, 8] && black.map(\.queues) == [[0, 2], [1]])
    #expect(black.allSatisfy { $0.ledBy == "rules-udp-source" })
    #expect(found.filter { $0.end == "gateway-b.red" }.allSatisfy { $0.ledBy == "driver" })
  }

  @Test func aStageHasAllQueues() throws {
    let found = try Self.observed(isSteered: true).queues(of: Self.plan(.software)) { _ in true }
    let black = found.filter { $0.end == "gateway-a.black" }
    #expect(
      black.map(\.thread) == [5] && black.map(\.queues) == [[0, 1, 2]] && black.map(\.received) == [14])
    #expect(black.map(\.ledBy) == ["software"])
  }

  @Test func environmentTellsWhatPortsOffer() throws {
    let port = Results.Environment.Port(Self.offer)
    #expect(port.driver == "net_x" && port.hashes == ["addresses", "udp-ipv4"])
    #expect(port.rules == ["spi in ipv4", "udp-source in ipv4/udp"])
    #expect((port.receiveQueues, port.tableEntries, port.hashKeyBytes) == (8, 512, 40))
  }
}
