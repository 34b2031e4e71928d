import Cases
import Results
import Statistics

// Transport mode, which the paper leaves to future research (its last section).
extension Claims {
  static func ofTransport(_ run: RunReading) -> [Claim] {
    [
      judged(
        Claim(
          "transport-free", of: Experiment.transport,
          "Next Header can go into VPE's header without a loss of speed (proposal A: in place of the highest "
            + "byte of the number).", rule: rule("VPE's tunnel"), paper: "without impacting performance"),
        run, .vpeTransportA, .vpe),
      judged(
        Claim(
          "transport-encrypted", of: Experiment.transport,
          "Next Header can be hidden from the network at the same speed (proposal B: encrypted before the "
            + "payload).", rule: rule("proposal A"), paper: "without impacting performance"),
        run, .vpeTransportB, .vpeTransportA),
      judged(
        Claim(
          "transport-esp", of: Experiment.transport,
          "ESP in transport mode costs no more than VPE's proposal A.",
          rule: rule("proposal A"), paper: "", source: .objection),
        run, .espTransport, .vpeTransportA),
    ]
  }

  private static func rule(_ other: String) -> String {
    "Over sealing and opening, packet lengths and headrooms, whole stages cost less than "
      + "\(Display.number(1 + Rules.equalWithin)) times those of \(other) (geometric mean, test over "
      + "launches)."
  }

  private static func judged(_ claim: Claim, _ run: RunReading, _ first: System, _ second: System) -> Claim {
    let pairs = Metric.stages.flatMap { SystemPair.pairs(of: run, first, second, metric: $0) }
    guard let ratio = SystemPair.overall(pairs) else {
      return claim.notRun(missing("\(first.title) and \(second.title) are", in: run))
    }
    return claim.judged(
      Rules.beyond(ratio, 1 + Rules.equalWithin, above: false, "the ratio"), ratio, bases: pairs.map(\.basis))
  }
}
