/// What one gateway alone is fed with, and through which ports: a black box between them, the program of
/// somebody else included.
///
/// The gateway is gateway A of the case; the feed stands for the generator before it and for gateway B behind
/// it. It makes all frames before it sends any, so that it can send them faster than any gateway seals or
/// opens, and every sealed one has a sequence number of its own.
public struct FeedPlan: Codable, Equatable, Sendable {
  /// The case: format, AEAD, frames, keys. Devices are those of `generator` and `gatewayBBlack`.
  public var gateway: CasePlan
  /// Memory for frames that lie ready, bytes.
  public var storeBytes = 512 << 20
  /// Most frames of a turn.
  public var framesMax: Int

  /// A feed of a case's gateway A.
  public init(gateway: CasePlan, framesMax: Int) { (self.gateway, self.framesMax) = (gateway, framesMax) }
}

/// One turn of a feed.
public struct FeedTurn: Codable, Equatable, Sendable {
  /// Which side of the gateway is fed.
  public enum Side: String, Codable, CaseIterable, Sendable {
    /// Inner packets into the red port; sealed ones are expected at the black one.
    case seal
    /// Sealed packets into the black port; inner ones are expected at the red one.
    case open
  }
  /// Which side is fed.
  public var side: Side
  /// How often each sealed frame is sent in a row: 1, or 2 to see what the gateway does with replays.
  public var copies = 1
  /// Frames of this turn; nil for as many as the plan allows.
  public var frames: Int?

  /// A turn of fresh frames.
  public init(side: Side) { self.side = side }
}

/// What came of a feed's turn.
public struct FeedReport: Codable, Equatable, Sendable {
  /// Frames that the gateway's port took.
  public var sent: UInt64 = 0
  /// Frames that came out of the gateway.
  public var arrived: UInt64 = 0
  /// Arrivals between two marks of the clock, in the steady part of the turn.
  public var lapFrames: UInt64 = 0
  /// Ticks of each of these laps, in order.
  public var lapTicks: [UInt64] = []
  /// Ticks of the steady part, and those of them in which the feed had nothing to do: the gateway's port was
  /// full, and nothing had arrived.
  public var ticks: UInt64 = 0
  /// As above.
  public var idleTicks: UInt64 = 0
  /// Arrivals that were looked into.
  public var checked: UInt64 = 0
  /// Those of them that were not what they had to be.
  public var wrong: UInt64 = 0
  /// Ticks of the time-stamp counter in a second.
  public var ticksPerSecond: UInt64 = 0

  /// An empty report.
  public init() {}

  /// Ticks per frame: the quantile over laps that a stage's cost is over bursts, for nobody sees a DUT's
  /// bursts from without. nil if there was no lap.
  public var ticksPerFrame: Double? {
    guard lapFrames > 0, !lapTicks.isEmpty else { return nil }
    return Double(lapTicks.sorted()[Int(PacketCost.share * Double(lapTicks.count - 1))]) / Double(lapFrames)
  }

  /// The part of the time in which the feed waited for the gateway, 0 to 1.
  public var idleRatio: Double { ticks > 0 ? Double(idleTicks) / Double(ticks) : 0 }
}
