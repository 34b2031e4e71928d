import Cases
import Dataplane
import Roles
import Wire

/// A stage's report with counts of one's own choice.
func report(
  of role: RoleName, _ stage: String, thread: Int = 0, received: UInt64, transmitted: UInt64,
  _ drops: [DropReason: UInt64] = [:]
) -> StageReport {
  let none = StageCounters()
  defer { none.deallocate() }
  var counters = none.snapshot
  counters.received = received
  counters.transmitted = transmitted
  for (reason, packets) in drops { counters.drops[Int(reason.rawValue)] = packets }
  return StageReport(role: role, stage: stage, thread: thread, cpu: 0, counters: counters)
}
