import Cases
import Results
import Roles

extension ObservedSample {
  /// The packets that the queues of gateways' ports received, and the mechanism that steered them, over the
  /// whole sample, so that one gateway's sealed packets can be compared with the other's received ones.
  /// - Parameter hashes: whether a port has a table from hashes of addresses and ports to queues.
  /// - Throws: `RoleError.assignment`.
  package func queues(of plan: CasePlan, hashes: (Replica<LinkEnd>) -> Bool) throws -> [QueueRecord] {
    let layout = try GatewayLayout(plan)
    let stages = final.flatMap(\.stages)
    return LinkEnd.ofGateways.flatMap { end -> [QueueRecord] in
      let queues = layout.queues(at: end)
      let arrivals = layout.arrivals(at: end, queues: max(queues.receive, queues.transmit))
      return arrivals.compactMap { arrival in
        // A thread's first stage receives.
        let stage = stages.first { $0.role == end.role && $0.thread == arrival.thread }
        return stage.map {
          QueueRecord(
            end: arrival.port.name, thread: arrival.thread, queues: arrival.queues,
            received: $0.counters.received,
            ledBy: plan.leader(
              isBlack: end.isBlack, threads: arrivals.count { $0.port == arrival.port },
              hashes: hashes(arrival.port)))
        }
      }
    }
  }
}

extension CasePlan {
  /// The name of the mechanism that steers packets to the threads that receive from a port.
  fileprivate func leader(isBlack: Bool, threads: Int, hashes: Bool) -> String {
    if isBlack, let blackWay { return blackWay.name }
    if threads == 1 { return "none" }
    return hashes ? "hash-addresses" : "driver"
  }
}
