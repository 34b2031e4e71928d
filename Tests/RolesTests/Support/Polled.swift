import Cases
import Dataplane
import Roles
import Testing

extension Topology {
  /// Every stage, in the order in which the topology's threads were made.
  var stages: [AnyStage] { threads.flatMap { $0.stages.map(\.stage) } }

  /// Polls each stage once, on the calling thread.
  /// - Returns: how many packets they moved.
  @discardableResult
  func turn(_ stages: [AnyStage]) -> Int { stages.reduce(0) { $0 + $1.poll() } }
}

extension RanCase {
  /// The same case with all stages on the calling thread, one after the other: no thread can lag, so the
  /// outcome does not depend on the machine's load.
  init(polled plan: CasePlan, frames: UInt64) throws {
    let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
    let stages = topology.stages
    topology.send(true)
    var sent: UInt64 = 0
    var turns = 0
    while sent < frames, turns < 1_000_000 {
      for _ in 0..<16 { topology.turn(stages) }
      sent = stages[0].counters.snapshot.received
      turns += 1
    }
    topology.send(false)
    var calm = 0
    while calm < 200, turns < 2_000_000 {
      calm = topology.turn(stages) == 0 ? calm + 1 : 0
      turns += 1
    }
    try #require(sent >= frames, "\(frames) frames cannot be sent")
    try #require(calm == 200, "frames are still under way")
    try self.init(stopped: topology)
  }
}
