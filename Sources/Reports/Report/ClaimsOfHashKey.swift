import Cases
import Results
import Statistics

// What window IDs leak, and what it costs to change the hash's key against that (paper, section 5.1).
extension Claims {
  /// The experiment in which the hash's key changes.
  static let hashKey = "hash-key"

  /// A smaller share of frames is called none.
  private static let none = 1e-6
  /// A larger share of frames is called disorder.
  private static let disorder = 1e-4
  /// Frames are counted, whether threads share cores or not.
  private static let counted: [Basis] = [.measured]

  static func ofHashKey(_ run: RunReading?) -> [Claim] { [loses(run), reorders(run)] }

  private static func loses(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "hash-key-lossless", of: hashKey,
      "The key of the hash over flows can be changed periodically, so that window IDs tell less: VPE loses "
        + "no frame by it.",
      rule:
        "However often the key changes, fewer than one frame in a million is lost in VPE (the largest share, "
        + "over launches).", paper: "can be reduced")
    return judged(claim, run, "loss_ratio", { $0.max() ?? .nan }) {
      Rules.beyond($0, none, above: false, "the largest share")
    }
  }

  /// Against VPE.
  private static func reorders(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "hash-key-order", of: hashKey, "Whenever the key changes, frames of a flow overtake each other.",
      rule:
        "At the shortest interval more than one frame in ten thousand comes back out of order in VPE.",
      paper: "", source: .objection)
    return judged(claim, run, "reordered_ratio", { $0.first ?? .nan }) {
      Rules.beyond($0, disorder, "the share")
    }
  }

  /// A claim about the shares of VPE's cases whose key changes, the shortest interval first, as one number.
  private static func judged(
    _ claim: Claim, _ run: RunReading?, _ metric: String, _ number: ([Double]) -> Double,
    by rule: (LaunchEstimate) -> Judgement
  ) -> Claim {
    guard let run else { return claim }
    let found = run.cases.filter {
      $0.coordinates.system == "vpe" && $0.basis != .model && interval($0.coordinates) > 0
    }.sorted { interval($0.coordinates) < interval($1.coordinates) }
    let shares = found.map { found in
      run.usableSamples(found.coordinates, found.basis).byLaunch { $0.metrics[metric] }
    }.filter { !$0.isEmpty }
    guard !shares.isEmpty,
      let own = LaunchEstimate(of: shares, by: .middle, { number($0.filter { !$0.isNaN }) })
    else { return claim.notRun(missing("VPE with a key that changes is", in: run)) }
    return claim.judged(rule(own), own, bases: counted)
  }

  private static func interval(_ coordinates: CaseCoordinates) -> Int {
    coordinates.axes[Axis.hashKeyMilliseconds.rawValue].flatMap { Int($0) } ?? 0
  }
}
