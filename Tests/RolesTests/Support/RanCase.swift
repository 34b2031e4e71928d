import Cases
import Foundation
import Roles
import Testing
import Wire

/// What a case that was run on ring links left behind.
struct RanCase {
  let stages: [StageReport]
  let accounts: Accounts
  let judgement: GeneratorReport
  /// Packet buffers that no one gave back.
  let buffersInUse: Int

  /// Sends at least `frames`, halts, waits until all have gone their way, and stops.
  init(_ plan: CasePlan, frames: UInt64) throws {
    let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
    try topology.start()
    topology.send(true)
    let isDone = waitUntil { Accounts(topology.report().stages, linksMayLose: false).sent >= frames }
    topology.send(false)
    let isDrained = RanCase.drain(topology)
    topology.stop()
    try #require(isDone, "\(frames) frames cannot be sent")
    try #require(isDrained, "frames are still under way")
    try self.init(stopped: topology)
  }

  /// What a topology has counted that does not run any more.
  init(stopped topology: Topology) throws {
    stages = topology.report().stages
    accounts = Accounts(stages, linksMayLose: false, impairment: topology.plan.impairment)
    judgement = try #require(topology.generatorReport())
    buffersInUse = topology.pool.inUse
  }

  /// Waits until no buffer is in use and nothing is counted any more, a few looks in a row.
  ///
  /// A generator that was off its CPU when it was halted may be about to send one more burst: of two polls
  /// that it ends from now on, the second knows.
  static func drain(_ topology: Topology) -> Bool {
    func idlePolls() -> UInt64 {
      topology.report().stages.first { $0.stage == "generate" }?.counters.emptyPolls ?? .max
    }
    let halted = min(idlePolls(), .max - 2) + 2
    var calm = 0
    var last: [UInt64] = []
    return waitUntil {
      let isHalted = idlePolls() >= halted
      let now = topology.report().stages.map(\.counters.received)
      calm = isHalted && now == last && topology.pool.inUse == 0 ? calm + 1 : 0
      last = now
      return calm == 5
    }
  }

  /// All frames that were dropped, whatever the reason.
  var dropped: UInt64 { stages.reduce(0) { $0 + $1.counters.dropped } }

  /// Frames that a full queue or an empty pool dropped. A plan with a rate loses such frames on a machine
  /// whose threads are off their CPUs while frames are due; that is no fault.
  var congested: UInt64 {
    DropReason.allCases.filter(\.isCongestion).reduce(0) { sum, reason in
      sum + stages.reduce(0) { $0 + $1.counters.drops[Int(reason.rawValue)] }
    }
  }
}
