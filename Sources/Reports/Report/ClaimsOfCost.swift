import Basics
import Cases
import Results
import Statistics

// Figures 7 and 8.
extension Claims {
  static func figureSeven(_ run: RunReading, _ paper: PaperValues) -> [Claim] {
    let below = Claim(
      "7-below", of: Experiment.figure7,
      "Over all packet lengths together sealing costs less in VPE than in ESP, and at none it is seen to "
        + "cost more.",
      rule:
        "The geometric mean of VPE / ESP over all lengths is below 1; at no length VPE costs more beyond the "
        + "noise (Holm over all lengths), and at half of them or more it costs less beyond the noise "
        + "(Benjamini and Hochberg). The paper says so of every length; at how many it was shown stands in "
        + "the table.", paper: "always below")
    let rises = Claim(
      "7-rises", of: Experiment.figure7, "VPE's cost grows consistently with the length.",
      rule: "Kendall's tau of cost and length is at least \(Rules.risingTau). Where it is less, that counts "
        + "against the claim only if the cost falls from a length to the next beyond the noise (Holm).",
      paper: "consistent increase")
    let pairs = SystemPair.pairs(of: run, .vpe, .espSingle, metric: Metric.seal)
    let comparison = Rules.compare(
      Dictionary(
        pairs.map { ($0.coordinates.packetBytes, $0.ratio) }, uniquingKeysWith: { first, _ in first }),
      SystemPair.overall(pairs))
    let ours = comparison.overall.map {
      "costs VPE \(Display.estimate($0)) times what it costs ESP over all lengths: less, beyond the noise, "
        + "at \(comparison.below) of \(comparison.tested) lengths, more at "
        + (comparison.above.isEmpty ? "none" : "\(comparison.above.count)")
    }
    let costs = run.figures.filter {
      $0.metric == Metric.seal && $0.coordinates.isOf(.vpe) && $0.isValid && $0.value != nil
    }.sorted { $0.coordinates.packetBytes < $1.coordinates.packetBytes }
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
    ] + periods(run, paper, .seven, .espSingle, over: .packetBytes, unit: "lengths")
      + [library(run), equalAtLength(run)]
  }

  /// For each pair of neighbouring cases, the p value of the test that the cost falls.
  private static func falls(_ run: RunReading, _ cases: [CaseKey]) -> [Double] {
    let samples = cases.map(run.samples)
    return zip(samples, samples.dropFirst()).map { before, after in
      LaunchEstimate(of: Metric.seal, in: after, to: before)?.pValue(below: 1) ?? 1
    }
  }

  static func figureEight(_ run: RunReading, _ paper: PaperValues) -> [Claim] {
    periods(run, paper, .eight, .vpe, over: .extraHeadroomBytes, unit: "headrooms") + [
      varying(run), icv(run), front(run),
    ]
  }

  /// Two claims: the minima lie one period apart, and they lie where the paper states.
  private static func periods(
    _ run: RunReading, _ paper: PaperValues, _ figure: Figure, _ system: System, over axis: Axis,
    unit: String
  ) -> [Claim] {
    let title = system.title
    let minima = paper.points.filter { $0.system == system.rawValue }.map { Int($0.value) }
    let period = PeriodExpectation(minima: minima)?.period ?? 0
    let expected = minima.map { "\($0)" }.joined(separator: ", ")
    let number = figure == .seven ? "7" : "8"
    let apart = Claim(
      "\(number)-period", of: figure.name,
      "\(title) seals cheapest at \(unit) that lie \(period) bytes apart.",
      rule:
        "In half of the curves or more the period is part of the structure that analysis.csv finds (rotation "
        + "tests), whatever its phase; where the library's bare call over the same bytes has it, only if the "
        + "ratio to that has it, too. Where it is found in none, that counts against the claim only if a "
        + "point's 95 % interval is within \(Rules.noiseText).", paper: "\(period) bytes apart")
    let phase = Claim(
      "\(number)-phase", of: figure.name, "\(title) seals cheapest at \(unit) of \(expected) bytes.",
      rule:
        "Where the period is found, its lowest cost lies within a step of the paper's, in half of the curves "
        + "or more.", paper: expected, isTest: false)
    let findings = run.expectations.filter {
      $0.system == system.rawValue && $0.curve == axis.rawValue && $0.metric == Metric.seal
    }
    let figures = run.figures.filter { $0.coordinates.isOf(system) && $0.metric == Metric.seal }
    let bases = figures.map(\.basis)
    // The median over the points of half the 95 % interval, relative to the figure.
    let noise = Statistics.percentile(
      50,
      of: figures.compactMap { figure in figure.margin.flatMap { margin in figure.value.map { margin / $0 } }
      })
    guard !bases.isEmpty else { return [apart, phase].map { $0.notRun(missing("\(title) is", in: run)) } }
    let ours = findings.map { finding in
      (finding.packetBytes.map { "\($0) bytes: " } ?? "") + sentence(finding)
    }.joined(separator: "; ")
    return [
      apart.judged(Rules.hasPeriod(findings, noise: noise), ours: ours, bases: bases),
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

  // MARK: Headrooms

  private static func varying(_ run: RunReading) -> Claim {
    let claim = Claim(
      "8-vary", of: Experiment.figure8, "Both formats' costs vary between 30 and 44 bytes of headroom.",
      rule:
        "For each format there is a packet length at which the median over these headrooms differs from that "
        + "over the others by more than \(Display.percent(Rules.equalWithin)) (bootstrap over launches and "
        + "signed ranks, Holm over formats and lengths). Where a format is equal within that at all lengths, "
        + "it is not reproduced.",
      paper: "both vary between 30 and 44")
    let contrasts = [System.vpe, .espSingle].map { system in
      run.packetLengths(.vpe).compactMap { packet in
        Rules.Contrast("\(packet) bytes", run.costs(of: Metric.seal, system, packetBytes: packet)) {
          (30...44).contains($0)
        }
      }
    }
    guard contrasts.allSatisfy({ !$0.isEmpty }) else {
      return claim.notRun(missing("both formats at headrooms within and beyond 30 to 44 are", in: run))
    }
    let ours = zip(["VPE", "ESP"], contrasts).map { "\($0): \(texts($1))" }
    return claim.judged(Rules.bothVary(contrasts), ours: ours.joined(separator: "; "), bases: bases(run))
  }

  private static func icv(_ run: RunReading) -> Claim {
    dearer(
      Claim(
        "8-icv", of: Experiment.figure8, "ESP costs more where its ICV lies in two cache lines.",
        rule: rule("ESP", "the ICV lies in two lines"), paper: ""),
      run, .espSingle, of: .rawAAD, \.icvStraddles)
  }

  /// An objection to VPE.
  private static func front(_ run: RunReading) -> Claim {
    dearer(
      Claim(
        "8-header", of: Experiment.figure8,
        "VPE costs more where the first half of its header, number and SPI, lies in two cache lines.",
        rule: rule("VPE", "bytes 0 to 15 of its header lie in two lines"), paper: "", source: .objection),
      run, .vpe, of: .raw, \.headerStraddles)
  }

  private static func rule(_ format: String, _ condition: String) -> String {
    "\(format)'s own cost at headrooms at which \(condition) is above that at the others (medians) by more "
      + "than \(Display.percent(Rules.equalWithin)) at one packet length or more, and its ratio to the bare "
      + "call, in the same repetitions, is above, too; nowhere below (bootstrap over launches and signed "
      + "ranks, Holm over lengths). Where one of the two is equal within "
      + "\(Display.percent(Rules.equalWithin)) at each length, it is not reproduced."
  }

  /// Judges that a format costs more at the headrooms for which `isMeant` holds than at the others.
  private static func dearer(
    _ claim: Claim, _ run: RunReading, _ system: System, of call: System,
    _ isMeant: @escaping (PacketAlignment) -> Bool
  ) -> Claim {
    let contrasts = run.packetLengths(.vpe).compactMap { packet -> Rules.FormatContrast? in
      let (costs, floor) = (
        run.costs(of: Metric.seal, system, packetBytes: packet),
        run.costs(of: Metric.seal, call, packetBytes: packet)
      )
      func within(_ headroom: Int) -> Bool {
        isMeant(
          PacketAlignment(
            packetBytes: packet, headroomBytes: headroom, system: system.rawValue, isPlain: run.isPlain))
      }
      let name = "\(packet) bytes"
      guard let own = Rules.Contrast(name, costs, within: within),
        let overCall = Rules.Contrast(name, costs, over: floor, within: within)
      else { return nil }
      return Rules.FormatContrast(own: own, overCall: overCall)
    }
    guard !contrasts.isEmpty else {
      return claim.notRun(
        missing("\(system.title) and the bare call at both kinds of headrooms are", in: run))
    }
    return claim.judged(
      Rules.costsMore(contrasts),
      ours: "\(texts(contrasts.map(\.own))); over the bare call \(texts(contrasts.map(\.overCall)))",
      bases: bases(run))
  }

  private static func texts(_ contrasts: [Rules.Contrast]) -> String {
    contrasts.map { "\(Display.estimate($0.estimate)) at \($0.name)" }.joined(separator: ", ")
  }

  private static func bases(_ run: RunReading) -> [Basis] { run.cases.map(\.basis) }

  // MARK: Against VPE

  /// The cost of the bare call with additional data relative to that without, over 50 bytes, in library 1.3
  /// on an AMD EPYC of family 23 (docs/crypto-library.md).
  private static let oldLibrary = 129.0 / 108

  /// What the crypto library charges for additional data, for the same number of encrypted bytes.
  private static func library(_ run: RunReading) -> Claim {
    let old = Display.number(oldLibrary)
    let claim = Claim(
      "7-library", of: Experiment.figure7,
      "Part of VPE's lead is the crypto library's: a newer one charges less for ESP's additional data.",
      rule: "Up to 128 bytes the bare call with additional data costs less than "
        + "\(Display.number(oldLibrary.squareRoot())) times that without, over the same bytes: nearer to 1 "
        + "than to the \(old) that intel-ipsec-mb 1.3 took at 50 bytes in a run of this suite on another CPU "
        + "(docs/crypto-library.md). The paper has no such figure.",
      paper: "none; library 1.3 on another CPU (AMD family 23): \(old)", source: .objection)
    func values(_ system: System) -> [Int: LaunchEstimate.Rounds] {
      let costs = run.points(of: Metric.seal, system).map { point in
        let packet = point.coordinates.packetBytes
        return (HeaderSizes.ciphertext(system.rawValue, packetBytes: packet), point.rounds)
      }
      return Dictionary(costs, uniquingKeysWith: { $1 })
    }
    let (with, without) = (values(.rawAAD), values(.raw))
    let pairs = with.keys.filter { $0 <= 128 }.sorted().compactMap { bytes in
      without[bytes].flatMap { other in with[bytes].map { (above: $0, below: other) } }
    }
    guard !pairs.isEmpty, let ratio = LaunchEstimate(ofAll: pairs) else {
      return claim.notRun(
        missing("the bare call with and without additional data up to 128 bytes is", in: run))
    }
    return claim.judged(
      Rules.beyond(ratio, oldLibrary.squareRoot(), above: false, "the ratio"), ratio, bases: bases(run))
  }

  private static func equalAtLength(_ run: RunReading) -> Claim {
    let claim = Claim(
      "7-equal", of: Experiment.figure7, "With large packets both formats cost the same.",
      rule:
        "Over lengths of 1400 bytes and more VPE / ESP is within \(Display.percent(Rules.equalWithin)) of 1 "
        + "(two one-sided tests); further from 1, it is not reproduced.", paper: "", source: .objection)
    let pairs = SystemPair.pairs(of: run, .vpe, .espSingle, metric: Metric.seal).filter {
      $0.coordinates.packetBytes >= 1400
    }
    guard let ratio = SystemPair.overall(pairs) else {
      return claim.notRun(missing("VPE and ESP at 1400 bytes and more are", in: run))
    }
    return claim.judged(
      Rules.equal(ratio), ours: "\(Display.estimate(ratio)) over \(pairs.count.counted("length"))",
      ratio, bases: pairs.map(\.basis))
  }
}
