import Basics
import Cases
import Results
import Statistics

/// A case of a run, and its values of one metric in usable samples, as claims compare them.
struct ClaimPoint {
  let found: CaseKey
  let metric: String
  let rounds: LaunchEstimate.Rounds

  var coordinates: CaseCoordinates { found.coordinates }
  var basis: Basis { found.basis }

  /// The values as multiples of an expected value.
  func over(_ expected: Double) -> ClaimPoint {
    ClaimPoint(
      found: found, metric: metric, rounds: rounds.mapValues { $0.mapValues { $0 / expected } })
  }

  /// The estimated ratio to another case's values.
  func ratio(to other: ClaimPoint) -> LaunchEstimate? {
    LaunchEstimate(of: rounds, to: other.rounds, by: Estimator(of: metric, basis))
  }
}

extension RunReading {
  /// The ciphers of the run's cases, in the order of `AEADAlgorithm`.
  var ciphers: [AEADAlgorithm] {
    let names = Set(cases.map(\.coordinates.aead))
    return AEADAlgorithm.allCases.filter { names.contains($0.rawValue) }
  }

  /// The run's cases that have a metric, in the order of first appearance. A throughput metric stands for its
  /// counterpart in each basis.
  /// - Parameters:
  ///   - system: the system of the cases; nil for any.
  ///   - hasModel: whether to include cases that were only modelled.
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

  /// A system's costs at each headroom, for inner packets of one length.
  func costs(
    of metric: String, _ system: System, packetBytes: Int,
    where isMeant: (CaseCoordinates) -> Bool = { _ in true }
  ) -> Rules.Costs {
    let points = points(of: metric, system) { $0.packetBytes == packetBytes && isMeant($0) }
    return Dictionary(
      points.map { ($0.coordinates.extraHeadroomBytes, $0.rounds) }, uniquingKeysWith: { $1 })
  }

  /// The lengths of a system's inner packets, in ascending order.
  func packetLengths(_ system: System) -> [Int] {
    Set(cases.map(\.coordinates).filter { $0.isOf(system) }.map(\.packetBytes)).sorted()
  }
}

extension Claims {
  /// A share of lost frames below this counts as none.
  static let noneLost = 1e-6

  /// The basis of claims about counted packets. Counts do not depend on whether threads share cores, so they
  /// are measured, whatever the basis of the rates in the same samples.
  static let counted: [Basis] = [.measured]

  /// Judges a claim about counts: `number` reduces the counts of all cases to one value for each launch.
  /// - Parameter what: names the cases, for the sentence that says that the run lacks them.
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

  /// Judges that the largest of several shares is below a bound.
  static func judgedAsNone(
    _ claim: Claim, _ run: RunReading, _ points: [ClaimPoint], _ what: String, below bound: Double,
    of share: String = "the largest share"
  ) -> Claim {
    judged(claim, run, points, what, as: { $0.max() ?? .nan }) {
      Rules.beyond($0, bound, above: false, share)
    }
  }

  /// Judges the ratio of one case's metric to another's.
  /// - Parameters:
  ///   - what: names the two cases, for the sentence that says that the run lacks them.
  ///   - words: text that follows the ratio.
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
