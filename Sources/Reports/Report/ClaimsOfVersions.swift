import Cases
import Results
import Statistics
import Wire

// VPE has no Next Header field, so a receiver must infer the IP version (paper, section 4.3).
extension Claims {
  static func ofVersions(_ run: RunReading) -> [Claim] {
    let bound = 1 + Rules.equalWithin
    let claim = Claim(
      "versions-nibble", of: Experiment.versions,
      "Without a Next Header field the version of an inner packet follows from its first nibble: opening "
        + "IPv6 in IPv4, or the other way round, costs VPE no more beyond IPv4 in IPv4 than it costs ESP.",
      rule: "Of the shortest packets, a whole opening stage's cost as a multiple of that with IPv4 in IPv4, "
        + "directly in IP: VPE's is less than \(Display.number(bound)) times ESP's, in the dearer of the two "
        + "mixtures (within repetitions).",
      paper: "can be safely inferred")
    let points = run.points(of: Metric.openStage) { $0[.encapsulation] == Carrier.ip.rawValue }
    let shortest = points.map(\.coordinates.packetBytes).min()
    let chosen = [System.vpe, .espSingle].flatMap { system in
      [("ipv4", "ipv4"), ("ipv6", "ipv4"), ("ipv4", "ipv6")].compactMap { inner, outer in
        points.first {
          let coordinates = $0.coordinates
          return coordinates.isOf(system) && coordinates.packetBytes == shortest
            && coordinates[.innerVersion] == inner
            && coordinates[.outerVersion] == outer
        }
      }
    }
    guard chosen.count == 6,
      let dearer = LaunchEstimate(
        comparing: chosen.map(\.rounds), by: .middle,
        { costs in
          let mixed = [1, 2].map { costs[$0] / costs[0] / (costs[$0 + 3] / costs[3]) }
          return mixed.contains(where: \.isNaN) ? .nan : mixed.max() ?? .nan
        })
    else { return [claim.notRun(missing("both formats in all mixtures of versions are", in: run))] }
    return [
      claim.judged(
        Rules.beyond(dearer, bound, above: false, "the ratio"),
        ours: "\(Display.estimate(dearer)) with \(shortest ?? 0)-byte packets", dearer,
        bases: chosen.map(\.basis))
    ]
  }
}
