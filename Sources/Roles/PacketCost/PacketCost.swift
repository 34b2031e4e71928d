import Dataplane

/// The cost of a packet in a stage or a loop, in ticks: the only place where counts become a cost
/// (docs/method.md).
public struct PacketCost: Equatable, Sendable {
  /// Ticks of all bursts over their packets.
  public let mean: Double
  /// A low quantile of the ticks per packet over full bursts: the cost while nobody else uses the core's
  /// execution units. nil if there are too few full bursts.
  public let undisturbed: Double?

  /// The quantile: a tenth of the bursts cost less.
  public static let share = 0.1
  /// The fewest full bursts of which a quantile is taken.
  public static let burstsMin: UInt64 = 32
  /// The least share of packets in full bursts; below it, full bursts are not typical of the stage.
  public static let fullShareMin = 0.25

  /// The figure that results show first.
  public var primary: Double { undisturbed ?? mean }

  /// How much disturbances increased the costs: the sum of the means over the sum of the undisturbed costs.
  /// nil without costs, or if an undisturbed cost is unknown.
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

  /// The cost of a packet that passes several stages one after the other; nil without stages, or if a cost is
  /// unknown.
  public init?(inTurn stages: [PacketCost?]) {
    let known = stages.compactMap { $0 }
    guard !known.isEmpty, known.count == stages.count else { return nil }
    mean = known.reduce(0) { $0 + $1.mean }
    let told = known.compactMap(\.undisturbed)
    undisturbed = told.count == known.count ? told.reduce(0, +) : nil
  }

  /// The average cost of a packet over stages that are alike, such as threads of the same kind, weighted by
  /// their packets; nil if none moved any.
  ///
  /// Each stage has its own quantile: a quantile over all their bursts would be that of the thread with the
  /// better core, or of the one that need not wait for another core's cache.
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
