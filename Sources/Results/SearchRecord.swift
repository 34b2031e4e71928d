/// The details of a rate search: bounds and trials. The resulting rates are metrics of the sample.
public struct SearchRecord: Codable, Sendable, Equatable {
  /// The result for one goal.
  public struct Goal: Codable, Sendable, Equatable {
    /// The goal's name, such as `ndr`.
    public var name: String
    /// The share of frames that a trial may lose.
    public var lossRatio: Double
    /// The relevant lower bound in 10^6 frames per second, which is the result; nil if no load fulfils the
    /// goal.
    public var lowerMpps: Double?
    /// The relevant upper bound in 10^6 frames per second; nil if every load fulfils the goal.
    public var upperMpps: Double?
    /// The throughput at the lower bound in 10^6 frames per second (conditional throughput in RFC 9971).
    public var throughputMpps: Double?
    /// How the search ended: one of `RateResult.End`.
    public var end: String

    /// Makes the result of a goal from its parts.
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
    /// The trial was repeated because a thread was off its core.
    case repeated
    /// A latency trial after the search, at a share of the rate found.
    case timed
    /// A latency trial without a DUT: a sink takes its place.
    case floor
    /// A trial that measures the tester's own rate without a DUT, before the first search at a frame size.
    case proof
  }

  /// One trial.
  public struct Trial: Codable, Sendable, Equatable {
    /// The load in 10^6 frames per second.
    public var loadMpps: Double
    /// The time in seconds during which frames were due.
    public var seconds: Double
    /// The duration of the trial in seconds, including preparation and drain.
    public var durationSeconds: Double
    /// Frames that were offered in time.
    public var sent: UInt64
    /// Frames that were due and not offered in time.
    public var unsent: UInt64
    /// Frames that came out, each counted once.
    public var received: UInt64
    /// Frames that were offered and did not come out.
    public var lost: UInt64
    /// Further copies of frames that came out.
    public var duplicated: UInt64
    /// Frames that came out after a later one.
    public var reordered: UInt64
    /// The time in seconds during which one of the two threads was off its core.
    public var awaySeconds: Double
    /// Whether at most as many frames are missing as were due while a thread was off its core.
    public var isDisturbed: Bool
    /// How the trial was used.
    public var use: Use
    /// The probes beside the frames; nil without probes.
    public var probes: Probes?

    /// Counts of probes, which are a flow of their own and not part of other counts.
    public struct Probes: Codable, Sendable, Equatable {
      /// Probes that were offered.
      public var sent: UInt64
      /// Probes that came out.
      public var received: UInt64

      /// Makes the counts of probes.
      public init(sent: UInt64, received: UInt64) { (self.sent, self.received) = (sent, received) }
    }

    /// Makes a trial from its parts.
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
  /// The trials in chronological order.
  public var trials: [Trial]
  /// The duration of the search in seconds.
  public var seconds: Double

  /// Makes the record of a search from its parts.
  public init(goals: [Goal], trials: [Trial], seconds: Double) {
    (self.goals, self.trials, self.seconds) = (goals, trials, seconds)
  }
}
