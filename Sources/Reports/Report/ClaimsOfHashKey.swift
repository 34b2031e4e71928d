import Cases
import Results

// Window IDs leak information about flows; changing the hash key limits that, at a cost (paper, section 5.1).
extension Claims {
  /// The share of reordered frames above which flows count as reordered.
  private static let disorder = 1e-4

  static func ofHashKey(_ run: RunReading) -> [Claim] { [loses(run), reorders(run)] }

  private static func loses(_ run: RunReading) -> Claim {
    let claim = Claim(
      "hash-key-lossless", of: Experiment.hashKey,
      "The key of the hash over flows can be changed periodically, so that window IDs tell less: VPE loses "
        + "no frame by it.",
      rule:
        "However often the key changes, fewer than one frame in a million is lost in VPE (the largest share, "
        + "over launches).", paper: "can be reduced")
    return judgedAsNone(claim, run, changing(run, Metric.loss), changes, below: noneLost)
  }

  /// An objection to VPE.
  private static func reorders(_ run: RunReading) -> Claim {
    let claim = Claim(
      "hash-key-order", of: Experiment.hashKey,
      "Whenever the key changes, frames of a flow overtake each other.",
      rule:
        "At the shortest interval more than one frame in ten thousand comes back out of order in VPE.",
      paper: "", source: .objection)
    return judged(claim, run, changing(run, Metric.reordered), changes, as: { $0.first ?? .nan }) {
      Rules.beyond($0, disorder, "the share")
    }
  }

  private static let changes = "VPE with a key that changes is"

  /// VPE's cases in which the hash key changes, the shortest interval first.
  private static func changing(_ run: RunReading, _ metric: String) -> [ClaimPoint] {
    func interval(_ point: ClaimPoint) -> Int { point.coordinates.integer(.hashKeyMilliseconds) }
    return run.points(of: metric, .vpe).filter { interval($0) > 0 }.sorted { interval($0) < interval($1) }
  }
}
