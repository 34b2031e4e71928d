/// When the frames of a trial are due, in ticks since it began: evenly, or so many together at the same mean
/// rate.
package struct TrialSchedule {
  /// Frames that are due in all.
  package let total: UInt64
  /// Those of them that are due together: all when the last of them would be, were they apart.
  private let burst: UInt64
  private let framesPerTick: Double

  package init(_ trial: TrialPlan, burst: Int = 1, ticksPerSecond: UInt64) {
    total = trial.frames
    self.burst = UInt64(max(burst, 1))
    framesPerTick = trial.load / Double(ticksPerSecond)
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
}
