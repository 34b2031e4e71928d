import Dataplane

/// One trial: frames that are offered to a DUT at a fixed rate, whatever comes out of it (open loop).
public struct TrialPlan: Codable, Equatable, Sendable {
  /// Frames per second.
  public var load: Double
  /// Seconds from the first frame to the last.
  public var seconds: Double
  /// Whether it is noted how long each frame takes.
  public var isTimed: Bool
  /// Probes a second beside the frames, a flow of their own; none in a trial that is not timed.
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

/// What came of a trial, read when the DUT had emptied its rings.
///
/// Of the `intended` frames, `unsent` were not offered in time, which is the tester's doing. All others were
/// `sent`: `refused` of them found the DUT's ring full, as frames find a NIC's. What was sent and is not
/// among the `received` is lost.
public struct TrialReport: Codable, Equatable, Sendable {
  /// Frames that were due.
  public var intended: UInt64 = 0
  /// Those of them that the tester did not offer in time (`TrialPace.late`).
  public var unsent: UInt64 = 0
  /// Those that the DUT's ring had no room for.
  public var refused: UInt64 = 0
  /// Those that came out, the first time each.
  public var received: UInt64 = 0
  /// What came out beside these: second copies, or frames that nobody sent.
  public var duplicated: UInt64 = 0
  /// Those of `received` that came after one that was sent later.
  public var reordered: UInt64 = 0
  /// Frames that were looked into.
  public var checked: UInt64 = 0
  /// Those of them that were not what they had to be.
  public var wrong: UInt64 = 0
  /// Seconds in which frames to be opened were sealed before the first one was due.
  public var preparationSeconds = 0.0
  /// From the first frame until nothing more came, seconds.
  public var seconds = 0.0
  /// Seconds for which the tester's thread was evidently off its core.
  public var testerAwaySeconds = 0.0
  /// The same of the DUT's thread.
  public var dutAwaySeconds = 0.0
  /// Of a trial that is timed: from when a frame was due until it had come out, of those that did.
  public var latency: [LatencyBin] = []
  /// Probes that were due and sent; none of the counts above has them, but for frames that were looked into.
  public var probesSent: UInt64 = 0
  /// Those of them that came out.
  public var probesReceived: UInt64 = 0
  /// From when a probe was due until it had come out.
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
  /// The part of the intended frames that did not come out, whoever's doing it was.
  public var lossRatio: Double {
    intended > 0 ? Double(intended - min(received, intended)) / Double(intended) : 0
  }
  /// The part of the intended frames that the tester did not offer in time.
  public var unsentRatio: Double { intended > 0 ? Double(unsent) / Double(intended) : 0 }

  /// What a frame costs the DUT by its own polls, over trials together; nil if a stage moved nothing, or none
  /// is known.
  public static func dutCost(of reports: [TrialReport]) -> PacketCost? {
    guard let first = reports.first else { return nil }
    let stages = reports.dropFirst().reduce(first.dut) { sum, next in
      zip(sum, next.dut).map { $0.adding($1) }
    }
    return PacketCost(inTurn: stages.map(\.cost))
  }

  /// With full rings some are lost also while a thread that is back makes up for it.
  private static let aftermath = 1.5

  /// Whether a core was taken away, and frames are missing, hardly more than were due meanwhile: that says
  /// nothing about the DUT.
  /// - Parameter load: frames per second.
  public func isDisturbed(at load: Double) -> Bool {
    let missing = Double(intended - min(received, intended))
    return missing > 0 && missing <= Self.aftermath * load * (testerAwaySeconds + dutAwaySeconds)
  }
}

/// The measures of a trial.
public enum TrialPace {
  /// From one offer of frames to the next: at high loads of some frames, at low ones of a single one.
  static let turnMicroseconds: UInt64 = 2
  /// The same of a trial that is timed: what waits for its turn waits for less.
  static let timedTurnNanoseconds: UInt64 = 500
  /// A frame that is offered later after its time counts as unsent.
  private static let lateSeconds = 0.001
  /// Frames that may be due and still be offered: those of a millisecond, at least a burst, and no more at
  /// a time than half of the ring takes; but always what is due together.
  package static func late(load: Double, slots: Int, burst: Int = 1) -> UInt64 {
    UInt64(max(min(max(load * lateSeconds, Double(Burst.capacity)), Double(slots / 2)), Double(burst)))
  }
  /// If more time passes between two turns, the tester was off its core: a turn takes some microseconds.
  static let testerAwayMicroseconds: UInt64 = 100
  /// A DUT likewise: a burst of long packets takes ChaCha20 a tenth of a millisecond.
  static let dutAwayMicroseconds = Core.Options.stallMicrosecondsInMemory
  /// What is missing is lost once nothing has arrived for so long, and the DUT has had its turns.
  static let quietMicroseconds: UInt64 = 5000
  /// Turns of the DUT with nothing to do after which nothing comes any more.
  static let quietTurns: UInt64 = 64
  /// The longest that is waited for the DUT to start, or for the last frames.
  static let patienceMicroseconds: UInt64 = 2_000_000
}
