import Cases
import Results
import Statistics

// Padding for traffic-flow confidentiality (paper, sections 4.3 and 5.1).
extension Claims {
  static func ofPadding(_ run: RunReading) -> [Claim] { [costsNoMore(run), losesItsLead(run)] }

  private static func costsNoMore(_ run: RunReading) -> Claim {
    let bound = 1 + Rules.equalWithin
    let claim = Claim(
      "tfc-vpe", of: Experiment.tfc,
      "VPE can pad packets against traffic analysis as ESP can, and padding costs it no more.",
      rule: "With the shortest frames and the most padding, sealing a packet costs less than "
        + "\(Display.number(bound)) times in VPE what it does in ESP (ratios within repetitions).",
      paper: "remains possible")
    return judged(claim, run, metric: Metric.seal) {
      Rules.beyond($0, bound, above: false, "the ratio")
    }
  }

  /// An objection to VPE.
  private static func losesItsLead(_ run: RunReading) -> Claim {
    let claim = Claim(
      "tfc-lead", of: Experiment.tfc,
      "With all packets padded to one size nothing is left of VPE's lead: the cipher is all that counts.",
      rule: "With the shortest frames and the most padding, the ratio of goodputs in the same repetitions "
        + "(VPE / ESP) is 1 within \(Display.percent(Rules.equalWithin)).", paper: "", source: .objection)
    return judged(claim, run, metric: Metric.goodput) { Rules.equal($0) }
  }

  /// Judges the ratio of VPE to ESP at the shortest frames and the most padding.
  private static func judged(
    _ claim: Claim, _ run: RunReading, metric: String, by rule: (LaunchEstimate) -> Judgement
  ) -> Claim {
    let pairs = SystemPair.pairs(of: run, .vpe, .espSingle, metric: metric).filter { pad($0) > 0 }
    let most = pairs.map(pad).max()
    let padded = pairs.filter { pad($0) == most }
    guard let pair = padded.min(by: { $0.coordinates.frameBytes < $1.coordinates.frameBytes }) else {
      return claim.notRun(missing("VPE and ESP with padding and launches in common are", in: run))
    }
    return claim.judged(
      rule(pair.ratio),
      ours: "\(Display.estimate(pair.ratio)) with \(pair.coordinates.frameBytes)-byte frames padded to "
        + "\(pad(pair))", pair.ratio, bases: [pair.basis])
  }

  private static func pad(_ pair: SystemPair) -> Int { pair.coordinates.integer(.padBytes) }
}

// A fixed packet clock with fill packets (paper, section 5.1).
extension Claims {
  /// The clock counts as kept if the packet rate differs from it by no more than this share.
  private static let clockMissed = 0.01

  static func ofFilling(_ run: RunReading) -> [Claim] { [keepsTheClock(run)] }

  private static func keepsTheClock(_ run: RunReading) -> Claim {
    let claim = Claim(
      "tfc-clock", of: Experiment.fill,
      "Packet clocking with fill packets for each thread conceals when packets come, in VPE as in ESP.",
      rule:
        "At every clock, gateways send as many packets as it has ticks, within "
        + "\(Display.percent(clockMissed)) (the largest difference, over launches).",
      paper: "conceals all traffic flow information")
    return judgedAsNone(
      claim, run, run.points(of: Metric.clockError) { $0.integer(.fillRate) > 0 }, "fill packets are",
      below: clockMissed, of: "the largest difference")
  }
}
