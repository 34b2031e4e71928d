import Roles

/// Time in which threads had work and were off their cores: what this machine does not let a sample show, for
/// samples of every kind alike.
package struct StalledTime {
  private let busy: UInt64
  private let stalled: UInt64

  /// Stalled over busy ticks above which a sample tells more of the machine than of the gateways.
  private static let most = 0.1

  package init(busy: UInt64, stalled: UInt64) { (self.busy, self.stalled) = (busy, stalled) }

  init(_ counters: some Sequence<StageReport.Counters>) {
    self.init(
      busy: counters.reduce(0) { $0 + $1.busyTicks }, stalled: counters.reduce(0) { $0 + $1.stalledTicks })
  }

  /// Whether nothing but stalls is known.
  package var isAll: Bool { busy == 0 && stalled > 0 }

  /// The gap; nil if there is none. The same for each sample, so that a case tells it once.
  /// - Parameter threads: whose they are, with the verb, such as `the timed thread was`.
  package func gap(_ threads: String) -> String? {
    guard Double(stalled) > Self.most * Double(busy) else { return nil }
    return "\(threads) off the core for more than a tenth of the busy time; other programs want the cores"
  }

  /// Those of the kinds of stages that had packets, but stalled polls alone, so that they have no cost.
  static func ofUnknown(_ stages: [StageReport]) -> [StalledTime] {
    Dictionary(grouping: stages, by: \.stage).values
      .filter { alike in alike.contains { $0.counters.received > 0 } && alike.allSatisfy { $0.cost == nil } }
      .map { StalledTime($0.map(\.counters)) }
  }

  /// That gateways' threads, whose stages these are, were off their cores too often; nil if they were not.
  static func gap(ofGateways stages: [StageReport]) -> String? {
    let whose = "a gateway's thread was"
    // A stage all of whose polls were stalled has no cost, however short these were beside others' work.
    return StalledTime(stages.map(\.counters)).gap(whose)
      ?? ofUnknown(stages).lazy.compactMap { $0.gap(whose) }.first
  }
}
