import Cases
import Testing

/// How many frames are under way where some are late.
@Suite struct FlightTests {
  private static func flight(
    _ system: System, late: Int, classes: Int = 1, paths: Int = 2, window: Int = 1024, threads: Int = 2,
    of frames: Int = 1024
  ) -> Flight {
    var values = AxisValues()
    (values.threads, values.windowSize, values.classes) = (threads, window, classes)
    (values.paths, values.latePackets) = (paths, late)
    return Flight(of: frames, system, values)
  }

  @Test(arguments: System.gateways) func withoutLatePacketsNothingChanges(system: System) {
    for threads in [2, 3, 8] {
      let flight = Self.flight(system, late: 0, classes: 4, threads: threads)
      #expect(flight.frames == 1024 && flight.spanFrames == nil)
    }
  }

  /// What is held both ways is beside what is under way; of four classes three are held.
  @Test func whatIsHeldIsUnderWayToo() {
    for late in [1, 100, 12_288] {
      let flight = Self.flight(.vpe, late: late, classes: 4)
      #expect(flight.frames >= 1024 + 2 * late * 3 / 4 && flight.frames < 1024 + 2 * late * 3 / 4 + 8)
      // As many for each queue.
      let four = Self.flight(.vpe, late: late, classes: 4, threads: 8)
      #expect(four.frames >= 1024 + 8 * late * 3 / 4)
    }
  }

  /// A span is so long that no frame lags by more than the spans that are waited for.
  @Test(arguments: [1, 63, 64, 1000, 4096, 16_384]) func spansReachOverTheDelay(late: Int) throws {
    for frames in [64, 1024, 4096] {
      let span = try #require(Self.flight(.espSingle, late: late, of: frames).spanFrames)
      #expect(span >= 64 && span.nonzeroBitCount == 1)
      #expect((Flight.lagSpans - 1) * span >= 2 * late + frames)
      #expect(span == 64 || (Flight.lagSpans - 1) * span < 2 * (2 * late + frames), "and no longer")
    }
  }

  /// Where a window may drop what is late, the generator waits for it for a while.
  @Test func whatMayBeDroppedIsWaitedFor() throws {
    let flight = Self.flight(.espSingle, late: 4096, classes: 4)
    let span = try #require(flight.spanFrames)
    #expect(flight.frames > 3 * (Flight.lagSpans + 1) * span / 4)
    #expect(flight.frames > Self.flight(.espMultiSA, late: 4096, classes: 4).frames)
    #expect(
      Self.flight(.espSingle, late: 4096, classes: 4, window: 65_536).frames
        == Self.flight(.vpe, late: 4096, classes: 4).frames, "a window that is long enough drops none")
    // Over paths VPE's window is no other than ESP's. Of eight one frame in 64 takes the fastest both ways.
    #expect(Self.flight(.vpe, late: 4096) == Self.flight(.espSingle, late: 4096))
    let eight = Self.flight(.vpe, late: 4096, paths: 8)
    #expect(eight.spanFrames == span && eight.frames > 63 * (Flight.lagSpans + 1) * span / 64)
  }

  /// By hand, to the frame: what is under way and the span that frames are given up by.
  static let exact: [(Flight, frames: Int, span: Int?)] = [
    // Held: 3/4 of 2000, and 2. A window that reaches over the delay loses nothing.
    (flight(.espSingle, late: 1000, classes: 4, window: 2000), 1024 + 1502, 512),
    // Else 3/4 of nine spans and of what else is under way are not known to be lost yet.
    (flight(.espSingle, late: 1000, classes: 4, window: 1999), 1024 + 4224, 512),
    // Four threads that seal, each with a window for each class.
    (flight(.vpe, late: 1000, classes: 4, window: 64, threads: 8), 4 * (256 + 1502), 512),
    // Of eight paths one frame in 64 takes the fastest both ways, of two one in four.
    (flight(.espSingle, late: 1000, paths: 8, window: 64, of: 512), 512 + 5040, 512),
    (flight(.vpe, late: 1000, paths: 8, window: 64, of: 512), 512 + 5040, 512),
    (flight(.espSingle, late: 64, window: 64, of: 512), 512 + 1248, 128),
    (flight(.vpe, late: 64, of: 512), 512 + 98, 128),
    // Where there are several classes, paths do not matter.
    (flight(.espSingle, late: 1000, classes: 2, paths: 8, window: 2000), 1024 + 1002, 512),
    // Seven spans reach over 448 frames, and not over 449.
    (flight(.espMultiSA, late: 192, classes: 2, of: 64), 64 + 194, 64),
    (flight(.espMultiSA, late: 192, classes: 2, of: 65), 65 + 194, 128),
    // Each thread has one under way at least.
    (flight(.vpe, late: 100, threads: 8, of: 3), 4 * (1 + 152), 64),
    (flight(.espSingle, late: 0, classes: 8, paths: 8, window: 64, of: 7), 7, nil),
  ]

  @Test(arguments: exact.indices) func framesAreCounted(row: Int) {
    let (flight, frames, span) = Self.exact[row]
    #expect(flight.frames == frames && flight.spanFrames == span)
  }
}
