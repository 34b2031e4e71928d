import Basics
import Cases
import Foundation
import Results
import Statistics

// Figures 7 and 8.
extension Claims {
  private static let seal = "seal_cycles_per_packet"

  static func figureSeven(_ run: RunReading?, _ paper: PaperValues) -> [Claim] {
    let below = Claim(
      "7-below", .seven,
      "Over all packet lengths together sealing costs less in VPE than in ESP, and at none it is seen to "
        + "cost more.",
      rule:
        "The geometric mean of VPE / ESP over all lengths is below 1; at no length VPE costs more beyond the "
        + "noise (Holm over all lengths), and at half of them or more it costs less beyond the noise "
        + "(Benjamini and Hochberg). The paper says so of every length; at how many it was shown stands in "
        + "the table.", paper: "always below")
    let rises = Claim(
      "7-rises", .seven, "VPE's cost grows consistently with the length.",
      rule: "Kendall's tau of cost and length is at least \(Rules.risingTau). Where it is less, that counts "
        + "against the claim only if the cost falls from a length to the next beyond the noise (Holm).",
      paper: "consistent increase")
    let periods = periods(run, paper, .seven, system: "esp-single", curve: "packet_bytes", unit: "lengths")
    guard let run else { return [below, rises] + periods + objections(nil) }

    let pairs = SystemPair.pairs(of: run, "vpe", "esp-single", metric: seal)
    let comparison = Rules.compare(
      Dictionary(pairs.map { (length($0.coordinates), $0.ratio) }, uniquingKeysWith: { first, _ in first }),
      SystemPair.overall(pairs))
    let ours = comparison.overall.map {
      "costs VPE \(Display.estimate($0)) times what it costs ESP over all lengths: less, beyond the noise, "
        + "at \(comparison.below) of \(comparison.places) lengths, more at "
        + (comparison.above.isEmpty ? "none" : "\(comparison.above.count)")
    }
    let costs = run.figures.filter {
      $0.metric == seal && $0.coordinates.system == "vpe" && $0.isValid && $0.value != nil
    }.sorted { length($0.coordinates) < length($1.coordinates) }
    let trend = Statistics.trend(of: costs.compactMap(\.value))
    return [
      pairs.isEmpty
        ? below.notRun(missing("VPE and ESP are", in: run))
        : below.judged(
          Rules.alwaysBelow(comparison), ours: ours ?? "", comparison.overall,
          bases: pairs.map(\.basis)),
      costs.isEmpty
        ? rises.notRun(missing("VPE is", in: run))
        : rises.judged(
          Rules.rises(costs.compactMap(\.value), falls: falls(run, costs.map(\.caseKey))),
          ours: trend.map { "tau \(Display.number($0.tau))" } ?? "", bases: costs.map(\.basis)),
    ] + periods + objections(run)
  }

  /// The p value of a fall of the cost from each case to the next.
  private static func falls(_ run: RunReading, _ cases: [CaseKey]) -> [Double] {
    let samples = cases.map { run.usableSamples($0.coordinates, $0.basis) }
    return zip(samples, samples.dropFirst()).map { before, after in
      LaunchEstimate(of: seal, in: after, to: before)?.pValue(below: 1) ?? 1
    }
  }

  static func figureEight(_ run: RunReading?, _ paper: PaperValues) -> [Claim] {
    periods(run, paper, .eight, system: "vpe", curve: "extra_headroom_bytes", unit: "headrooms") + [
      varying(run), icv(run), front(run),
    ]
  }

  /// The inner packet's length.
  static func length(_ coordinates: CaseCoordinates) -> Int {
    coordinates.byName["packet_bytes"].flatMap { Int($0) } ?? 0
  }

  /// That minima lie a period apart, and that they lie where the paper has them.
  private static func periods(
    _ run: RunReading?, _ paper: PaperValues, _ figure: Figure, system: String, curve: String, unit: String
  ) -> [Claim] {
    let title = SystemStyle(system).title
    let minima = paper.points.filter { $0.system == system }.map { Int($0.value) }
    let period = PeriodExpectation(minima: minima)?.period ?? 0
    let places = minima.map { "\($0)" }.joined(separator: ", ")
    let number = figure == .seven ? "7" : "8"
    let apart = Claim(
      "\(number)-period", figure, "\(title) seals cheapest at \(unit) that lie \(period) bytes apart.",
      rule:
        "In half of the curves or more the period is part of the structure that analysis.csv finds (rotation "
        + "tests), whatever its phase; where the library's bare call over the same bytes has it, only if the "
        + "ratio to that has it, too. Where it is found in none, that counts against the claim only if a "
        + "point's 95 % interval is within \(Rules.noiseText).", paper: "\(period) bytes apart")
    let phase = Claim(
      "\(number)-phase", figure, "\(title) seals cheapest at \(unit) of \(places) bytes.",
      rule:
        "Where the period is found, its lowest cost lies within a step of the paper's, in half of the curves "
        + "or more.", paper: places, isTest: false)
    guard let run else { return [apart, phase] }
    let findings = run.expectations.filter {
      $0.system == system && $0.curve == curve && $0.metric == seal
    }
    let bases = run.figures.filter { $0.coordinates.system == system && $0.metric == seal }.map(\.basis)
    guard !bases.isEmpty else { return [apart, phase].map { $0.notRun(missing("\(title) is", in: run)) } }
    let ours = findings.map { finding in
      (finding.packetBytes.map { "\($0) bytes: " } ?? "") + sentence(finding)
    }.joined(separator: "; ")
    return [
      apart.judged(Rules.hasPeriod(findings, noise: noise(run, system)), ours: ours, bases: bases),
      phase.judged(Rules.hasPhase(findings), ours: ours, bases: bases),
    ]
  }

  private static func sentence(_ finding: ExpectationFinding) -> String {
    switch finding.status {
    case "yes", "other_phase":
      (finding.phase.map { "lowest at \(finding.period) k + \($0)" } ?? "period \(finding.period)")
        + (finding.isOwn ? "" : ", as has the library's bare call")
    case "other_period":
      "period \(finding.structure.map { "\($0)" }.joined(separator: " and ")) instead"
    case "no_structure": "no significant period"
    default: "not testable"
    }
  }

  /// The median over a system's points of half the 95 % interval, as a share of the figure.
  private static func noise(_ run: RunReading, _ system: String) -> Double? {
    Statistics.percentile(
      50,
      of: run.figures.filter { $0.coordinates.system == system && $0.metric == seal }.compactMap { figure in
        figure.margin.flatMap { margin in figure.value.map { margin / $0 } }
      })
  }

  // MARK: Headrooms

  /// A system's costs at each headroom, of the packets of one length.
  private static func headrooms(_ run: RunReading, _ system: String, _ packet: Int) -> Rules.Costs {
    var costs: Rules.Costs = [:]
    for point in run.cases where point.coordinates.system == system && length(point.coordinates) == packet {
      let rounds = run.usableSamples(point.coordinates, point.basis).byRound { $0.metrics[seal] }
      if !rounds.isEmpty { costs[point.coordinates.extraHeadroomBytes] = rounds }
    }
    return costs
  }

  private static func packets(_ run: RunReading) -> [Int] {
    Set(run.cases.filter { $0.coordinates.system == "vpe" }.map { length($0.coordinates) }).sorted()
  }

  private static func varying(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "8-vary", .eight, "Both formats' costs vary between 30 and 44 bytes of headroom.",
      rule:
        "For each format there is a packet length at which the median over these headrooms differs from that "
        + "over the others by more than \(Display.percent(Rules.equalWithin)) (bootstrap over launches and "
        + "signed ranks, Holm over formats and lengths). Where a format is equal within that at all lengths, "
        + "it is not reproduced.",
      paper: "both vary between 30 and 44")
    guard let run else { return claim }
    let lengths = packets(run)
    let contrasts = ["vpe", "esp-single"].map { system in
      lengths.compactMap { packet -> Rules.Contrast? in
        Rules.Contrast("\(packet) bytes", headrooms(run, system, packet)) { (30...44).contains($0) }
      }
    }
    guard contrasts.allSatisfy({ !$0.isEmpty }) else {
      return claim.notRun(missing("both formats at headrooms within and beyond 30 to 44 are", in: run))
    }
    let ours = zip(["VPE", "ESP"], contrasts).map { "\($0): \(texts($1))" }
    return claim.judged(Rules.bothVary(contrasts), ours: ours.joined(separator: "; "), bases: bases(run))
  }

  private static func icv(_ run: RunReading?) -> Claim {
    dearer(
      Claim(
        "8-icv", .eight, "ESP costs more where its ICV lies in two cache lines.",
        rule: rule("ESP", "the ICV lies in two lines"), paper: ""),
      run, "esp-single", of: "raw-aad", \.icvStraddles)
  }

  /// Against VPE.
  private static func front(_ run: RunReading?) -> Claim {
    dearer(
      Claim(
        "8-header", .eight,
        "VPE costs more where the first half of its header, number and SPI, lies in two cache lines.",
        rule: rule("VPE", "bytes 0 to 15 of its header lie in two lines"), paper: "", source: .objection),
      run, "vpe", of: "raw", \.headerStraddles)
  }

  private static func rule(_ format: String, _ place: String) -> String {
    "\(format)'s own cost at headrooms at which \(place) is above that at the others (medians) by more than "
      + "\(Display.percent(Rules.equalWithin)) at one packet length or more, and its ratio to the bare call, "
      + "in the same repetitions, is above, too; nowhere below (bootstrap over launches and signed ranks, "
      + "Holm over lengths). Where one of the two is equal within \(Display.percent(Rules.equalWithin)) at "
      + "each length, it is not reproduced."
  }

  /// Judges that a format costs more at some headrooms than at the others.
  private static func dearer(
    _ claim: Claim, _ run: RunReading?, _ system: String, of call: String,
    _ isMeant: @escaping (PacketPlace) -> Bool
  ) -> Claim {
    guard let run else { return claim }
    let places = packets(run).compactMap { packet -> Rules.Place? in
      let costs = headrooms(run, system, packet)
      func within(_ headroom: Int) -> Bool {
        isMeant(
          PacketPlace(packetBytes: packet, headroomBytes: headroom, system: system, isPlain: run.isPlain))
      }
      let name = "\(packet) bytes"
      guard let own = Rules.Contrast(name, costs, within: within),
        let overCall = Rules.Contrast(name, costs, over: headrooms(run, call, packet), within: within)
      else { return nil }
      return Rules.Place(own: own, overCall: overCall)
    }
    guard !places.isEmpty else {
      return claim.notRun(
        missing("\(SystemStyle(system).title) and the bare call at both kinds of headrooms are", in: run))
    }
    return claim.judged(
      Rules.isDearer(places),
      ours: "\(texts(places.map(\.own))); over the bare call \(texts(places.map(\.overCall)))",
      bases: bases(run))
  }

  private static func texts(_ contrasts: [Rules.Contrast]) -> String {
    contrasts.map { "\(Display.estimate($0.estimate)) at \($0.name)" }.joined(separator: ", ")
  }

  private static func bases(_ run: RunReading) -> [Basis] { run.cases.map(\.basis) }

  // MARK: Against VPE

  private static func objections(_ run: RunReading?) -> [Claim] { [library(run), equalAtLength(run)] }

  /// What library 1.3 charged for additional data over 50 bytes, on an AMD EPYC of family 23
  /// (docs/crypto-library.md).
  private static let oldLibrary = 129.0 / 108

  /// The crypto library's price of additional data, over as many encrypted bytes.
  private static func library(_ run: RunReading?) -> Claim {
    let old = Display.number(oldLibrary)
    let claim = Claim(
      "7-library", .seven,
      "Part of VPE's lead is the crypto library's: a newer one charges less for ESP's additional data.",
      rule: "Up to 128 bytes the bare call with additional data costs less than "
        + "\(Display.number(oldLibrary.squareRoot())) times that without, over the same bytes: nearer to 1 "
        + "than to the \(old) that intel-ipsec-mb 1.3 took at 50 bytes in a run of this suite on another CPU "
        + "(docs/crypto-library.md). The paper has no such figure.",
      paper: "none; library 1.3 on another CPU (AMD family 23): \(old)", source: .objection)
    guard let run else { return claim }
    func values(_ system: String) -> [Int: LaunchEstimate.Rounds] {
      var costs: [Int: LaunchEstimate.Rounds] = [:]
      for point in run.cases where point.coordinates.system == system {
        costs[HeaderSizes.ciphertext(system, packetBytes: length(point.coordinates))] =
          run.usableSamples(point.coordinates, point.basis).byRound { $0.metrics[seal] }
      }
      return costs.filter { $0.key <= 128 && !$0.value.isEmpty }
    }
    let (with, without) = (values("raw-aad"), values("raw"))
    let pairs = with.keys.sorted().compactMap { bytes in
      without[bytes].flatMap { other in with[bytes].map { (above: $0, below: other) } }
    }
    guard !pairs.isEmpty, let ratio = LaunchEstimate(ofAll: pairs) else {
      return claim.notRun(
        missing("the bare call with and without additional data up to 128 bytes is", in: run))
    }
    return claim.judged(
      Rules.beyond(ratio, oldLibrary.squareRoot(), above: false, "the ratio"), ratio, bases: bases(run))
  }

  private static func equalAtLength(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "7-equal", .seven, "With large packets both formats cost the same.",
      rule:
        "Over lengths of 1400 bytes and more VPE / ESP is within \(Display.percent(Rules.equalWithin)) of 1 "
        + "(two one-sided tests); further from 1, it is not reproduced.", paper: "", source: .objection)
    guard let run else { return claim }
    let pairs = SystemPair.pairs(of: run, "vpe", "esp-single", metric: seal).filter {
      length($0.coordinates) >= 1400
    }
    guard let ratio = SystemPair.overall(pairs) else {
      return claim.notRun(missing("VPE and ESP at 1400 bytes and more are", in: run))
    }
    return claim.judged(
      Rules.equal(ratio), ours: "\(Display.estimate(ratio)) over \(pairs.count.counted("length"))",
      ratio, bases: pairs.map(\.basis))
  }
}
