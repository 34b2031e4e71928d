/// The result of a rate search beside the figures of its sample: bounds, and every trial.
public struct SearchRecord: Codable, Sendable, Equatable {
  /// The result for one goal.
  public struct Goal: Codable, Sendable, Equatable {
    /// The goal's name, such as `ndr`.
    public var name: String
    /// The part of the frames that a trial may lose.
    public var lossRatio: Double
    /// The relevant lower bound, 10^6 frames a second: the result; nil if no load fulfils the goal.
    public var lowerMpps: Double?
    /// The relevant upper bound, 10^6 frames a second; nil if no load misses the goal.
    public var upperMpps: Double?
    /// The throughput at the lower bound, 10^6 frames per second (RFC 9971, conditional throughput).
    public var throughputMpps: Double?
    /// How the search ended, one of `RateResult.End`.
    public var end: String

    /// A goal's result.
    public init(
      name: String, lossRatio: Double, lowerMpps: Double?, upperMpps: Double?, throughputMpps: Double?,
      end: String
    ) {
      (self.name, self.lossRatio, self.end) = (name, lossRatio, end)
      (self.lowerMpps, self.upperMpps, self.throughputMpps) = (lowerMpps, upperMpps, throughputMpps)
    }
  }

  /// How a trial was used.
  public enum Use: String, Codable, Sendable, CaseIterable {
    /// The warm-up trial, which does not count.
    case warmUp = "warm-up"
    /// The trial counts.
    case counted
    /// A thread was off its core, and the trial was repeated.
    case repeated
    /// A latency trial after the search, at a share of the rate that was found.
    case timed
    /// A latency trial with a sink in the DUT's place.
    case floor
    /// A trial of the tester's own rate, with a sink in the DUT's place, before the first search at a frame
    /// size.
    case proof
  }

  /// One trial.
  public struct Trial: Codable, Sendable, Equatable {
    /// The load, 10^6 frames a second.
    public var loadMpps: Double
    /// Seconds for which frames were due.
    public var seconds: Double
    /// Seconds that it took, with what comes before and after the frames.
    public var durationSeconds: Double
    /// Frames that were offered in time.
    public var sent: UInt64
    /// Frames that were due and not offered in time.
    public var unsent: UInt64
    /// Frames that came out, the first time each.
    public var received: UInt64
    /// Frames that were offered and did not come out.
    public var lost: UInt64
    /// What came out beside these.
    public var duplicated: UInt64
    /// Frames that came after one that was sent later.
    public var reordered: UInt64
    /// Seconds for which one of the two threads was off its core.
    public var awaySeconds: Double
    /// Whether what is missing is no more than was due meanwhile.
    public var isDisturbed: Bool
    /// What became of it.
    public var use: Use
    /// Probes beside the frames; nil where there were none.
    public var probes: Probes?

    /// Frames of a flow of their own, which no other count has.
    public struct Probes: Codable, Sendable, Equatable {
      /// Probes that were offered.
      public var sent: UInt64
      /// Those of them that came out.
      public var received: UInt64

      /// Probes.
      public init(sent: UInt64, received: UInt64) { (self.sent, self.received) = (sent, received) }
    }

    /// A trial.
    public init(
      loadMpps: Double, seconds: Double, durationSeconds: Double, sent: UInt64, unsent: UInt64,
      received: UInt64, lost: UInt64, duplicated: UInt64, reordered: UInt64, awaySeconds: Double,
      isDisturbed: Bool, use: Use, probes: Probes? = nil
    ) {
      (self.loadMpps, self.seconds, self.durationSeconds) = (loadMpps, seconds, durationSeconds)
      (self.sent, self.unsent, self.received, self.lost) = (sent, unsent, received, lost)
      (self.duplicated, self.reordered, self.awaySeconds) = (duplicated, reordered, awaySeconds)
      (self.isDisturbed, self.use, self.probes) = (isDisturbed, use, probes)
    }
  }

  /// A result for each goal.
  public var goals: [Goal]
  /// The trials in their order.
  public var trials: [Trial]
  /// What the search took, seconds.
  public var seconds: Double

  /// A search.
  public init(goals: [Goal], trials: [Trial], seconds: Double) {
    (self.goals, self.trials, self.seconds) = (goals, trials, seconds)
  }
}
