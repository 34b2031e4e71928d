import Cases
import Testing

/// The number of frames in flight if some packets are late.
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

  /// Packets that the link holds in both directions count in addition to those in flight; of four classes
  /// three are held.
  @Test func whatIsHeldIsUnderWayToo() {
    for late in [1, 100, 12_288] {
      let flight = Self.flight(.vpe, late: late, classes: 4)
      #expect(flight.frames >= 1024 + 2 * late * 3 / 4 && flight.frames < 1024 + 2 * late * 3 / 4 + 8)
      // The number is the same for each queue.
      let four = Self.flight(.vpe, late: late, classes: 4, threads: 8)
      #expect(four.frames >= 1024 + 8 * late * 3 / 4)
    }
  }

  /// A span is long enough that no frame lags by more than the spans for which the generator waits.
  @Test(arguments: [1, 63, 64, 1000, 4096, 16_384]) func spansReachOverTheDelay(late: Int) throws {
    for frames in [64, 1024, 4096] {
      let span = try #require(Self.flight(.espSingle, late: late, of: frames).spanFrames)
      #expect(span >= 64 && span.nonzeroBitCount == 1)
      #expect((Flight.lagSpans - 1) * span >= 2 * late + frames)
      #expect(span == 64 || (Flight.lagSpans - 1) * span < 2 * (2 * late + frames), "and no longer")
    }
  }

  /// If a window may drop late packets, the generator waits some time for them.
  @Test func whatMayBeDroppedIsWaitedFor() throws {
    let flight = Self.flight(.espSingle, late: 4096, classes: 4)
    let span = try #require(flight.spanFrames)
    #expect(flight.frames > 3 * (Flight.lagSpans + 1) * span / 4)
    #expect(flight.frames > Self.flight(.espMultiSA, late: 4096, classes: 4).frames)
    #expect(
      Self.flight(.espSingle, late: 4096, classes: 4, window: 65_536).frames
        == Self.flight(.vpe, late: 4096, classes: 4).frames, "a window that is long enough drops none")
    // Over paths VPE's window is the same as ESP's. Of eight paths, one frame in 64 takes the fastest in both
    // directions.
    #expect(Self.flight(.vpe, late: 4096) == Self.flight(.espSingle, late: 4096))
    let eight = Self.flight(.vpe, late: 4096, paths: 8)
    #expect(eight.spanFrames == span && eight.frames > 63 * (Flight.lagSpans + 1) * span / 64)
  }

  /// Exact numbers, computed by hand: the frames in flight, and the span of numbers that is given up
  /// together.
  static let exact: [(Flight, frames: Int, span: Int?)] = [
    // Held are 3/4 of 2000, and 2 more. A window larger than the delay loses nothing.
    (flight(.espSingle, late: 1000, classes: 4, window: 2000), 1024 + 1502, 512),
    // Otherwise 3/4 of nine spans and of the other frames in flight are not yet known to be lost.
    (flight(.espSingle, late: 1000, classes: 4, window: 1999), 1024 + 4224, 512),
    // Four threads seal, each with a window for each class.
    (flight(.vpe, late: 1000, classes: 4, window: 64, threads: 8), 4 * (256 + 1502), 512),
    // Of eight paths, one frame in 64 takes the fastest in both directions; of two, one frame in four.
    (flight(.espSingle, late: 1000, paths: 8, window: 64, of: 512), 512 + 5040, 512),
    (flight(.vpe, late: 1000, paths: 8, window: 64, of: 512), 512 + 5040, 512),
    (flight(.espSingle, late: 64, window: 64, of: 512), 512 + 1248, 128),
    (flight(.vpe, late: 64, of: 512), 512 + 98, 128),
    // With several classes, paths do not matter.
    (flight(.espSingle, late: 1000, classes: 2, paths: 8, window: 2000), 1024 + 1002, 512),
    // Seven spans cover 448 frames, but not 449.
    (flight(.espMultiSA, late: 192, classes: 2, of: 64), 64 + 194, 64),
    (flight(.espMultiSA, late: 192, classes: 2, of: 65), 65 + 194, 128),
    // Each thread has at least one frame in flight.
    (flight(.vpe, late: 100, threads: 8, of: 3), 4 * (1 + 152), 64),
    (flight(.espSingle, late: 0, classes: 8, paths: 8, window: 64, of: 7), 7, nil),
  ]

  @Test(arguments: exact.indices) func framesAreCounted(row: Int) {
    let (flight, frames, span) = Self.exact[row]
    #expect(flight.frames == frames && flight.spanFrames == span)
  }
}
