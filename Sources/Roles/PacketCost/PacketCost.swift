import Dataplane

/// What a packet costs a stage or a loop, ticks: the one place where counts become a cost (docs/method.md).
public struct PacketCost: Equatable, Sendable {
  /// Ticks of all bursts over their packets.
  public let mean: Double
  /// A low quantile over full bursts of the ticks per packet: what a packet costs while nobody else uses the
  /// core's execution units. nil where there are too few full bursts to tell.
  public let undisturbed: Double?

  /// The quantile: a tenth of the bursts cost less.
  public static let share = 0.1
  /// So few full bursts have no tail to tell a quantile from.
  public static let burstsMin: UInt64 = 32
  /// The part of the packets that must have come in full bursts, or these are not what the stage does.
  public static let fullShareMin = 0.25

  /// The figure that results tell first.
  public var primary: Double { undisturbed ?? mean }

  /// By how much disturbances made costs greater: all means over all undisturbed ones. nil where one of these
  /// is not known, or there is none.
  public static func disturbance(of costs: some Collection<PacketCost>) -> Double? {
    guard !costs.isEmpty, costs.allSatisfy({ $0.undisturbed != nil }) else { return nil }
    return costs.reduce(0) { $0 + $1.mean } / costs.reduce(0) { $0 + $1.primary }
  }

  /// A cost by its parts.
  public init(mean: Double, undisturbed: Double?) { (self.mean, self.undisturbed) = (mean, undisturbed) }

  /// The cost of `packets` that took `ticks` together; nil if there were none.
  public init?(packets: UInt64, ticks: UInt64, _ fullBursts: TickCounts) {
    guard packets > 0 else { return nil }
    mean = Double(ticks) / Double(packets)
    let bursts = fullBursts.bursts
    let isTelling =
      bursts >= Self.burstsMin
      && Double(bursts) * Double(Burst.capacity) >= Self.fullShareMin * Double(packets)
    undisturbed = isTelling ? fullBursts.quantile(Self.share) : nil
  }

  /// What a packet costs stages that it passes one after the other; nil if there are none, or if one is not
  /// known.
  public init?(inTurn stages: [PacketCost?]) {
    let known = stages.compactMap { $0 }
    guard !known.isEmpty, known.count == stages.count else { return nil }
    mean = known.reduce(0) { $0 + $1.mean }
    let told = known.compactMap(\.undisturbed)
    undisturbed = told.count == known.count ? told.reduce(0, +) : nil
  }

  /// What a packet costs on average over stages that are alike, such as the threads of a kind, by their
  /// packets; nil if none moved any.
  ///
  /// Each stage has its own quantile: one over all their bursts would be that of the thread which happens to
  /// sit on the better core, or that need not wait for another core's cache.
  public init?(alike stages: [(cost: PacketCost, packets: UInt64)]) {
    func average(_ values: [(Double, packets: Double)]) -> Double {
      values.reduce(0) { $0 + $1.0 * $1.packets } / values.reduce(0) { $0 + $1.packets }
    }
    let packets = stages.reduce(0.0) { $0 + Double($1.packets) }
    guard packets > 0 else { return nil }
    mean = average(stages.map { ($0.cost.mean, Double($0.packets)) })
    let told = stages.compactMap { stage in
      stage.cost.undisturbed.map { ($0, packets: Double(stage.packets)) }
    }
    undisturbed = told.reduce(0) { $0 + $1.packets } >= packets / 2 ? average(told) : nil
  }
}
