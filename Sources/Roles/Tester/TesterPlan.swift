import Dataplane
import Model

/// How a tester tests a single gateway, ours or a third party's, as a DUT between its ports.
///
/// The DUT is gateway A of the case; the tester plays the generator before it and gateway B behind it. It
/// makes frames before it sends them, so that it sends faster than any gateway seals or opens, and each
/// sealed frame has a sequence number of its own.
public struct TesterPlan: Codable, Equatable, Sendable {
  /// The case: format, AEAD, frames, keys. Devices are those of `generator` and `gatewayBBlack`.
  public var gateway: CasePlan
  /// Memory for the prepared frames of a round, bytes.
  public var storeBytes = 16 << 20
  /// The most frames of a turn.
  public var framesMax: Int

  /// A tester of a case's gateway A.
  public init(gateway: CasePlan, framesMax: Int) { (self.gateway, self.framesMax) = (gateway, framesMax) }
}

/// One turn of a tester.
public struct TesterTurn: Codable, Equatable, Sendable {
  /// What the gateway does: it seals inner packets from its red port, or opens sealed packets from its black
  /// port.
  public var direction: StageKind.Direction
  /// How often each frame is sent in a row: 1, or 2 to see how the gateway treats replays.
  public var copies = 1
  /// Frames of this turn; nil for the plan's most.
  public var frames: Int?

  /// A turn of fresh frames.
  public init(_ direction: StageKind.Direction) { self.direction = direction }
}

/// The result of a tester's turn.
public struct TesterReport: Codable, Equatable, Sendable {
  /// What a stage of the DUT counted in the steady part of a turn.
  public struct DUTStage: Codable, Equatable, Sendable {
    /// One of `StageKind`.
    public var stage: String
    /// Packets and ticks of its busy polls.
    public var counts: StageBusyCount
    /// The busy polls that moved a full burst.
    public var fullBursts: TickCounts

    /// A stage's counts.
    public init(stage: String, counts: StageBusyCount, fullBursts: TickCounts = TickCounts()) {
      (self.stage, self.counts, self.fullBursts) = (stage, counts, fullBursts)
    }

    /// The stage's cost of a packet; nil if it moved none.
    public var cost: PacketCost? {
      PacketCost(packets: counts.packets, ticks: counts.ticks, fullBursts)
    }

    func adding(_ other: DUTStage) -> DUTStage {
      DUTStage(
        stage: stage, counts: counts + other.counts, fullBursts: fullBursts + other.fullBursts)
    }
  }

  /// Frames that the DUT's port took.
  public var sent: UInt64 = 0
  /// Frames that came out of the DUT.
  public var arrived: UInt64 = 0
  /// Arrivals in a lap; laps divide the steady part of the turn.
  public var lapFrames: UInt64 = 0
  /// Ticks of each lap, in order, scaled to `lapFrames` arrivals.
  public var lapTicks: [UInt64] = []
  /// Arrivals of all laps together.
  public var steadyFrames: UInt64 = 0
  /// Ticks of all laps together.
  public var steadyTicks: UInt64 = 0
  /// The ticks at which the first lap began, and the arrivals before it.
  var steadyStart: UInt64 = 0
  var steadyFirst: UInt64 = 0
  /// What the DUT's stages counted during the laps; empty for a DUT in another process.
  public var dut: [DUTStage] = []
  /// Ticks of the steady part.
  public var ticks: UInt64 = 0
  /// Ticks in which the tester had nothing to do: the DUT's port was full, and nothing had arrived.
  public var idleTicks: UInt64 = 0
  /// Arrivals whose content was checked.
  public var checked: UInt64 = 0
  /// Checked arrivals with wrong content.
  public var wrong: UInt64 = 0
  /// Ticks of the time-stamp counter in a second.
  public var ticksPerSecond: UInt64 = 0

  /// An empty report.
  public init() {}

  /// Adds a round of the same turn.
  mutating func add(_ round: TesterReport) {
    sent += round.sent
    arrived += round.arrived
    lapFrames = round.lapFrames
    lapTicks += round.lapTicks
    steadyFrames += round.steadyFrames
    steadyTicks += round.steadyTicks
    dut = dut.isEmpty ? round.dut : zip(dut, round.dut).map { $0.adding($1) }
    ticks += round.ticks
    idleTicks += round.idleTicks
    checked += round.checked
    wrong += round.wrong
    ticksPerSecond = round.ticksPerSecond
  }

  /// Ticks per frame: a quantile over laps, the same one that a stage's cost is over bursts, for a DUT's
  /// bursts are invisible from outside. nil without a lap.
  public var ticksPerFrame: Double? {
    guard lapFrames > 0, !lapTicks.isEmpty else { return nil }
    return Double(lapTicks.sorted()[Int(PacketCost.share * Double(lapTicks.count - 1))]) / Double(lapFrames)
  }

  /// Mean ticks per frame over all laps, seen from outside; nil without a lap.
  public var meanTicksPerFrame: Double? {
    steadyFrames > 0 ? Double(steadyTicks) / Double(steadyFrames) : nil
  }

  /// The DUT's cost of a frame by its own polls: the sum over its stages, which run in turn on one core. nil
  /// if a stage moved nothing, or the DUT is in another process.
  public var dutCost: PacketCost? { PacketCost(inTurn: dut.map(\.cost)) }

  /// The rate seen from outside over the capacity computed from the DUT's polls, less 1: both are means over
  /// the same laps. Below 0 if less came out.
  public var capacityError: Double? {
    dutCost.flatMap { own in meanTicksPerFrame.map { own.mean / $0 - 1 } }
  }

  /// The same ratio for the least disturbed laps and the undisturbed capacity, which figures show.
  public var undisturbedCapacityError: Double? {
    dutCost?.undisturbed.flatMap { own in ticksPerFrame.map { own / $0 - 1 } }
  }

  /// The share of the laps' time in which the DUT's core had nothing to do, 0 to 1; nil if it is not watched.
  public var dutIdleRatio: Double? {
    guard !dut.isEmpty, steadyTicks > 0 else { return nil }
    let busy = dut.reduce(0) { $0 + Double($1.counts.ticks) + Double($1.counts.stalledTicks) }
    return max(0, 1 - busy / Double(steadyTicks))
  }

  /// The share of the steady time in which the tester waited for the DUT, 0 to 1.
  public var idleRatio: Double { ticks > 0 ? Double(idleTicks) / Double(ticks) : 0 }
}
