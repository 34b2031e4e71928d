import Cases
import Results

// Packets that are longer than the path allows (paper, sections 3.2 and 4.3).
extension Claims {
  static func ofFragments(_ run: RunReading) -> [Claim] {
    [
      trailersCost(run), inPlaceSaves(run), trailersCanBeSaved(run), copiesAreCheap(run), wholeIsCheaper(run),
    ]
  }

  private static func trailersCost(_ run: RunReading) -> Claim {
    compared(
      Claim(
        "fragments-chained", of: Experiment.fragments,
        "Where a packet is cut with new headers in buffers of their own, ESP's trailer adds to the cost: "
          + "it is encrypted as well, and lies in yet another place.",
        rule: "Cut so, sealing the longest packets costs less in VPE than in ESP (test over launches).",
        paper: "non-negligible overhead"),
      run, Metric.seal, (.vpe, .chained), to: (.espSingle, .chained))
  }

  private static func inPlaceSaves(_ run: RunReading) -> Claim {
    compared(
      Claim(
        "fragments-in-place", of: Experiment.fragments,
        "With nothing behind a piece, packets can be cut in their own buffers; where a trailer would "
          + "overwrite the next piece, pieces must be copied.",
        rule: "Sealing the longest packets costs less in VPE, cut in place, than in ESP, each piece copied "
          + "(test over launches).", paper: "may not be performed in-place"),
      run, Metric.seal, (.vpe, .inPlace), to: (.espSingle, .copied))
  }

  // MARK: Against VPE

  private static func trailersCanBeSaved(_ run: RunReading) -> Claim {
    let bound = 1 + Rules.equalWithin
    return compared(
      Claim(
        "fragments-saved", of: Experiment.fragments,
        "ESP can be cut in place as well: the few bytes that its trailer overwrites are saved and put back.",
        rule: "Cut in place, sealing the longest packets costs less than \(Display.number(bound)) times in "
          + "ESP what it does in VPE (test over launches).", paper: "", source: .objection),
      run, Metric.seal, (.espSingle, .inPlace), to: (.vpe, .inPlace), bound)
  }

  private static func copiesAreCheap(_ run: RunReading) -> Claim {
    let bound = 1 + Rules.equalWithin
    return compared(
      Claim(
        "fragments-copy", of: Experiment.fragments,
        "A copy is cheap beside the cipher: ESP that copies each piece costs hardly more than VPE cut in "
          + "place.",
        rule: "Sealing the longest packets costs less than \(Display.number(bound)) times in ESP, each piece "
          + "copied, what it does in VPE, cut in place (test over launches).", paper: "", source: .objection),
      run, Metric.seal, (.espSingle, .copied), to: (.vpe, .inPlace), bound)
  }

  private static func wholeIsCheaper(_ run: RunReading) -> Claim {
    let claim = Claim(
      "fragments-outer", of: Experiment.fragments,
      "Packets need not be cut before they are sealed: a receiver that puts outer fragments together has "
        + "less to do than one that opens each piece.",
      rule: "In VPE, opening the longest packets costs less sealed whole, with reassembly, than in pieces "
        + "that were sealed each on its own (test over launches).", paper: "", source: .objection)
    return compared(claim, run, Metric.open, (.vpe, .outer), to: (.vpe, .copied))
  }

  // MARK: In whole gateways

  static func ofGatewayFragments(_ run: RunReading) -> [Claim] {
    [gatewaysShowIt(run), outerCarriesMore(run)]
  }

  private static func gatewaysShowIt(_ run: RunReading) -> Claim {
    compared(
      Claim(
        "gateway-fragments-vpe", of: Experiment.gatewayFragments,
        "What ESP's trailer adds where packets are cut is seen in whole gateways.",
        rule: "Where each packet is cut before it is sealed, goodput is higher in VPE than in ESP (test over "
          + "launches).", paper: "non-negligible overhead"),
      run, Metric.goodput, (.vpe, .copied), to: (.espSingle, .copied), above: true)
  }

  /// An objection to VPE: if a packet is cut after sealing, a format without a trailer gains nothing.
  private static func outerCarriesMore(_ run: RunReading) -> Claim {
    compared(
      Claim(
        "gateway-fragments-outer", of: Experiment.gatewayFragments,
        "A gateway that seals packets whole and cuts what is sealed carries more than one that seals each "
          + "piece on its own, though the other end puts fragments together.",
        rule: "In VPE, goodput is higher with outer packets cut than with inner ones (test over launches).",
        paper: "", source: .objection),
      run, Metric.goodput, (.vpe, .outer), to: (.vpe, .copied), above: true)
  }

  // MARK: -

  private typealias Way = (system: System, way: FragmentWay)

  /// Judges the ratio of a metric between two pairs of system and fragmentation method: below `bound`, or
  /// above it.
  private static func compared(
    _ claim: Claim, _ run: RunReading, _ metric: String, _ first: Way, to second: Way, above: Bool = false,
    _ bound: Double = 1
  ) -> Claim {
    compared(
      claim, run, metric, of: .fragments, (first.system, first.way.rawValue),
      to: (second.system, second.way.rawValue), above: above, bound)
  }
}
