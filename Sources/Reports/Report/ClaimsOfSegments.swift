import Cases
import Results
import Wire

// Long packets in several buffers (paper, sections 3.2 and 4.3).
extension Claims {
  static func ofSegments(_ run: RunReading) -> [Claim] {
    [mergingCosts(run), bordersCost(run), mergingIsCheap(run), largeBuffers(run)]
  }

  private static func mergingCosts(_ run: RunReading) -> Claim {
    compared(
      Claim(
        "jumbo-merge", of: Experiment.jumbo,
        "To merge chained buffers, as implementations of ESP do to avoid a trailer in two of them, costs "
          + "performance.",
        rule: "Opening the longest packets in ESP costs more where their buffers are merged than where they "
          + "are opened piece by piece (test over launches).", paper: "decreased performance"),
      run, (.espSingle, .merged), to: (.espSingle, .chained), above: true, 1)
  }

  private static func bordersCost(_ run: RunReading) -> Claim {
    compared(
      Claim(
        "jumbo-icv", of: Experiment.jumbo,
        "With the ICV in the header, where no border of buffers parts it, packets in chained buffers cost "
          + "less.",
        rule: "In chained buffers opening the longest packets whose ESP trailer and ICV lie in two of them "
          + "costs less in VPE than in ESP (test over launches).",
        paper: "avoiding checks and potential reassembly costs"),
      run, (.vpe, .chained), to: (.espSingle, .chained), above: false, 1,
      where: { ChainedBuffers.splitsESP(inner: $0) })
  }

  // MARK: Against VPE

  private static func mergingIsCheap(_ run: RunReading) -> Claim {
    let bound = 1 + Rules.equalWithin
    return compared(
      Claim(
        "jumbo-copy", of: Experiment.jumbo,
        "A copy is cheap beside the cipher: ESP that merges buffers costs hardly more than VPE that does "
          + "not.",
        rule: "Opening the longest packets costs less than \(Display.number(bound)) times in ESP with merged "
          + "buffers what it does in VPE with chained ones (test over launches).", paper: "",
        source: .objection),
      run, (.espSingle, .merged), to: (.vpe, .chained), above: false, bound)
  }

  private static func largeBuffers(_ run: RunReading) -> Claim {
    compared(
      Claim(
        "jumbo-large", of: Experiment.jumbo,
        "Buffers of 9 KiB have no borders: ESP in these costs less than VPE in chained ones.",
        rule: "Opening the longest packets costs less in ESP in one buffer of 9 KiB than in VPE in chained "
          + "buffers (test over launches). What mixing with short packets costs such buffers is not asked.",
        paper: "", source: .objection),
      run, (.espSingle, .contiguous), to: (.vpe, .chained), above: false, 1)
  }

  // MARK: Figures

  private typealias Way = (system: System, buffers: PacketBuffers)

  /// Judges the cost of opening between two pairs of system and buffers.
  private static func compared(
    _ claim: Claim, _ run: RunReading, _ first: Way, to second: Way, above: Bool, _ bound: Double,
    where isMeant: (Int) -> Bool = { _ in true }
  ) -> Claim {
    compared(
      claim, run, Metric.open, of: .buffers, (first.system, first.buffers.rawValue),
      to: (second.system, second.buffers.rawValue), above: above, bound, where: isMeant)
  }

  /// Judges the ratio of a metric between two pairs of a system and a value of `axis`. Of the packet lengths
  /// that both pairs have and for which `isMeant` holds, the longest counts. If there are cases of both IP
  /// versions, those of IPv4 count.
  static func compared(
    _ claim: Claim, _ run: RunReading, _ metric: String, of axis: Axis,
    _ first: (system: System, value: String), to second: (system: System, value: String), above: Bool,
    _ bound: Double, where isMeant: (Int) -> Bool = { _ in true }
  ) -> Claim {
    let points = [first, second].map { way in
      run.points(of: metric, way.system) {
        let versions = [$0[.innerVersion], $0[.outerVersion]]
        return $0[axis] == way.value && !versions.contains(IPVersion.ipv6.rawValue) && isMeant($0.packetBytes)
      }
    }
    let lengths = points.map { Set($0.map(\.coordinates.packetBytes)) }
    let longest = lengths[0].intersection(lengths[1]).max()
    let ends = points.map { own in own.first { $0.coordinates.packetBytes == longest } }
    let titles = [first, second].map { "\($0.system.title) \($0.value)" }
    return judged(
      claim, run, ends[0], to: ends[1], "\(titles.joined(separator: " and ")) at a fitting length are"
    ) { point, _ in
      " with \(point.coordinates.packetBytes) bytes"
    } by: {
      Rules.beyond($0, bound, above: above, "the ratio")
    }
  }
}
