/// Checks whether a generator kept its rate.
package enum Pace {
  /// The least share of the due frames that must have been sent.
  private static let leastShare = 0.95
  /// With fewer due frames a single frame is a noticeable share.
  private static let fewFrames = 100.0

  /// Advice if no frame came back within a window; empty unless few were due.
  package static func remedyForSilence(mpps: Double, seconds: Double) -> String {
    mpps * 1e6 * seconds < fewFrames ? "; \(longerWindow)" : ""
  }

  private static let longerWindow = "so few are due that measure.window_seconds should be longer"

  /// The fault of a window; nil if there is none.
  /// - Parameters:
  ///   - frames: frames sent within the window.
  ///   - mpps: the rate, million frames per second.
  ///   - together: frames that are due together.
  package static func fault(
    frames: UInt64, mpps: Double, seconds: Double, together: Int = 1
  ) -> String? {
    let due = mpps * 1e6 * seconds
    // It is chance whether the last burst falls into the window.
    guard Double(frames) + Double(together) < due * leastShare else { return nil }
    let remedy =
      due < fewFrames ? longerWindow : "lower traffic.rate_mpps"
    return "the generator offered \(Double(frames) / seconds / 1e6) Mpps instead of \(mpps); \(remedy)"
  }
}
