import Foundation

/// What a rate must fulfil, and how well it is to be known (RFC 9971, 4.6: a search goal).
public struct RateGoal: Codable, Equatable, Sendable {
  /// What the result is called, such as `ndr`.
  public var name: String
  /// Length of the trials that decide, seconds.
  public var finalTrialSeconds: Double
  /// Length of the first trials, seconds; at most the final one.
  public var initialTrialSeconds: Double
  /// Seconds of trials at one load that decide what it is.
  public var durationSumSeconds: Double
  /// The part of the frames that a trial may lose, 0 up to, not including, 1.
  public var lossRatio: Double
  /// The part of the duration sum that trials with more loss may take, 0 up to, not including, 1.
  public var exceedRatio: Double
  /// How far apart the two bounds may be, as a part of the upper one.
  public var width: Double

  /// - Parameter initialTrialSeconds: nil for as long as the final trials.
  public init(
    name: String, finalTrialSeconds: Double, initialTrialSeconds: Double? = nil, durationSumSeconds: Double,
    lossRatio: Double, exceedRatio: Double, width: Double = 0.005
  ) {
    self.name = name
    self.finalTrialSeconds = finalTrialSeconds
    self.initialTrialSeconds = initialTrialSeconds ?? finalTrialSeconds
    self.durationSumSeconds = durationSumSeconds
    (self.lossRatio, self.exceedRatio, self.width) = (lossRatio, exceedRatio, width)
  }

  /// The non-drop rate as FD.io's CSIT asks for it.
  public static let ndr = RateGoal(
    name: "ndr", finalTrialSeconds: 1, durationSumSeconds: 21, lossRatio: 0, exceedRatio: 0.5)
  /// The partial-drop rate as FD.io's CSIT asks for it.
  public static let pdr = RateGoal(
    name: "pdr", finalTrialSeconds: 1, durationSumSeconds: 21, lossRatio: 0.005, exceedRatio: 0.5)
  /// RFC 2544, 26.1: one trial of a minute without loss.
  public static let rfc2544 = RateGoal(
    name: "rfc2544", finalTrialSeconds: 60, durationSumSeconds: 60, lossRatio: 0, exceedRatio: 0)
  /// ETSI GS NFV-TST 009, 12.3.3: of two trials of a minute, one without loss is enough.
  public static let tst009 = RateGoal(
    name: "tst009", finalTrialSeconds: 60, durationSumSeconds: 120, lossRatio: 0, exceedRatio: 0.5)

  /// All goals that have a name of their own.
  public static let presets = [ndr, pdr, rfc2544, tst009]

  /// What is wrong with it, in a sentence that names the value and the remedy; nil if nothing is.
  public var fault: String? {
    func wrong(_ key: String, _ value: Double, _ must: String) -> String {
      "\(key) of the goal `\(name)` is \(value), but must be \(must)"
    }
    if !(0..<1).contains(lossRatio) { return wrong("loss_ratio", lossRatio, "at least 0 and below 1") }
    if !(0..<1).contains(exceedRatio) { return wrong("exceed_ratio", exceedRatio, "at least 0 and below 1") }
    if !(width > 0 && width < 1) { return wrong("width", width, "above 0 and below 1") }
    if !(initialTrialSeconds > 0) {
      return wrong("initial_trial_seconds", initialTrialSeconds, "above 0")
    }
    if !(finalTrialSeconds >= initialTrialSeconds) {
      return wrong("final_trial_seconds", finalTrialSeconds, "at least the initial \(initialTrialSeconds)")
    }
    if !(durationSumSeconds >= finalTrialSeconds) {
      return wrong("duration_sum_seconds", durationSumSeconds, "at least a trial's \(finalTrialSeconds)")
    }
    return nil
  }

  /// The goal itself, last, and coarser ones before it that save time: shorter trials, a lower sum, four
  /// times and twice the width.
  var targets: [RateGoal] {
    let coarser = 2
    return (0...coarser).map { step in
      let part = Double(step) / Double(coarser)
      var target = self
      target.finalTrialSeconds = initialTrialSeconds * pow(finalTrialSeconds / initialTrialSeconds, part)
      target.durationSumSeconds = max(
        initialTrialSeconds * pow(durationSumSeconds / initialTrialSeconds, part), target.finalTrialSeconds)
      return target
    }
  }
}
