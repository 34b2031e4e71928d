/// Whether a generator has kept the pace that it was given.
package enum Pace {
  /// The part of the frames that must have been sent.
  private static let leastShare = 0.95
  /// Where fewer are due, one frame is a share that counts.
  private static let fewFrames = 100.0

  /// What to do where no frame came back within a window; empty unless too few are due in one.
  package static func remedyForSilence(mpps: Double, seconds: Double) -> String {
    mpps * 1e6 * seconds < fewFrames ? "; \(longerWindow)" : ""
  }

  private static let longerWindow = "so few are due that measure.window_seconds should be longer"

  /// What is wrong with a window; nil if nothing is.
  /// - Parameters:
  ///   - frames: that were sent within the window.
  ///   - mpps: the pace, million frames a second.
  ///   - together: frames that are due together.
  package static func fault(
    frames: UInt64, mpps: Double, seconds: Double, together: Int = 1
  ) -> String? {
    let due = mpps * 1e6 * seconds
    // Whether the last of them fall into the window is chance.
    guard Double(frames) + Double(together) < due * leastShare else { return nil }
    let remedy =
      due < fewFrames ? longerWindow : "lower traffic.rate_mpps"
    return "the generator offered \(Double(frames) / seconds / 1e6) Mpps instead of \(mpps); \(remedy)"
  }
}
