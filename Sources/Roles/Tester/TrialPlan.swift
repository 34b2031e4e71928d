import Dataplane

/// One trial: frames offered to a DUT at a fixed rate, whether or not it keeps up (open loop).
public struct TrialPlan: Codable, Equatable, Sendable {
  /// Frames per second.
  public var load: Double
  /// Seconds from the first frame to the last.
  public var seconds: Double
  /// Whether latencies are recorded.
  public var isTimed: Bool
  /// Probes per second, a flow of their own beside the frames; none in a trial that is not timed.
  public var probeLoad: Double

  /// A trial.
  public init(load: Double, seconds: Double, isTimed: Bool = false, probeLoad: Double = 0) {
    (self.load, self.seconds, self.isTimed) = (load, seconds, isTimed)
    self.probeLoad = isTimed ? probeLoad : 0
  }

  /// Frames that are due in all.
  var frames: UInt64 { UInt64(max(1, (load * seconds).rounded())) }
  /// Probes that are due in all.
  var probes: UInt64 { probeLoad > 0 ? UInt64(max(1, (probeLoad * seconds).rounded())) : 0 }
}

/// The result of a trial, read after the DUT has emptied its rings.
///
/// Of the `intended` frames the tester failed to offer `unsent` in time. It `sent` all others; `refused` of
/// these found the DUT's ring full, as they would a NIC's. Sent frames that were not `received` are lost.
public struct TrialReport: Codable, Equatable, Sendable {
  /// Frames that were due.
  public var intended: UInt64 = 0
  /// Frames that the tester did not offer in time (`TrialPace.late`).
  public var unsent: UInt64 = 0
  /// Sent frames for which the DUT's ring had no room.
  public var refused: UInt64 = 0
  /// Frames that came out of the DUT, first copies only.
  public var received: UInt64 = 0
  /// Arrivals beside `received`: second copies, and frames that nobody sent.
  public var duplicated: UInt64 = 0
  /// Received frames that arrived after a frame that was sent later.
  public var reordered: UInt64 = 0
  /// Arrivals whose content was checked.
  public var checked: UInt64 = 0
  /// Checked arrivals with wrong content.
  public var wrong: UInt64 = 0
  /// Seconds that sealing took before the trial, if the DUT opens.
  public var preparationSeconds = 0.0
  /// Seconds from the first frame until no more arrived.
  public var seconds = 0.0
  /// Seconds for which the tester's thread was off its core.
  public var testerAwaySeconds = 0.0
  /// Seconds for which the DUT's threads were off their cores.
  public var dutAwaySeconds = 0.0
  /// In a timed trial the times of received frames, from when each was due to its arrival.
  public var latency: [LatencyBin] = []
  /// Probes that were sent. Of the counts above only `checked` and `wrong` include probes.
  public var probesSent: UInt64 = 0
  /// Probes that came out of the DUT.
  public var probesReceived: UInt64 = 0
  /// The times of received probes, from when each was due to its arrival.
  public var probeLatency: [LatencyBin] = []
  /// What the DUT's stages counted while frames were due.
  public var dut: [TesterReport.DUTStage] = []
  /// Ticks of the time-stamp counter in a second.
  public var ticksPerSecond: UInt64 = 0

  /// An empty report.
  public init() {}

  /// Frames that the tester offered in time.
  public var sent: UInt64 { intended - min(unsent, intended) }
  /// Frames that were offered and did not come out.
  public var lost: UInt64 { sent - min(received, sent) }
  /// The share of the intended frames that did not come out, for whatever reason.
  public var lossRatio: Double {
    intended > 0 ? Double(intended - min(received, intended)) / Double(intended) : 0
  }
  /// The share of the intended frames that the tester did not offer in time.
  public var unsentRatio: Double { intended > 0 ? Double(unsent) / Double(intended) : 0 }

  /// The DUT's cost of a frame by its own polls, over all these trials; nil if a stage moved nothing, or the
  /// DUT was not watched.
  public static func dutCost(of reports: [TrialReport]) -> PacketCost? {
    guard let first = reports.first else { return nil }
    let stages = reports.dropFirst().reduce(first.dut) { sum, next in
      zip(sum, next.dut).map { $0.adding($1) }
    }
    return PacketCost(inTurn: stages.map(\.cost))
  }

  /// Losses explained by a frame that was due while a thread was away: with full rings, some frames are lost
  /// also while the thread catches up.
  private static let aftermath = 1.5

  /// Whether so few frames are missing that the time for which threads were off their cores explains the
  /// loss; it then says nothing about the DUT.
  /// - Parameter load: frames per second.
  public func isDisturbed(at load: Double) -> Bool {
    let missing = Double(intended - min(received, intended))
    return missing > 0 && missing <= Self.aftermath * load * (testerAwaySeconds + dutAwaySeconds)
  }
}

/// The time constants of a trial.
public enum TrialPace {
  /// The time from one offer of frames to the next: an offer has some frames at high loads, one at low loads.
  static let turnMicroseconds: UInt64 = 2
  /// The same time in a timed trial: shorter, so that frames wait less for the next offer.
  static let timedTurnNanoseconds: UInt64 = 500
  /// A frame that is offered this long after it was due, or later, counts as unsent.
  private static let lateSeconds = 0.001
  /// How many frames may be due and not yet offered: the frames of a millisecond, at least a burst, at most
  /// half a ring, but always the frames that are due together.
  package static func late(load: Double, slots: Int, burst: Int = 1) -> UInt64 {
    UInt64(max(min(max(load * lateSeconds, Double(Burst.capacity)), Double(slots / 2)), Double(burst)))
  }
  /// A longer gap between two turns means that the tester was off its core: a turn takes some microseconds.
  static let testerAwayMicroseconds: UInt64 = 100
  /// The same limit for the DUT: ChaCha20 takes a tenth of a millisecond for a burst of long packets.
  static let dutAwayMicroseconds = Core.Options.stallMicrosecondsInMemory
  /// Missing frames are lost if none has arrived for this long and the DUT has had its turns.
  static let quietMicroseconds: UInt64 = 5000
  /// After so many turns without work the DUT has no more frames.
  static let quietTurns: UInt64 = 64
  /// The longest wait for the DUT to start, and for the last frames.
  static let patienceMicroseconds: UInt64 = 2_000_000
}
