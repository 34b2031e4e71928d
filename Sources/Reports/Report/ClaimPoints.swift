import Basics
import Cases
import Results
import Statistics

/// A case of a run, and a figure's values in its usable samples: what claims compare.
struct ClaimPoint {
  let found: CaseKey
  let metric: String
  let rounds: LaunchEstimate.Rounds

  var coordinates: CaseCoordinates { found.coordinates }
  var basis: Basis { found.basis }

  /// The figure as a multiple of its expected value.
  func over(_ expected: Double) -> ClaimPoint {
    ClaimPoint(
      found: found, metric: metric, rounds: rounds.mapValues { $0.mapValues { $0 / expected } })
  }

  /// The figure as a multiple of another case's.
  func ratio(to other: ClaimPoint) -> LaunchEstimate? {
    LaunchEstimate(of: rounds, to: other.rounds, by: Estimator(of: metric, basis))
  }
}

extension RunReading {
  /// The ciphers of its cases, in the order of the suite.
  var ciphers: [AEADAlgorithm] {
    let names = Set(cases.map(\.coordinates.aead))
    return AEADAlgorithm.allCases.filter { names.contains($0.rawValue) }
  }

  /// The cases that have a metric (a throughput by its name in rows of each basis), in order of first
  /// appearance.
  /// - Parameters:
  ///   - system: whose they are; nil for any.
  ///   - hasModel: whether cases count of which nothing was run.
  func points(
    of metric: String, _ system: System? = nil, hasModel: Bool = false,
    where isMeant: (CaseCoordinates) -> Bool = { _ in true }
  ) -> [ClaimPoint] {
    cases.compactMap { found in
      guard system.map(found.coordinates.isOf) ?? true, hasModel || found.basis != .model,
        isMeant(found.coordinates)
      else { return nil }
      let metric = found.basis.name(of: metric)
      let rounds = samples(of: found).byRound { $0.metrics[metric] }
      return rounds.isEmpty ? nil : ClaimPoint(found: found, metric: metric, rounds: rounds)
    }
  }

  /// A system's costs at each headroom, of the inner packets of one length.
  func costs(
    of metric: String, _ system: System, packetBytes: Int,
    where isMeant: (CaseCoordinates) -> Bool = { _ in true }
  ) -> Rules.Costs {
    let points = points(of: metric, system) { $0.packetBytes == packetBytes && isMeant($0) }
    return Dictionary(
      points.map { ($0.coordinates.extraHeadroomBytes, $0.rounds) }, uniquingKeysWith: { $1 })
  }

  /// The lengths of a system's inner packets.
  func packetLengths(_ system: System) -> [Int] {
    Set(cases.map(\.coordinates).filter { $0.isOf(system) }.map(\.packetBytes)).sorted()
  }
}

extension Claims {
  /// A smaller share of frames is called none.
  static let noneLost = 1e-6

  /// The basis of claims about counted packets: counts do not depend on whether threads share cores, so they
  /// are measured, whatever the basis of the same samples' rates.
  static let counted: [Basis] = [.measured]

  /// Judges a claim about counts in some cases, reduced to one number over all of these, by launch.
  /// - Parameter what: the cases, for a run that has none.
  static func judged(
    _ claim: Claim, _ run: RunReading, _ points: [ClaimPoint], _ what: String,
    as number: ([Double]) -> Double, by rule: (LaunchEstimate) -> Judgement
  ) -> Claim {
    let values = points.map { LaunchEstimate.values($0.rounds) }
    guard !values.isEmpty,
      let own = LaunchEstimate(of: values, by: .middle, { number($0.filter { !$0.isNaN }) })
    else { return claim.notRun(missing(what, in: run)) }
    return claim.judged(rule(own), own, bases: counted)
  }

  /// Judges that the largest of some shares is below a bound.
  static func judgedAsNone(
    _ claim: Claim, _ run: RunReading, _ points: [ClaimPoint], _ what: String, below bound: Double,
    of share: String = "the largest share"
  ) -> Claim {
    judged(claim, run, points, what, as: { $0.max() ?? .nan }) {
      Rules.beyond($0, bound, above: false, share)
    }
  }

  /// Judges one case's figure as a multiple of another's.
  /// - Parameters:
  ///   - what: the two, for a run that lacks one of them.
  ///   - words: what to tell beside the ratio.
  static func judged(
    _ claim: Claim, _ run: RunReading, _ point: ClaimPoint?, to other: ClaimPoint?, _ what: String,
    words: (ClaimPoint, ClaimPoint) -> String, by rule: (LaunchEstimate) -> Judgement
  ) -> Claim {
    guard let point, let other, let ratio = point.ratio(to: other) else {
      return claim.notRun(missing(what, in: run))
    }
    return claim.judged(
      rule(ratio), ours: Display.estimate(ratio) + words(point, other), ratio,
      bases: [point.basis, other.basis])
  }
}
