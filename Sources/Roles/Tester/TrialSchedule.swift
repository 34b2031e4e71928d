/// When the frames of a trial are due, in ticks since it began: evenly, or so many together at the same mean
/// rate. Beside them may be probes, at a low rate of their own, which change nothing of when the others are
/// due.
package struct TrialSchedule {
  /// Frames that are due in all.
  package let total: UInt64
  /// Those of them that are due together: all when the last of them would be, were they apart.
  private let burst: UInt64
  private let framesPerTick: Double
  /// Probes beside them.
  package let probes: UInt64
  private let probesPerTick: Double

  package init(_ trial: TrialPlan, burst: Int = 1, ticksPerSecond: UInt64) {
    total = trial.frames
    self.burst = UInt64(max(burst, 1))
    framesPerTick = trial.load / Double(ticksPerSecond)
    probes = trial.probes
    probesPerTick = trial.probeLoad / Double(ticksPerSecond)
  }

  /// How many frames are due after so many ticks.
  @inline(__always)
  package func frames(after ticks: UInt64) -> UInt64 {
    let frames = min(UInt64(Double(ticks) * framesPerTick), total)
    return burst > 1 && frames < total ? frames &- frames % burst : frames
  }

  /// When a frame is due, by its number from 1. What is left over in the end is due with the last frame.
  @inline(__always)
  package func ticks(ofFrame number: UInt64) -> UInt64 {
    let last = burst > 1 ? min((number &+ burst &- 1) / burst &* burst, total) : number
    return UInt64(Double(last) / framesPerTick)
  }

  /// When a probe is due, by its number from 1: the first half an interval after the beginning.
  @inline(__always)
  package func ticks(ofProbe number: UInt64) -> UInt64 { UInt64((Double(number) - 0.5) / probesPerTick) }

  /// How many frames are due before a probe.
  @inline(__always)
  package func frames(beforeProbe number: UInt64) -> UInt64 { frames(after: ticks(ofProbe: number)) }

  /// Calls `body` for each frame and each probe in the order in which they are due, with its number.
  package func forEach(_ body: (_ number: UInt64, _ isProbe: Bool) throws -> Void) rethrows {
    var (frame, probe): (UInt64, UInt64) = (0, 0)
    while frame < total || probe < probes {
      if probe < probes, frame == total || frames(beforeProbe: probe + 1) <= frame {
        probe += 1
        try body(probe, true)
      } else {
        frame += 1
        try body(frame, false)
      }
    }
  }
}
