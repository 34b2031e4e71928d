import Dataplane
import Model

/// How a tester tests one gateway alone, ours or somebody else's, as a DUT between its ports.
///
/// The gateway is gateway A of the case; the tester stands for the generator before it and for gateway B
/// behind it. It makes all frames before it sends any, so that it can send them faster than any gateway seals
/// or opens, and every sealed one has a sequence number of its own.
public struct TesterPlan: Codable, Equatable, Sendable {
  /// The case: format, AEAD, frames, keys. Devices are those of `generator` and `gatewayBBlack`.
  public var gateway: CasePlan
  /// Memory for frames that lie ready, bytes; enough for those of a round.
  public var storeBytes = 16 << 20
  /// Most frames of a turn.
  public var framesMax: Int

  /// A tester of a case's gateway A.
  public init(gateway: CasePlan, framesMax: Int) { (self.gateway, self.framesMax) = (gateway, framesMax) }
}

/// One turn of a tester.
public struct TesterTurn: Codable, Equatable, Sendable {
  /// What the gateway does: seals inner packets, which come to its red port, or opens sealed ones, which come
  /// to its black port.
  public var direction: StageKind.Direction
  /// How often each sealed frame is sent in a row: 1, or 2 to see what the gateway does with replays.
  public var copies = 1
  /// Frames of this turn; nil for as many as the plan allows.
  public var frames: Int?

  /// A turn of fresh frames.
  public init(_ direction: StageKind.Direction) { self.direction = direction }
}

/// What came of a tester's turn.
public struct TesterReport: Codable, Equatable, Sendable {
  /// What a stage of the DUT has counted in the steady part.
  public struct DUTStage: Codable, Equatable, Sendable {
    /// One of `StageKind`.
    public var stage: String
    /// What its polls were busy with.
    public var counts: StageBusyCount
    /// Those of them that moved a full burst.
    public var fullBursts: TickCounts

    /// A stage's counts.
    public init(stage: String, counts: StageBusyCount, fullBursts: TickCounts = TickCounts()) {
      (self.stage, self.counts, self.fullBursts) = (stage, counts, fullBursts)
    }

    /// What a packet costs it; nil if it moved nothing.
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
  /// Arrivals between two marks of the clock, in the steady part of the turn.
  public var lapFrames: UInt64 = 0
  /// Ticks of each of these laps, in order.
  public var lapTicks: [UInt64] = []
  /// Arrivals of all laps together.
  public var steadyFrames: UInt64 = 0
  /// Ticks of all laps together.
  public var steadyTicks: UInt64 = 0
  /// When the first lap began, and after how many arrivals.
  var steadyStart: UInt64 = 0
  var steadyFirst: UInt64 = 0
  /// What the DUT's stages counted during the laps; empty where it is in another process.
  public var dut: [DUTStage] = []
  /// Ticks of the steady part.
  public var ticks: UInt64 = 0
  /// Those of them in which the tester had nothing to do: the DUT's port was full, and nothing had arrived.
  public var idleTicks: UInt64 = 0
  /// Arrivals that were looked into.
  public var checked: UInt64 = 0
  /// Those of them that were not what they had to be.
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

  /// Ticks per frame: the quantile over laps that a stage's cost is over bursts, for nobody sees a DUT's
  /// bursts from without. nil if there was no lap.
  public var ticksPerFrame: Double? {
    guard lapFrames > 0, !lapTicks.isEmpty else { return nil }
    return Double(lapTicks.sorted()[Int(PacketCost.share * Double(lapTicks.count - 1))]) / Double(lapFrames)
  }

  /// Ticks per frame over all laps, seen from outside; nil if there was none.
  public var meanTicksPerFrame: Double? {
    steadyFrames > 0 ? Double(steadyTicks) / Double(steadyFrames) : nil
  }

  /// What a frame costs the DUT by its own polls. Its stages run in turn on one core, so it is the sum of
  /// theirs. nil if a stage moved nothing, or none is known.
  public var dutCost: PacketCost? { PacketCost(inTurn: dut.map(\.cost)) }

  /// By how much the rate seen from outside differs from the capacity that the DUT's polls say, as a share of
  /// the latter, over the same laps, both of them means; below 0 where less came out.
  public var capacityError: Double? {
    dutCost.flatMap { own in meanTicksPerFrame.map { own.mean / $0 - 1 } }
  }

  /// The same of the least disturbed laps and the undisturbed capacity, which is what figures show.
  public var undisturbedCapacityError: Double? {
    dutCost?.undisturbed.flatMap { own in ticksPerFrame.map { own / $0 - 1 } }
  }

  /// The part of the laps' time in which the DUT's core had nothing to do, 0 to 1; nil if it is not watched.
  public var dutIdleRatio: Double? {
    guard !dut.isEmpty, steadyTicks > 0 else { return nil }
    let busy = dut.reduce(0) { $0 + Double($1.counts.ticks) + Double($1.counts.stalledTicks) }
    return max(0, 1 - busy / Double(steadyTicks))
  }

  /// The part of the time in which the tester waited for the DUT, 0 to 1.
  public var idleRatio: Double { ticks > 0 ? Double(idleTicks) / Double(ticks) : 0 }
}
