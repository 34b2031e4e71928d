import Cases
import Results
import Statistics

// The lifetime of associations (paper, section 4.1.4: 64-bit numbers avoid frequent rekeying).
extension Claims {
  /// The number of packets that 32-bit sequence numbers allow for.
  private static let shortNumbers = 4_294_967_295.0
  /// strongSwan's default lifetime of an association (`rekey_time`), seconds.
  private static let usualLife = 3600.0

  static func ofRekeying(_ run: RunReading) -> [Claim] { [life(run), loses(run), costs(run)] }

  private static func life(_ run: RunReading) -> Claim {
    let claim = Claim(
      "rekey-32-bit", of: Experiment.rekey,
      "With sequence numbers of 32 bits one association must be renewed far more often than it otherwise "
        + "would.",
      rule:
        "At the packet rate of ESP with one association that is never renewed, 2^32 - 1 packets last less "
        + "than an hour, strongSwan's rekey_time.", paper: "immoderate rekeying", isFavoured: true)
    let never = run.points(of: Metric.packetRate, .espSingle) {
      interval($0) == 0 && $0.integer(.tunnels) == 1
    }
    guard let found = never.first,
      let seconds = LaunchEstimate(
        comparing: [found.rounds], by: .middle, { shortNumbers / ($0[0] * 1e6) })
    else { return claim.notRun(missing("ESP with one association that is never renewed is", in: run)) }
    return claim.judged(
      Rules.beyond(seconds, usualLife, above: false, "the time"),
      ours: "\(Display.estimate(seconds)) s with \(found.coordinates.frameBytes)-byte frames", seconds,
      bases: [found.basis])
  }

  /// An objection to VPE: although ESP must rekey more often, it loses no frame by it.
  private static func loses(_ run: RunReading) -> Claim {
    let claim = Claim(
      "rekey-lossless", of: Experiment.rekey,
      "Renewing associations under load, make before break, loses no frame, in ESP as in VPE.",
      rule:
        "At every interval, with one association and with many, fewer than one frame in a million is lost "
        + "(the largest share, over launches).", paper: "", source: .objection)
    return judgedAsNone(
      claim, run, run.points(of: Metric.loss) { interval($0) > 0 }, "associations that are renewed are",
      below: noneLost)
  }

  /// An objection to VPE: rekeying costs no throughput either.
  private static func costs(_ run: RunReading) -> Claim {
    let bound = 1 / (1 + Rules.equalWithin)
    let claim = Claim(
      "rekey-free", of: Experiment.rekey, "Renewing an association often costs ESP no throughput.",
      rule:
        "With one association, the ratio of goodputs in the same repetitions (ESP renewed at the shortest "
        + "interval / never) is above \(Display.number(bound)).", paper: "", source: .objection)
    let all = run.points(of: Metric.goodput, .espSingle) { $0.integer(.tunnels) == 1 }
    for basis in [Basis.measured, .capacity] {
      let found = all.filter { $0.basis == basis }
        .sorted { interval($0.coordinates) < interval($1.coordinates) }
      guard let never = found.first(where: { interval($0.coordinates) == 0 }),
        let often = found.first(where: { interval($0.coordinates) > 0 }),
        let ratio = LaunchEstimate(of: often.rounds, to: never.rounds, by: .middle)
      else { continue }
      return claim.judged(
        Rules.beyond(ratio, bound, "the ratio"),
        ours: "\(Display.estimate(ratio)) every \(interval(often.coordinates)) ms", ratio, bases: [basis])
    }
    return claim.notRun(missing("ESP with one association, renewed and not, is", in: run))
  }

  /// Milliseconds between two renewals; 0 for none.
  private static func interval(_ coordinates: CaseCoordinates) -> Int {
    coordinates.integer(.rekeyMilliseconds)
  }
}
