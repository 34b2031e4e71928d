import Cases
import Results
import Statistics

// Transport mode, which the paper leaves to further research (its last section).
extension Claims {
  /// The experiment with transport mode.
  static let transport = "transport"

  static func ofTransport(_ run: RunReading?) -> [Claim] {
    [
      judged(
        Claim(
          "transport-free", of: transport,
          "Next Header can go into VPE's header without a loss of speed (proposal A: in place of the highest "
            + "byte of the number).", rule: rule("VPE's tunnel"), paper: "without impacting performance"),
        run, "vpe-transport-a", "vpe"),
      judged(
        Claim(
          "transport-encrypted", of: transport,
          "Next Header can be hidden from the network at the same speed (proposal B: encrypted before the "
            + "payload).", rule: rule("proposal A"), paper: "without impacting performance"),
        run, "vpe-transport-b", "vpe-transport-a"),
      judged(
        Claim(
          "transport-esp", of: transport, "ESP in transport mode costs no more than VPE's proposal A.",
          rule: rule("proposal A"), paper: "", source: .objection),
        run, "esp-transport", "vpe-transport-a"),
    ]
  }

  private static let stages = ["seal_stage_cycles_per_packet", "open_stage_cycles_per_packet"]

  private static func rule(_ other: String) -> String {
    "Over sealing and opening, packet lengths and headrooms, whole stages cost less than "
      + "\(Display.number(1 + Rules.equalWithin)) times those of \(other) (geometric mean, test over "
      + "launches)."
  }

  private static func judged(_ claim: Claim, _ run: RunReading?, _ first: String, _ second: String) -> Claim {
    guard let run else { return claim }
    let pairs = stages.flatMap { SystemPair.pairs(of: run, first, second, metric: $0) }
    guard let ratio = SystemPair.overall(pairs) else {
      let titles = [first, second].map { SystemStyle($0).title }.joined(separator: " and ")
      return claim.notRun(missing("\(titles) are", in: run))
    }
    return claim.judged(
      Rules.beyond(ratio, 1 + Rules.equalWithin, above: false, "the ratio"), ratio, bases: pairs.map(\.basis))
  }
}
