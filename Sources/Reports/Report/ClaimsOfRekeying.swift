import Cases
import Results
import Statistics

// The life of associations (paper, section 4.1.4: numbers of 64 bits, against immoderate rekeying).
extension Claims {
  /// The experiment in which associations are renewed.
  static let rekeying = "rekey"

  /// Numbers of 32 bits.
  private static let shortNumbers = 4_294_967_295.0
  /// How long strongSwan keeps an association if nobody says otherwise (`rekey_time`), seconds.
  private static let usualLife = 3600.0
  /// A smaller share of frames is called none.
  private static let noneLost = 1e-6

  static func ofRekeying(_ run: RunReading?) -> [Claim] { [life(run), loses(run), costs(run)] }

  private static func life(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "rekey-32-bit", of: rekeying,
      "With sequence numbers of 32 bits one association must be renewed far more often than it otherwise "
        + "would.",
      rule:
        "At the packet rate of ESP with one association that is never renewed, 2^32 - 1 packets last less "
        + "than an hour, strongSwan's rekey_time.", paper: "immoderate rekeying", isFavoured: true)
    guard let run else { return claim }
    let never = cases(run, "packet_rate_mpps") { $0.system == "esp-single" && $0.isNever && $0.tunnels == 1 }
    guard let found = never.first,
      let seconds = LaunchEstimate(
        comparing: [found.rounds], by: .middle, { shortNumbers / ($0[0] * 1e6) })
    else { return claim.notRun(missing("ESP with one association that is never renewed is", in: run)) }
    return claim.judged(
      Rules.beyond(seconds, usualLife, above: false, "the time"),
      ours: "\(Display.estimate(seconds)) s with \(found.point.frameBytes)-byte frames", seconds,
      bases: [found.basis])
  }

  /// Against VPE: what ESP must do more often loses nothing.
  private static func loses(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "rekey-lossless", of: rekeying,
      "Renewing associations under load, make before break, loses no frame, in ESP as in VPE.",
      rule:
        "At every interval, with one association and with many, fewer than one frame in a million is lost "
        + "(the largest share, over launches).", paper: "", source: .objection)
    guard let run else { return claim }
    let shares = cases(run, "loss_ratio") { !$0.isNever }.map { LaunchEstimate.values($0.rounds) }
    guard !shares.isEmpty,
      let most = LaunchEstimate(of: shares, by: .middle, { $0.filter { !$0.isNaN }.max() ?? .nan })
    else { return claim.notRun(missing("associations that are renewed are", in: run)) }
    // Frames are counted, whether threads share cores or not.
    return claim.judged(
      Rules.beyond(most, noneLost, above: false, "the largest share"), most, bases: [.measured])
  }

  /// Against VPE: nor does it cost anything.
  private static func costs(_ run: RunReading?) -> Claim {
    let bound = 1 / (1 + Rules.equalWithin)
    let claim = Claim(
      "rekey-free", of: rekeying, "Renewing an association often costs ESP no throughput.",
      rule:
        "With one association, the ratio of goodputs in the same repetitions (ESP renewed at the shortest "
        + "interval / never) is above \(Display.number(bound)).", paper: "", source: .objection)
    guard let run else { return claim }
    for basis in [Basis.measured, .capacity] {
      let found = cases(run, basis.throughputMetric) { $0.system == "esp-single" && $0.tunnels == 1 }
        .filter { $0.basis == basis }
      guard let never = found.first(where: \.place.isNever),
        let often = found.filter({ !$0.place.isNever }).min(by: { $0.place.interval < $1.place.interval }),
        let ratio = LaunchEstimate(of: often.rounds, to: never.rounds, by: .middle)
      else { continue }
      return claim.judged(
        Rules.beyond(ratio, bound, "the ratio"),
        ours: "\(Display.estimate(ratio)) every \(often.place.interval) ms", ratio, bases: [basis])
    }
    return claim.notRun(missing("ESP with one association, renewed and not, is", in: run))
  }

  /// A case's associations.
  private struct Place {
    let system: String
    let tunnels: Int
    /// Milliseconds; 0 for never.
    let interval: Int
    var isNever: Bool { interval == 0 }

    init(_ coordinates: CaseCoordinates) {
      func value(_ axis: Axis) -> Int {
        coordinates.axes[axis.rawValue].flatMap { Int($0) } ?? axis.definition.standard?.integer ?? 0
      }
      (system, tunnels, interval) = (coordinates.system, value(.tunnels), value(.rekeyMilliseconds))
    }
  }

  /// A metric of cases that were run.
  private static func cases(
    _ run: RunReading, _ metric: String, where isMeant: (Place) -> Bool
  ) -> [(point: CaseCoordinates, place: Place, basis: Basis, rounds: LaunchEstimate.Rounds)] {
    run.cases.filter { $0.basis != .model && isMeant(Place($0.coordinates)) }.map { found in
      let samples = run.usableSamples(found.coordinates, found.basis)
      return (
        found.coordinates, Place(found.coordinates), found.basis, samples.byRound { $0.metrics[metric] }
      )
    }.filter { !$0.rounds.isEmpty }
  }
}
