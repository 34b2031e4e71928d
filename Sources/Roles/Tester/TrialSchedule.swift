/// When the frames of a trial are due, in ticks since its start: evenly spaced, or in bursts at the same mean
/// rate. Probes may be due beside them, at a low rate of their own, which does not move the frames.
package struct TrialSchedule {
  /// Frames that are due in all.
  package let total: UInt64
  /// Frames that are due together: when the last of them would be due if they were evenly spaced.
  private let burst: UInt64
  private let framesPerTick: Double
  /// Probes that are due in all.
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

  /// When a frame is due, by its number from 1. An incomplete last burst is due with the last frame.
  @inline(__always)
  package func ticks(ofFrame number: UInt64) -> UInt64 {
    let last = burst > 1 ? min((number &+ burst &- 1) / burst &* burst, total) : number
    return UInt64(Double(last) / framesPerTick)
  }

  /// When a probe is due, by its number from 1: the first one half an interval after the start.
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
