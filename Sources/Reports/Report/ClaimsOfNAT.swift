import Basics
import Cases
import Foundation
import Results
import Statistics
import Wire

// UDP encapsulation, and where packets lie (paper, section 5.5).
extension Claims {
  /// The experiment with headrooms, directly in IP and in UDP.
  static let nat = "nat"
  private static let open = "open_cycles_per_packet"

  static func ofNAT(_ run: RunReading?) -> [Claim] {
    let claim = Claim(
      "8-nat", of: nat,
      "UDP encapsulation for NAT shifts the places at which packets cost least, by the \(shift) bytes of its "
        + "header.",
      rule:
        "The cost of opening in UDP over headrooms follows that without UDP more closely \(shift) bytes "
        + "further on than at the same headroom (ratio of the mean squared logarithms between the curves; "
        + "bootstrap over launches and signed ranks, Holm over formats and packet lengths): for half of "
        + "these or more, and nowhere less closely. Where it follows at the same headroom more closely "
        + "anywhere, it is not reproduced.", paper: "shifts the values")
    guard let run else { return [claim] }
    let points = run.cases.map(\.coordinates)
    let shifts = ["vpe", "esp-single"].flatMap { system in
      Set(points.filter { $0.system == system }.map { length($0) }).sorted().compactMap { packet in
        Rules.Shift(
          "\(SystemStyle(system).title) of \(packet) bytes", of: curve(run, system, packet, .udp),
          from: curve(run, system, packet, .ip), by: shift, within: period)
      }
    }
    guard !shifts.isEmpty else {
      return [claim.notRun(missing("opening at headrooms, in IP and in UDP, is", in: run))]
    }
    let ours = shifts.map { "\(Display.estimate($0.estimate)) for \($0.name)" }.joined(separator: ", ")
    return [claim.judged(Rules.isShifted(shifts), ours: ours, bases: run.cases.map(\.basis))]
  }

  private static let shift = UDP.headerBytes
  /// A cache line: places this far apart are alike.
  private static let period = CacheLines.bytes

  private static func curve(
    _ run: RunReading, _ system: String, _ packet: Int, _ carrier: Carrier
  ) -> Rules.Costs {
    var costs: Rules.Costs = [:]
    for point in run.cases
    where point.coordinates.system == system && length(point.coordinates) == packet
      && point.coordinates.axes[Axis.encapsulation.rawValue] == carrier.rawValue
    {
      let rounds = run.usableSamples(point.coordinates, point.basis).byRound { $0.metrics[open] }
      if !rounds.isEmpty { costs[point.coordinates.extraHeadroomBytes] = rounds }
    }
    return costs
  }
}

extension Rules {
  /// How much more closely a curve follows another one that is shifted than the same one where it stands.
  package struct Shift {
    package let name: String
    /// The mean squared logarithm between the curves in place over that with the shift: above 1 the shift
    /// explains the curve better. Made within each repetition.
    package let estimate: LaunchEstimate
    let ranks: SignedRank

    /// - Parameters:
    ///   - bytes: by how many places the other is further on.
    ///   - period: places this far apart are alike.
    /// - Returns: nil unless the curves have places enough in common.
    package init?(_ name: String, of curve: Costs, from other: Costs, by bytes: Int, within period: Int) {
      let places = curve.keys.filter { other[$0] != nil && other[($0 + bytes) % period] != nil }.sorted()
      guard places.count >= Self.placesMin else { return nil }
      let sources = Array(Set(places + places.map { ($0 + bytes) % period })).sorted()
      let index = Dictionary(uniqueKeysWithValues: sources.enumerated().map { ($1, places.count + $0) })
      func distance(_ figures: [Double], _ shift: Int) -> Double {
        let apart = places.indices.compactMap { place -> Double? in
          guard let source = index[(places[place] + shift) % period] else { return nil }
          let apart = log(figures[place] / figures[source])
          return apart.isFinite ? apart : nil
        }
        // A format costs as much more in UDP at all places: that is no shape.
        guard let level = Statistics.percentile(50, of: apart), apart.count >= Self.placesMin else {
          return .nan
        }
        return apart.reduce(0) { $0 + ($1 - level) * ($1 - level) } / Double(apart.count)
      }
      let all = places.compactMap { curve[$0] } + sources.compactMap { other[$0] }
      let found = LaunchEstimate.compared(all) { distance($0, 0) / distance($0, bytes) }
      let each = found.sorted { $0.key < $1.key }.compactMap { Statistics.percentile(50, of: $0.value) }
      guard let estimate = LaunchEstimate(found, by: .middle), let ranks = SignedRank(each.map { log($0) })
      else { return nil }
      (self.name, self.estimate, self.ranks) = (name, estimate, ranks)
    }

    /// Fewer have no shape.
    private static let placesMin = 8

    /// One-sided p values: by the standard error, as far as ranks agree that there is anything.
    var pAbove: Double { ranks.pAbove <= level ? estimate.pValue(above: 1) ?? 1 : 1 }
    var pBelow: Double { ranks.pBelow <= level ? estimate.pValue(below: 1) ?? 1 : 1 }
  }

  /// Curves are shifted: half of them or more, and none stands where it was.
  package static func isShifted(_ shifts: [Shift]) -> Judgement {
    let above = Statistics.holm(shifts.map(\.pAbove)), below = Statistics.holm(shifts.map(\.pBelow))
    if let least = below.min(), 2 * least <= level {
      let names = zip(shifts, below).filter { 2 * $0.1 <= level }.map(\.0.name)
      return .other("the costs stand at the same headrooms for \(names.joined(separator: ", "))", 2 * least)
    }
    let found = above.filter { 2 * $0 <= level }
    if 2 * found.count >= shifts.count, let largest = found.max() { return .same(2 * largest) }
    return .open(
      "the shift shows beyond the noise in \(found.count) of \(shifts.count.counted("curve")); run more "
        + "launches, or on a machine that does nothing else")
  }
}
