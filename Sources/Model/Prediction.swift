/// What the model says of one assignment.
public struct Prediction: Equatable, Sendable {
  /// What holds the rate down.
  public enum Bottleneck: Equatable, Sendable {
    /// A stage, and the thread of its direction that is slowest for it.
    case stage(StageKind, thread: Int)
    /// A limit that all threads share, by its name.
    case limit(String)

    /// For a table: the stage as result files name it, or the limit's name.
    public var name: String {
      switch self {
      case .stage(let kind, _): kind.rawValue
      case .limit(let name): name
      }
    }
  }

  /// What one thread has to do.
  public struct ThreadLoad: Equatable, Sendable {
    /// The direction that it works for.
    public let direction: StageKind.Direction
    /// Its number within the direction, from 0, in the order of `DirectionAssignment`.
    public let thread: Int
    /// Its stages in polling order.
    public let stages: [StageKind]
    /// The part of each of them in its load, in their order.
    public let stageTicksPerPacket: [Double]

    /// Its load, ticks per packet of the *direction*: what it does for all packets, over all packets.
    public var ticksPerPacket: Double { stageTicksPerPacket.reduce(0, +) }
  }

  /// The rate at which each direction carries packets; all directions carry the same.
  public let packetsPerSecond: Double
  /// The rate that the threads alone would allow, without shared limits.
  public let threadsPacketsPerSecond: Double
  /// What holds `packetsPerSecond` down.
  public let bottleneck: Bottleneck
  /// The load of every thread: the seal direction's first.
  public let loads: [ThreadLoad]

  /// By how much the model was wrong: predicted ÷ observed − 1, so 0.1 is a prediction that is 10 % too high.
  /// nil unless `observed` is above 0 and both are finite.
  public static func error(_ predicted: Double, observed: Double) -> Double? {
    observed > 0 && observed.isFinite && predicted.isFinite ? predicted / observed - 1 : nil
  }

  /// Goodput, Gbit/s: packets × frame × 8, the frame with its frame check sequence.
  public func goodputGbps(frameBytes: Int) -> Double {
    Goodput.gbps(packetsPerSecond: packetsPerSecond, frameBytes: frameBytes)
  }
}

/// Goodput and the packet rate behind it.
public enum Goodput {
  /// Gbit/s at a packet rate.
  public static func gbps(packetsPerSecond: Double, frameBytes: Int) -> Double {
    packetsPerSecond * Double(frameBytes) * 8 / 1e9
  }

  /// The packet rate at a goodput in Gbit/s.
  public static func packetsPerSecond(gbps: Double, frameBytes: Int) -> Double {
    gbps * 1e9 / (Double(frameBytes) * 8)
  }
}
