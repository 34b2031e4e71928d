import Basics
import Cases
import Results
import Statistics

/// The answer to the suite's question in a few sentences, all with figures and verdicts: a reader who stops
/// here knows the findings and their evidence.
struct InShort {
  let claims: [Claim]
  /// The machine's runs.
  let runs: [RunReading]

  /// One thread a direction, sealing alone, many threads, other gateways, ESP of today, and the verdicts.
  var sentences: [String] { [oneThread, sealing, manyThreads, peer, today, verdicts] }

  /// The origin of the figures: machine and profile.
  var found: String {
    let quick = runs.count { $0.environment?.commandLine.contains("--quick") == true }
    let profile =
      quick == 0
      ? "" : quick == runs.count ? ", in the quick profile" : ", \(quick) of \(runs.count) runs quick"
    return "Found on \(runs.first?.machine ?? "")\(profile), with 95 % intervals and verdicts:"
  }

  /// A claim about one frame size.
  private typealias Sized = (size: Int, claim: Claim)

  /// Claims of which some have a figure; nil if none has.
  private func known(_ ids: [(Int, String)]) -> [Sized]? {
    let own = ids.compactMap { size, id in
      claims.first { $0.id == id }.map { (size: size, claim: $0) }
    }
    return own.contains { $0.claim.estimate != nil } ? own : nil
  }

  /// How many times as much one carries as another, size by size, each with its verdict; never half of it.
  private func times(
    _ known: [Sized], what: String,
    figure: (LaunchEstimate, Int) -> String = { own, _ in Display.estimate(own) },
    about: (Int) -> String = { _ in "" }
  ) -> String {
    let first = known.first { $0.claim.estimate != nil }?.size
    return known.map { sized in
      guard let own = sized.claim.estimate else {
        return "with \(sized.size)-byte frames: \(fate([sized.claim.id]))"
      }
      return
        "\(figure(own, sized.size)) times\(sized.size == first ? what : "") with \(sized.size)-byte frames "
        + "(\(about(sized.size))\(verdict(sized.claim)))"
    }.joined(separator: " and ")
  }

  /// The inverse of a ratio.
  private static func inverse(_ own: LaunchEstimate) -> String {
    Display.interval(1 / own.value, own.high.map { 1 / $0 }, own.low.map { 1 / $0 })
  }

  /// A claim's verdict, and in some words why it is not resolved.
  private func verdict(_ claim: Claim) -> String {
    guard case .notResolved = claim.verdict else { return claim.verdict.words }
    let words = claim.verdict.words
    if claim.direction == Judgement.Direction.same.rawValue { return "\(words): only \(claim.basis)" }
    if let pValue = claim.pValue, pValue <= Rules.level { return "\(words) among all tests" }
    guard let low = claim.estimate?.low, let high = claim.estimate?.high, low <= 1, high >= 1 else {
      return words
    }
    return "\(words): the interval holds 1"
  }

  private func basis(_ known: [Sized]) -> String {
    let paper = known.map(\.claim.paper).filter { !$0.isEmpty }
    let bases = known.map(\.claim.basis).filter { !$0.isEmpty }.distinct()
    return "; basis \(bases.joined(separator: ", "))"
      + (paper.isEmpty ? "" : "; the paper: \(paper.joined(separator: " and "))") + "."
  }

  /// The status of claims without a figure.
  private func fate(_ ids: [String]) -> String {
    claims.contains { ids.contains($0.id) && $0.hasRun } ? "not shown" : "not run"
  }

  private func lacking(_ what: String, _ ids: [String]) -> String { "\(what): \(fate(ids)) here." }

  private var oneThread: String {
    let ids = [64, 1420].map { ($0, "5-vpe-esp-single-\($0)") }
    guard let own = known(ids) else { return lacking("One thread a direction", ids.map(\.1)) }
    return "With one thread a direction VPE carries \(times(own, what: " what ESP does"))\(basis(own))"
  }

  private var sealing: String {
    guard let below = claims.first(where: { $0.id == "7-below" && !$0.ours.isEmpty }) else {
      return lacking("Sealing over all packet lengths", ["7-below"])
    }
    return "Sealing alone \(below.ours) (\(verdict(below)))\(basis([(0, below)]))"
  }

  private var manyThreads: String {
    guard let short = known([(64, "6-peaks")]) else { return lacking("Many threads", ["6-peaks"]) }
    let long = known([(1420, "6-esp-keeps-up")])
    let second =
      long.map { own in
        times(own, what: "", figure: { own, _ in Self.inverse(own) }, about: { _ in "that ESP keeps up: " })
      } ?? "with 1420-byte frames: \(fate(["6-esp-keeps-up"]))"
    return "Over many threads VPE carries at its peak "
      + "\(times(short, what: " what the paper's ESP pipeline does")) and \(second)"
      + basis(short + (long ?? []))
  }

  private var peer: String {
    let ids = [64, 1420].map { ($0, "5-esp-single-ipsec-secgw-\($0)") }
    guard let own = known(ids) else { return lacking("Our ESP beside DPDK's ipsec-secgw", ids.map(\.1)) }
    return "Our ESP carries \(times(own, what: " what DPDK's ipsec-secgw does"))\(basis(own))"
  }

  /// VPE beside ESP as it can be built today.
  private var today: String {
    let thesis = Thesis(runs)
    let builds = [("one", "one association", Thesis.one), ("many", "one for each thread", Thesis.many)]
    let parts = builds.map { id, words, systems -> String in
      let ids = [64, 1420].map { ($0, "today-\(id)-\($0)") }
      guard let own = known(ids) else { return "\(words): \(fate(ids.map(\.1)))" }
      let leads = Dictionary(
        uniqueKeysWithValues: own.compactMap { sized in
          thesis?.lead(systems, sized.size).map { (sized.size, $0) }
        })
      let figures = times(
        own, what: " as much",
        figure: { own, size in leads[size].map { Display.estimate($0.ratio) } ?? Self.inverse(own) },
        about: { size in
          (leads[size].map { "\($0.system.rawValue); " } ?? "")
            + (id == "one" && size == 64 ? "that ESP carries as much: " : "")
        })
      return "\(words) \(figures)"
    }
    let ids = builds.flatMap { id, _, _ in [64, 1420].map { ($0, "today-\(id)-\($0)") } }
    guard let own = known(ids) else { return lacking("Today's best ESP", ids.map(\.1)) }
    return "Beside today's best ESP VPE carries, with \(parts.joined(separator: "; with "))\(basis(own))"
  }

  /// How many claims came out how, the paper's and those against VPE apart.
  private var verdicts: String {
    let counts = Verdict.allWords.compactMap { words -> String? in
      let own = claims.filter { $0.verdict.words == words }
      let against = own.count { $0.source == .objection }
      return own.isEmpty ? nil : "\(own.count) \(words) (\(own.count - against) and \(against))"
    }
    let against = claims.count { $0.source == .objection }
    return
      "Of \(claims.count.counted("claim")), \(claims.count - against) of the paper's and \(against) against "
      + "VPE: \(counts.joined(separator: ", ")). A capacity confirms no claim."
  }
}
