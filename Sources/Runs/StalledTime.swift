import Roles

/// Time in which threads had work and were off their cores. If there is too much of it, the sample, of
/// whatever kind, has a gap.
package struct StalledTime {
  private let busy: UInt64
  private let stalled: UInt64

  /// The ratio of stalled to busy ticks above which a sample says more about the machine than about the
  /// gateways.
  private static let most = 0.1

  package init(busy: UInt64, stalled: UInt64) { (self.busy, self.stalled) = (busy, stalled) }

  init(_ counters: some Sequence<StageReport.Counters>) {
    self.init(
      busy: counters.reduce(0) { $0 + $1.busyTicks }, stalled: counters.reduce(0) { $0 + $1.stalledTicks })
  }

  /// Whether all polls stalled, so that no cost is known.
  package var isAll: Bool { busy == 0 && stalled > 0 }

  /// The gap; nil if there is none. The sentence is the same for each sample, so that a case shows it once.
  /// - Parameter threads: the sentence's subject and verb, such as `the timed thread was`.
  package func gap(_ threads: String) -> String? {
    guard Double(stalled) > Self.most * Double(busy) else { return nil }
    return "\(threads) off the core for more than a tenth of the busy time; other programs want the cores"
  }

  /// The stalled times of the kinds of stages that had packets, but no cost, because all their polls stalled.
  static func ofUnknown(_ stages: [StageReport]) -> [StalledTime] {
    Dictionary(grouping: stages, by: \.stage).values
      .filter { alike in alike.contains { $0.counters.received > 0 } && alike.allSatisfy { $0.cost == nil } }
      .map { StalledTime($0.map(\.counters)) }
  }

  /// The gap if the gateways' threads that run these stages were off their cores too often; nil otherwise.
  static func gap(ofGateways stages: [StageReport]) -> String? {
    let whose = "a gateway's thread was"
    // A stage whose polls all stalled has no cost, even if the stalls are short beside other stages' work.
    return StalledTime(stages.map(\.counters)).gap(whose)
      ?? ofUnknown(stages).lazy.compactMap { $0.gap(whose) }.first
  }
}
