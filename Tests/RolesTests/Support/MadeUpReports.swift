import Dataplane
import Roles
import Wire

/// A stage's report with counts of one's own choice.
func report(
  of role: RoleName, _ stage: String, thread: Int = 0, received: UInt64, transmitted: UInt64,
  _ drops: [DropReason: UInt64] = [:]
) -> StageReport {
  var counts = [UInt64](repeating: 0, count: StageCounters.dropReasons)
  for (reason, packets) in drops { counts[Int(reason.rawValue)] = packets }
  return StageReport(
    role: role, stage: stage, thread: thread, cpu: 0,
    counters: StageSnapshot(
      received: received, transmitted: transmitted, busyPolls: 0, emptyPolls: 0, busyTicks: 0,
      busyPackets: 0, stalledPolls: 0, stalledTicks: 0, drops: counts))
}
