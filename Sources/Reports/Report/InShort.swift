import Basics
import Cases
import Results
import Statistics

/// Answers the suite's question in a few sentences, each with figures and verdicts.
struct InShort {
  let claims: [Claim]
  /// The runs of one machine.
  let runs: [RunReading]

  /// The sentences, in order: one thread per direction, sealing alone, many threads, DPDK's gateway, today's
  /// ESP, and the verdicts.
  var sentences: [String] { [oneThread, sealing, manyThreads, peer, today, verdicts] }

  /// The machine and the profile of the runs.
  var found: String {
    let quick = runs.count { $0.environment?.commandLine.contains("--quick") == true }
    let profile =
      quick == 0
      ? "" : quick == runs.count ? ", in the quick profile" : ", \(quick) of \(runs.count) runs quick"
    return "Found on \(runs.first?.machine ?? "")\(profile), with 95 % intervals and verdicts:"
  }

  /// A claim about one frame size.
  private typealias Sized = (size: Int, claim: Claim)

  /// The claims of these names; nil if none of them has a figure.
  private func known(_ ids: [(Int, String)]) -> [Sized]? {
    let own = ids.compactMap { size, id in
      claims.first { $0.id == id }.map { (size: size, claim: $0) }
    }
    return own.contains { $0.claim.estimate != nil } ? own : nil
  }

  /// The ratio in words for each frame size, each with its claim's verdict. Sizes without a figure are named,
  /// too.
  private func times(
    _ known: [Sized], what: String,
    figure: (LaunchEstimate, Int) -> String = { own, _ in Display.estimate(own) },
    about: (Int) -> String = { _ in "" }
  ) -> String {
    let first = known.first { $0.claim.estimate != nil }?.size
    return known.map { sized in
      guard let own = sized.claim.estimate else {
        return "with \(sized.size)-byte frames: \(reasonForNone([sized.claim.id]))"
      }
      return
        "\(figure(own, sized.size)) times\(sized.size == first ? what : "") with \(sized.size)-byte frames "
        + "(\(about(sized.size))\(verdict(sized.claim)))"
    }.joined(separator: " and ")
  }

  /// The inverse of a ratio, with its interval.
  private static func inverse(_ own: LaunchEstimate) -> String {
    Display.interval(1 / own.value, own.high.map { 1 / $0 }, own.low.map { 1 / $0 })
  }

  /// A claim's verdict, with a short reason if it is not resolved.
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

  /// Whether claims without a figure were not run, or not shown.
  private func reasonForNone(_ ids: [String]) -> String {
    claims.contains { ids.contains($0.id) && $0.hasRun } ? "not shown" : "not run"
  }

  private func lacking(_ what: String, _ ids: [String]) -> String { "\(what): \(reasonForNone(ids)) here." }

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
      } ?? "with 1420-byte frames: \(reasonForNone(["6-esp-keeps-up"]))"
    return "Over many threads VPE carries at its peak "
      + "\(times(short, what: " what the paper's ESP pipeline does")) and \(second)"
      + basis(short + (long ?? []))
  }

  private var peer: String {
    let ids = [64, 1420].map { ($0, "5-esp-single-ipsec-secgw-\($0)") }
    guard let own = known(ids) else { return lacking("Our ESP beside DPDK's ipsec-secgw", ids.map(\.1)) }
    return "Our ESP carries \(times(own, what: " what DPDK's ipsec-secgw does"))\(basis(own))"
  }

  /// Compares VPE with the best ESP that can be built today.
  private var today: String {
    let thesis = Thesis(runs)
    let builds = [("one", "one association", Thesis.one), ("many", "one for each thread", Thesis.many)]
    let parts = builds.map { id, words, systems -> String in
      let ids = [64, 1420].map { ($0, "today-\(id)-\($0)") }
      guard let own = known(ids) else { return "\(words): \(reasonForNone(ids.map(\.1)))" }
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

  /// The number of claims with each verdict; in brackets the paper's claims and the objections.
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
