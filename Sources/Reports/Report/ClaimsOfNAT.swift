import Basics
import Cases
import Foundation
import Results
import Statistics
import Wire

// UDP encapsulation and the alignment of packets (paper, section 5.5).
extension Claims {
  static func ofNAT(_ run: RunReading) -> [Claim] {
    let claim = Claim(
      "8-nat", of: Experiment.nat,
      "UDP encapsulation for NAT shifts the places at which packets cost least, by the \(shift) bytes of its "
        + "header.",
      rule:
        "The cost of opening in UDP over headrooms follows that without UDP more closely \(shift) bytes "
        + "further on than at the same headroom: for half of the formats and packet lengths or more, and "
        + "nowhere less closely. Each launch's curve is held against the other one's figures in all other "
        + "launches, so that nothing disturbs both (1: shifted; -1: in place; 0: neither, or a flat curve; "
        + "above \(Rules.shiftMin) or below -\(Rules.shiftMin) by "
        + "bootstrap over launches and signed ranks, Holm over formats and lengths). Where it follows at the "
        + "same headroom more closely anywhere, it is not reproduced.", paper: "shifts the values")
    let shifts = [System.vpe, .espSingle].flatMap { system in
      run.packetLengths(system).compactMap { packet in
        let curves = [Carrier.udp, .ip].map { carrier in
          run.costs(of: Metric.open, system, packetBytes: packet) { $0[.encapsulation] == carrier.rawValue }
        }
        return Rules.Shift(
          "\(system.title) of \(packet) bytes", of: curves[0], from: curves[1], by: shift, within: period)
      }
    }
    guard !shifts.isEmpty else {
      return [claim.notRun(missing("opening at headrooms, in IP and in UDP, is", in: run))]
    }
    let ours = shifts.map { "\($0.text) for \($0.name)" }.joined(separator: ", ")
    return [claim.judged(Rules.isShifted(shifts), ours: ours, bases: run.cases.map(\.basis))]
  }

  private static let shift = UDP.headerBytes
  /// A cache line: headrooms that differ by this have the same alignment.
  private static let period = CacheLines.bytes
}

extension Rules {
  /// Compares a curve with another one that is shifted and with the same one unshifted.
  package struct Shift {
    package let name: String
    /// 1 if the curve equals the other one shifted, -1 if it equals the other one unshifted, 0 if it is like
    /// neither or has no shape.
    package let share: (value: Double, low: Double?, high: Double?)
    private let estimate: LaunchEstimate
    private let ranks: SignedRank

    /// Compares each launch's curve with the other curve's figures in all other launches. Within a repetition
    /// the two curves' samples at a headroom follow each other, so a disturbance of both would look like a
    /// shape that does not shift.
    /// - Parameters:
    ///   - bytes: the distance by which the other curve is shifted.
    ///   - period: the distance in bytes after which alignments repeat.
    /// - Returns: nil unless the curves have enough headrooms and launches in common.
    package init?(_ name: String, of curve: Costs, from other: Costs, by bytes: Int, within period: Int) {
      let curves = [curve, other].map { costs in costs.mapValues { LaunchEstimate.values($0) } }
      let launches = Set(curves.flatMap { costs in costs.values.flatMap(\.keys) }).sorted()
      guard launches.count >= LaunchEstimate.launchesMin else { return nil }
      let each = launches.compactMap { launch -> (launch: Int, share: Double)? in
        // Compare the first curve in this launch with the second in all others, then the second with the
        // first.
        let shapes = curves.map {
          (own: Self.shape($0) { $0 == launch }, rest: Self.shape($0) { $0 != launch })
        }
        guard let one = Self.share(shapes[0].own, shapes[1].rest, bytes, period),
          let other = Self.share(shapes[1].own, shapes[0].rest, period - bytes, period)
        else { return nil }
        return (launch, min(max((one + other) / 2, -Self.shareMax), Self.shareMax))
      }
      // An estimate has the standard error of a logarithm. The exponential of each share makes the shares,
      // which may be negative, such logarithms.
      guard
        let estimate = LaunchEstimate(
          Dictionary(uniqueKeysWithValues: each.map { ($0.launch, [exp($0.share)]) }), by: .middle),
        let ranks = SignedRank(each.map(\.share))
      else { return nil }
      (self.name, self.estimate, self.ranks) = (name, estimate, ranks)
      // The shares of two launches are not independent: each one's rest holds the other's curve. That doubles
      // the variance of the estimate, which is the variance that the prediction interval has.
      let wide = estimate.prediction
      share = (log(estimate.value), wide.map { log($0.low) }, wide.map { log($0.high) })
    }

    /// The logarithm of the figure at each headroom in some launches, less the median over all headrooms: a
    /// constant extra cost of UDP is no shape.
    private static func shape(
      _ curve: [Int: LaunchEstimate.Values], in isMeant: (Int) -> Bool
    ) -> [Int: Double] {
      let figures = curve.compactMapValues { launches in
        Estimator.lowEnd.value(of: launches.filter { isMeant($0.key) }.values.flatMap { $0 })
      }.filter { $0.value > 0 }.mapValues { log($0) }
      let level = Statistics.percentile(50, of: Array(figures.values)) ?? 0
      return figures.mapValues { $0 - level }
    }

    /// The sum of squared distances between the curves unshifted, less that with the other curve shifted,
    /// divided by the sum of squares of what the shift changes.
    private static func share(
      _ own: [Int: Double], _ other: [Int: Double], _ shift: Int, _ period: Int
    ) -> Double? {
      let points = own.sorted { $0.key < $1.key }.compactMap { headroom, cost in
        other[headroom].flatMap { still in
          other[(headroom + shift) % period].map { (cost: cost, still: still, shifted: $0) }
        }
      }
      let changed = points.reduce(0) { $0 + ($1.shifted - $1.still) * ($1.shifted - $1.still) }
      guard points.count >= headroomsMin, changed > 0 else { return nil }
      let closer = points.reduce(0) {
        $0 + ($1.shifted - $1.still) * (2 * $1.cost - $1.still - $1.shifted)
      }
      return closer / changed
    }

    /// Curves with fewer headrooms in common have no shape.
    private static let headroomsMin = 8
    /// Limits a launch's share: where the curve is flat, the quotient may have any size.
    private static let shareMax = 10.0

    package var text: String { Display.interval(share.value, share.low, share.high) }

    /// One-sided p values by the standard error, provided that the signed ranks are significant as well.
    var pAbove: Double { ranks.pAbove <= level ? tail(share.value - shiftMin) : 1 }
    var pBelow: Double { ranks.pBelow <= level ? tail(-shiftMin - share.value) : 1 }

    private func tail(_ distance: Double) -> Double {
      guard let error = estimate.standardError else { return 1 }
      if error == 0 { return distance > 0 ? 0 : 1 }
      return Statistics.studentTail(
        distance / (2.0.squareRoot() * error), degreesOfFreedom: estimate.launches - 1)
    }
  }

  /// A share of less than a quarter does not count as a shift.
  package static let shiftMin = 0.25

  /// Judges whether curves are shifted: at least half of them are, and none equals the other one unshifted.
  package static func isShifted(_ shifts: [Shift]) -> Judgement {
    let above = Statistics.holm(shifts.map(\.pAbove)), below = Statistics.holm(shifts.map(\.pBelow))
    if let least = below.min(), 2 * least <= level {
      let names = zip(shifts, below).filter { 2 * $0.1 <= level }.map(\.0.name)
      return .other("the costs stand at the same headrooms for \(names.joined(separator: ", "))", 2 * least)
    }
    let found = above.filter { 2 * $0 <= level }
    if 2 * found.count >= shifts.count, let largest = found.max() { return .same(2 * largest) }
    return .open(
      "the shift shows beyond the noise in \(found.count) of \(shifts.count.counted("curve")); the others "
        + "are flat, or the noise hides it: run more launches, or on a machine that does nothing else")
  }
}
