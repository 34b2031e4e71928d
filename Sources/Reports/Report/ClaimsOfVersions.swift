import Cases
import Results
import Statistics
import Wire

// Versions of IP without a Next Header field (paper, section 4.3).
extension Claims {
  /// The experiment with versions of IP inside and outside.
  static let versions = "versions"

  static func ofVersions(_ run: RunReading?) -> [Claim] {
    let bound = 1 + Rules.equalWithin
    let claim = Claim(
      "versions-nibble", of: versions,
      "Without a Next Header field the version of an inner packet follows from its first nibble: opening IPv6 "
        + "in IPv4, or the other way round, costs VPE no more beyond IPv4 in IPv4 than it costs ESP.",
      rule: "Of the shortest packets, a whole opening stage's cost as a multiple of that with IPv4 in IPv4, "
        + "directly in IP: VPE's is less than \(Display.number(bound)) times ESP's, in the dearer of the two "
        + "mixtures (within repetitions).",
      paper: "can be safely inferred")
    guard let run else { return [claim] }
    let shortest = run.cases.compactMap { $0.coordinates.axes[packet].flatMap { Int($0) } }.min()
    let cases = ["vpe", "esp-single"].flatMap { system in
      [("ipv4", "ipv4"), ("ipv6", "ipv4"), ("ipv4", "ipv6")].map { inner, outer in
        run.cases.first {
          let axes = $0.coordinates.axes
          return $0.coordinates.system == system && axes[packet] == shortest.map(String.init)
            && axes[Axis.innerVersion.rawValue] == inner && axes[Axis.outerVersion.rawValue] == outer
            && axes[Axis.encapsulation.rawValue] == Carrier.ip.rawValue
        }
      }
    }
    let rounds = cases.map { found in
      found.map { run.usableSamples($0.coordinates, $0.basis).byRound { $0.metrics[openStage] } } ?? [:]
    }
    guard rounds.allSatisfy({ !$0.isEmpty }),
      let dearer = LaunchEstimate(
        comparing: rounds, by: .middle,
        { costs in
          let mixed = [1, 2].map { costs[$0] / costs[0] / (costs[$0 + 3] / costs[3]) }
          return mixed.contains(where: \.isNaN) ? .nan : mixed.max() ?? .nan
        })
    else { return [claim.notRun(missing("both formats in all mixtures of versions are", in: run))] }
    return [
      claim.judged(
        Rules.beyond(dearer, bound, above: false, "the ratio"),
        ours: "\(Display.estimate(dearer)) with \(shortest ?? 0)-byte packets", dearer,
        bases: cases.compactMap { $0?.basis })
    ]
  }

  private static let packet = Axis.packetBytes.rawValue
  private static let openStage = "open_stage_cycles_per_packet"
}
