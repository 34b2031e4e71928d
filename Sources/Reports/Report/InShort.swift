import Basics
import Cases
import Results

/// The answer to the suite's question in five sentences, all of them made of figures: who reads no further
/// knows what was found, and on what it rests.
struct InShort {
  let claims: [Claim]

  /// One thread a direction, sealing alone, many threads, other ways to run ESP, and the verdicts.
  var sentences: [String] { [oneThread, sealing, manyThreads, otherESP, verdicts] }

  /// Claims that have a figure.
  private func known(_ ids: [String]) -> [Claim] {
    ids.compactMap { id in claims.first { $0.id == id && !$0.ours.isEmpty } }
  }

  private func notRun(_ what: String) -> String { "\(what): not run here." }

  /// How many times as much one carries as another, of claims that differ in their frame size.
  private func carries(_ first: String, _ second: String, _ known: [Claim]) -> String {
    let figures = known.enumerated().map { place, claim in
      let size = claim.id.split(separator: "-").last ?? ""
      return "\(claim.ours) times\(place == 0 ? " what \(second) does" : "") with \(size)-byte frames"
    }
    return "\(first) carries \(figures.joined(separator: " and "))\(basis(known))"
  }

  private func basis(_ known: [Claim]) -> String {
    let paper = known.map(\.paper).filter { !$0.isEmpty }
    return " (basis \(known.map(\.basis).distinct().joined(separator: ", "))"
      + (paper.isEmpty ? "" : "; the paper: \(paper.joined(separator: " and "))") + ")"
  }

  private var oneThread: String {
    let own = known(["5-vpe-esp-single-64", "5-vpe-esp-single-1420"])
    guard !own.isEmpty else { return notRun("One thread a direction") }
    return "With one thread a direction \(carries("VPE", "ESP", own))."
  }

  private var sealing: String {
    guard let below = known(["7-below"]).first else { return notRun("Sealing over all packet lengths") }
    return "Sealing alone: \(below.ours)\(basis([below]))."
  }

  private var manyThreads: String {
    let (short, long) = (known(["6-peaks"]), known(["6-esp-keeps-up"]))
    guard !short.isEmpty || !long.isEmpty else { return notRun("Many threads") }
    let parts =
      short.map {
        "VPE's peak over threads is \($0.ours) times that of the paper's ESP pipeline with 64-byte frames"
          + basis([$0])
      }
      + long.map { "the pipeline's is \($0.ours) times VPE's with 1420-byte frames" + basis([$0]) }
    return parts.joined(separator: ", and ") + "."
  }

  /// ESP as others build it, and as it can be built today.
  private var otherESP: String {
    let own = known(["5-esp-single-ipsec-secgw-64", "5-esp-single-ipsec-secgw-1420"])
    var parts: [String] = []
    if !own.isEmpty {
      parts.append(carries("ours", "DPDK's ipsec-secgw", own))
    }
    for (id, words) in [("one", "one association"), ("many", "an association for each thread")] {
      let own = known(["today-\(id)-64", "today-\(id)-1420"])
      if own.isEmpty { continue }
      parts.append(carries("today's best ESP with \(words)", "VPE", own))
    }
    guard !parts.isEmpty else { return notRun("Other ways to run ESP") }
    return "Against other ways to run ESP: \(parts.joined(separator: "; "))."
  }

  /// How many claims came out how.
  private var verdicts: String {
    let counts = Verdict.allWords.compactMap { words in
      let count = claims.count { $0.verdict.words == words }
      return count > 0 ? "\(count) \(words)" : nil
    }
    return
      "Of \(claims.count.counted("claim")), \(claims.count { $0.source == .objection }) of them against VPE: "
      + "\(counts.joined(separator: ", ")). A capacity can refute a claim, never confirm it."
  }
}
