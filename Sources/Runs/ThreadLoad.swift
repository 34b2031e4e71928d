import Cases
import Model
import Roles

/// The work of one gateway thread for each frame that the gateway carries in the thread's direction.
package struct ThreadLoad {
  /// The thread's role.
  package let role: RoleName
  /// Its number in the role.
  package let thread: Int
  /// Its stages' names, joined by `+`.
  package let stages: String
  /// Ticks per frame of the direction.
  package let ticks: Double

  /// The thread with the greatest load, by the counts of a window; nil if a stage moved nothing.
  ///
  /// A stage's cost is its average over all threads of its kind, in both gateways; a thread's share of the
  /// packets is its own. For a thread that was disturbed on a shared machine says nothing about the others,
  /// but one with more packets limits them all. Hostile packets cost work but are not goodput.
  /// - Parameters:
  ///   - isHostile: whether refused packets are an attacker's; otherwise they are honest, and count as lost
  /// elsewhere.
  ///   - clocks: ticks per second of each gateway's counter. If hosts differ, a stage's cost is that in its
  /// own gateway, and loads are compared in seconds.
  ///   - cost: the figure of a cost to be used.
  package static func greatest(
    of reports: [StageReport], refusing isHostile: Bool = true, clocks: [RoleName: Double] = [:],
    by cost: (PacketCost) -> Double = \.primary
  ) -> ThreadLoad? {
    var loads: [ThreadLoad] = []
    let isOneClock = isOne(clocks)
    for role in Set(reports.map(\.role)) {
      let alike = StageReport.costs(of: isOneClock ? reports : reports.filter { $0.role == role })
      let mine = reports.filter { $0.role == role && !Impairment.stages.contains($0.stage) }
      let kinds = Dictionary(grouping: mine, by: \.stage)
      var costs: [String: (ticks: Double, packets: Double)] = [:]
      for (stage, members) in kinds {
        let received = members.reduce(0) { $0 + $1.counters.received }
        // Fill packets are not goodput either.
        let fills = stage == "seal" ? reports.sum(\.transmitted, role, FillPackets.stage) : 0
        let more = fills + reports.pieces(at: stage, of: role)
        let others = more + (isHostile ? refused(from: stage, among: mine) : 0)
        guard let found = alike[stage], received > others else { return nil }
        costs[stage] = (cost(found), Double(received - others))
      }
      for (thread, stages) in Dictionary(grouping: mine, by: \.thread) {
        let ticks = stages.reduce(0.0) { sum, stage in
          guard let cost = costs[stage.stage] else { return sum }
          return sum + cost.ticks * Double(stage.counters.received) / cost.packets
        }
        let names = stages.map(\.stage).joined(separator: "+")
        loads.append(ThreadLoad(role: role, thread: thread, stages: names, ticks: ticks))
      }
    }
    func seconds(_ load: ThreadLoad) -> Double { load.ticks / (isOneClock ? 1 : clocks[load.role] ?? 1) }
    return loads.max { (seconds($0), $1.thread) < (seconds($1), $0.thread) }
  }

  /// Whether the gateways' counters tick at the same rate, to one percent: each host measures its own.
  package static func isOne(_ clocks: [RoleName: Double]) -> Bool {
    guard let one = clocks[.gatewayA], let other = clocks[.gatewayB], other > 0 else { return true }
    return abs(one / other - 1) < 0.01
  }

  /// Packets that a stage, or a later one of its direction, refuses.
  private static func refused(from stage: String, among reports: [StageReport]) -> UInt64 {
    guard let kind = StageKind(rawValue: stage) else { return 0 }
    let way = StageKind.wayThrough(kind.direction)
    let later = Set(way.drop { $0 != kind }.map(\.rawValue))
    return reports.filter { later.contains($0.stage) }.reduce(0) { $0 + $1.refused }
  }
}
