import Cases
import Dataplane
import Model
import Wire

/// A stage's counters with its role, thread and CPU.
public struct StageReport: Codable, Equatable, Sendable {
  /// What a stage counts.
  public typealias Counters = StageSnapshot

  /// The role that the stage belongs to.
  public var role: RoleName
  /// `generate`, `collect`, `reflect`, or one of `StageKind`.
  public var stage: String
  /// The number of the stage's thread in the role: gateways count sealing threads before opening ones;
  /// several generators, or reflectors, have one thread each.
  public var thread: Int
  /// The CPU that it runs on.
  public var cpu: Int
  /// Totals since the stage was made.
  public var counters: Counters

  /// A report.
  public init(role: RoleName, stage: String, thread: Int, cpu: Int, counters: StageSnapshot) {
    self.role = role
    self.stage = stage
    self.thread = thread
    self.cpu = cpu
    self.counters = counters
  }

  /// The name for messages, such as `gateway-a seal 0`.
  public var name: String { "\(role.rawValue) \(stage) \(thread)" }

  /// The role with its replica number.
  package var player: Replica<RoleName> {
    Replica(role, RoleName.gateways.contains(role) ? 0 : thread)
  }

  /// Whether the stage belongs to a gateway; impairment of a link, for example, does not.
  public var isOfGateway: Bool { StageKind(rawValue: stage) != nil }

  /// The counts since an earlier report of the same stage.
  public func since(_ earlier: StageReport) -> StageReport {
    var report = self
    report.counters = counters - earlier.counters
    return report
  }

  /// The stage's cost of a packet; nil if it moved none.
  public var cost: PacketCost? {
    PacketCost(packets: counters.busyPackets, ticks: counters.busyTicks, counters.fullBursts)
  }

  /// The cost of a packet by stage name, over all threads and gateways that have this stage.
  public static func costs(of reports: some Sequence<StageReport>) -> [String: PacketCost] {
    Dictionary(grouping: reports, by: \.stage).compactMapValues { alike in
      PacketCost(
        alike: alike.compactMap { stage in stage.cost.map { ($0, stage.counters.busyPackets) } })
    }
  }

  /// Packets dropped for reasons that do not occur in an honest run.
  public var refused: UInt64 {
    DropReason.allCases.reduce(0) { $0 + ($1.isHonest ? 0 : counters.dropped(for: $1)) }
  }

  /// Dropped packets by the reason's name, where there were any.
  public var drops: [String: UInt64] {
    var result: [String: UInt64] = [:]
    for reason in DropReason.allCases where counters.dropped(for: reason) > 0 {
      result[reason.name] = counters.dropped(for: reason)
    }
    return result
  }
}

extension StageSnapshot {
  /// Packets that were dropped for a reason.
  public func dropped(for reason: DropReason) -> UInt64 { drops[Int(reason.rawValue)] }
}

extension Sequence<StageReport> {
  /// The sum of a count over stages, of this role and with this name if these are given.
  public func sum(
    _ value: (StageReport.Counters) -> UInt64, _ role: RoleName? = nil, _ stage: String? = nil
  ) -> UInt64 {
    reduce(0) { sum, report in
      let isMeant = report.role == role ?? report.role && report.stage == stage ?? report.stage
      return isMeant ? sum + value(report.counters) : sum
    }
  }
}

extension Sequence<StageReport> {
  /// The fragments beyond one for each frame among the packets that a gateway's stage received. Where inner
  /// packets are cut, `seal` receives the gateway's own fragments, and `open` those of the other gateway.
  package func pieces(at stage: String, of role: RoleName) -> UInt64 {
    guard contains(where: { $0.stage == FragmentStages.cut }) else { return 0 }
    let own = sum(\.transmitted, role, FragmentStages.pieces)
    return switch stage {
    case StageKind.seal.rawValue: own
    case StageKind.open.rawValue: sum(\.transmitted, nil, FragmentStages.pieces) - own
    default: 0
    }
  }
}

/// All stages of a process at one moment.
public struct TopologyReport: Codable, Equatable, Sendable {
  /// The time-stamp counter when the counters were read.
  public var ticks: UInt64
  /// Ticks of the time-stamp counter in a second.
  public var ticksPerSecond: UInt64
  /// Whether each of the dataplane threads on these CPUs has a CPU of its own.
  public var isUnshared: Bool
  /// Whether every link of this process is up.
  public var areLinksUp: Bool
  /// The stages of this process.
  public var stages: [StageReport]
  /// Round-trip times so far; nil if the generator is in another process or frames carry no times.
  public var latency: [LatencyBin]?
  /// The renewal of associations so far; nil if none are renewed here.
  public var rekeys: RekeyReport?

  /// A report by its parts.
  package init(
    ticks: UInt64, ticksPerSecond: UInt64, isUnshared: Bool, areLinksUp: Bool, stages: [StageReport],
    latency: [LatencyBin]? = nil, rekeys: RekeyReport? = nil
  ) {
    (self.ticks, self.ticksPerSecond) = (ticks, ticksPerSecond)
    (self.isUnshared, self.areLinksUp, self.stages) = (isUnshared, areLinksUp, stages)
    (self.latency, self.rekeys) = (latency, rekeys)
  }
}

extension TopologyReport {
  /// The counts of each stage since an earlier report of the same process.
  public func stages(since earlier: TopologyReport) -> [StageReport] {
    zip(earlier.stages, stages).map { $1.since($0) }
  }

  /// The time since an earlier report of the same process.
  public func seconds(since earlier: TopologyReport) -> Double {
    Double(ticks &- earlier.ticks) / Double(ticksPerSecond)
  }
}

/// The renewal of associations while packets flow, both directions together.
public struct RekeyReport: Codable, Equatable, Sendable {
  /// The packets of one generation, of all associations.
  public struct Generation: Codable, Equatable, Sendable {
    /// Packets sealed.
    public var sealed: UInt64 = 0
    /// Packets opened.
    public var opened: UInt64 = 0
  }

  /// Associations that replaced an older one.
  public var rekeys: UInt64 = 0
  /// Renewals made because sequence numbers ran out.
  public var byNumbers: UInt64 = 0
  /// Renewals that were due while the previous one was still in progress.
  public var late: UInt64 = 0
  /// Old associations whose packets are refused by now.
  public var retired: UInt64 = 0
  /// Packets under each generation, from the first on; complete once all threads have stopped.
  public var generations: [Generation] = []
  /// The times from an association's publication to its first opened packet, over those whose predecessor is
  /// retired.
  public var firstPackets: [LatencyBin] = []
  /// Why renewal stopped; nil if it did not fail.
  public var failure: String?

  /// Nothing yet.
  package init() {}

  mutating func note(_ generation: Int, sealed: UInt64 = 0, opened: UInt64 = 0) {
    while generations.count <= generation { generations.append(Generation()) }
    generations[generation].sealed += sealed
    generations[generation].opened += opened
  }
}

/// The generator's results beyond its stages' counters.
public struct GeneratorReport: Codable, Equatable, Sendable {
  /// Frames that came back behind a later frame of their flow.
  public var reordered: UInt64
  /// Polls in which frames were due and the pool was empty.
  public var dryPolls: UInt64
  /// Round-trip times; empty without timestamps.
  public var latency: [LatencyBin]

  init(_ state: GeneratorState) {
    reordered = state.reordered
    dryPolls = state.dryPolls
    latency = state.histogram.snapshot
  }

  /// The results of two generators; each one's times are in ticks of its own counter.
  package func with(_ other: GeneratorReport) -> GeneratorReport {
    var sum = self
    sum.reordered += other.reordered
    sum.dryPolls += other.dryPolls
    sum.latency += other.latency
    return sum
  }
}
