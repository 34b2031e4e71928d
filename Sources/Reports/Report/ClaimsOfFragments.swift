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
    sealing(
      Claim(
        "fragments-chained", of: Experiment.fragments,
        "Where a packet is cut with new headers in buffers of their own, ESP's trailer adds to the cost: "
          + "it is encrypted as well, and lies in yet another place.",
        rule: "Cut so, sealing the longest packets costs less in VPE than in ESP (test over launches).",
        paper: "non-negligible overhead"),
      run, (.vpe, .chained), to: (.espSingle, .chained), 1)
  }

  private static func inPlaceSaves(_ run: RunReading) -> Claim {
    sealing(
      Claim(
        "fragments-in-place", of: Experiment.fragments,
        "With nothing behind a piece, packets can be cut in their own buffers; where a trailer would "
          + "overwrite the next piece, pieces must be copied.",
        rule: "Sealing the longest packets costs less in VPE, cut in place, than in ESP, each piece copied "
          + "(test over launches).", paper: "may not be performed in-place"),
      run, (.vpe, .inPlace), to: (.espSingle, .copied), 1)
  }

  // MARK: Against VPE

  private static func trailersCanBeSaved(_ run: RunReading) -> Claim {
    let bound = 1 + Rules.equalWithin
    return sealing(
      Claim(
        "fragments-saved", of: Experiment.fragments,
        "ESP can be cut in place as well: the few bytes that its trailer overwrites are saved and put back.",
        rule: "Cut in place, sealing the longest packets costs less than \(Display.number(bound)) times in "
          + "ESP what it does in VPE (test over launches).", paper: "", source: .objection),
      run, (.espSingle, .inPlace), to: (.vpe, .inPlace), bound)
  }

  private static func copiesAreCheap(_ run: RunReading) -> Claim {
    let bound = 1 + Rules.equalWithin
    return sealing(
      Claim(
        "fragments-copy", of: Experiment.fragments,
        "A copy is cheap beside the cipher: ESP that copies each piece costs hardly more than VPE cut in "
          + "place.",
        rule: "Sealing the longest packets costs less than \(Display.number(bound)) times in ESP, each piece "
          + "copied, what it does in VPE, cut in place (test over launches).", paper: "", source: .objection),
      run, (.espSingle, .copied), to: (.vpe, .inPlace), bound)
  }

  private static func wholeIsCheaper(_ run: RunReading) -> Claim {
    let claim = Claim(
      "fragments-outer", of: Experiment.fragments,
      "Packets need not be cut before they are sealed: a receiver that puts outer fragments together has "
        + "less to do than one that opens each piece.",
      rule: "In VPE, opening the longest packets costs less sealed whole, with reassembly, than in pieces "
        + "that were sealed each on its own (test over launches).", paper: "", source: .objection)
    return compared(
      claim, run, Metric.open, of: .fragments, (.vpe, FragmentWay.outer.rawValue),
      to: (.vpe, FragmentWay.copied.rawValue), above: false, 1)
  }

  // MARK: In whole gateways

  static func ofGatewayFragments(_ run: RunReading) -> [Claim] {
    [gatewaysShowIt(run), outerCarriesMore(run)]
  }

  private static func gatewaysShowIt(_ run: RunReading) -> Claim {
    carried(
      Claim(
        "gateway-fragments-vpe", of: Experiment.gatewayFragments,
        "What ESP's trailer adds where packets are cut is seen in whole gateways.",
        rule: "Where each packet is cut before it is sealed, goodput is higher in VPE than in ESP (test over "
          + "launches).", paper: "non-negligible overhead"),
      run, (.vpe, .copied), over: (.espSingle, .copied))
  }

  /// Against VPE: a packet that is cut after it is sealed gains nothing from a format without a trailer.
  private static func outerCarriesMore(_ run: RunReading) -> Claim {
    carried(
      Claim(
        "gateway-fragments-outer", of: Experiment.gatewayFragments,
        "A gateway that seals packets whole and cuts what is sealed carries more than one that seals each "
          + "piece on its own, though the other end puts fragments together.",
        rule: "In VPE, goodput is higher with outer packets cut than with inner ones (test over launches).",
        paper: "", source: .objection),
      run, (.vpe, .outer), over: (.vpe, .copied))
  }

  /// Judges that goodput is higher in one way than in another.
  private static func carried(
    _ claim: Claim, _ run: RunReading, _ first: (system: System, way: FragmentWay),
    over second: (system: System, way: FragmentWay)
  ) -> Claim {
    compared(
      claim, run, Metric.goodput, of: .fragments, (first.system, first.way.rawValue),
      to: (second.system, second.way.rawValue), above: true, 1)
  }

  // MARK: -

  /// Judges that sealing in one way costs less than `bound` times sealing in another way.
  private static func sealing(
    _ claim: Claim, _ run: RunReading, _ first: (system: System, way: FragmentWay),
    to second: (system: System, way: FragmentWay), _ bound: Double
  ) -> Claim {
    compared(
      claim, run, Metric.seal, of: .fragments, (first.system, first.way.rawValue),
      to: (second.system, second.way.rawValue), above: false, bound)
  }
}
