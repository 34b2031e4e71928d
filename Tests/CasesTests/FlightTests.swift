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
}
