/// What came of one trial: frames offered at a fixed rate for some seconds (RFC 9971, 4.5).
public struct RateTrial: Codable, Equatable, Sendable {
  /// Frames per second that were intended.
  public var load: Double
  /// Seconds that were intended.
  public var seconds: Double
  /// Seconds that the trial took, with what comes before and after the frames.
  public var effectiveSeconds: Double
  /// The part of the intended frames that were lost or never sent, 0 to 1.
  public var lossRatio: Double

  /// - Parameter effectiveSeconds: nil for as long as intended.
  public init(load: Double, seconds: Double, effectiveSeconds: Double? = nil, lossRatio: Double) {
    (self.load, self.seconds, self.lossRatio) = (load, seconds, lossRatio)
    self.effectiveSeconds = effectiveSeconds ?? seconds
  }

  /// Frames per second that came through.
  public var forwardingRate: Double { load * (1 - lossRatio) }
}

/// What trials at one load say about it (RFC 9971, 6.1: load classification).
public enum LoadClass: String, Codable, Equatable, Sendable {
  /// It fulfils the goal, whatever further trials would show.
  case lower
  /// It does not, whatever further trials would show.
  case upper
  /// Further trials can decide either way.
  case undecided
}

extension RateGoal {
  /// Classifies a load by its trials (RFC 9971, appendix A).
  ///
  /// Short trials count against a load only as far as the good ones among them do not make up for it, and
  /// never for it.
  public func classify(_ trials: some Sequence<RateTrial>) -> LoadClass {
    var (fullLow, fullHigh, shortLow, shortHigh) = (0.0, 0.0, 0.0, 0.0)
    for trial in trials {
      switch (trial.seconds >= finalTrialSeconds, trial.lossRatio <= lossRatio) {
      case (true, true): fullLow += trial.effectiveSeconds
      case (true, false): fullHigh += trial.effectiveSeconds
      case (false, true): shortLow += trial.effectiveSeconds
      case (false, false): shortHigh += trial.effectiveSeconds
      }
    }
    let high = fullHigh + max(0, shortHigh - shortLow * exceedRatio / (1 - exceedRatio))
    let whole = max(fullLow + high, durationSumSeconds)
    if whole - fullLow <= exceedRatio * whole { return .lower }
    return high > exceedRatio * whole ? .upper : .undecided
  }

  /// Frames per second that come through at a load that is a lower bound (RFC 9971, appendix B: conditional
  /// throughput): the load less the loss that the better trials of the decisive part had.
  public func conditionalThroughput(_ trials: some Sequence<RateTrial>) -> Double {
    let full = trials.filter { $0.seconds >= finalTrialSeconds }.sorted { $0.lossRatio < $1.lossRatio }
    guard let load = full.first?.load else { return 0 }
    let sum = full.reduce(0) { $0 + $1.effectiveSeconds }
    var left = max(durationSumSeconds, sum) * (1 - exceedRatio)
    var loss = 0.0
    // Sums of measured seconds are not exact, and a rest that is none must not take one more trial.
    let rest = left * 1e-9
    for trial in full where left > rest {
      loss = trial.lossRatio
      left -= trial.effectiveSeconds
    }
    return load * (1 - (left > rest ? 1 : loss))
  }
}
