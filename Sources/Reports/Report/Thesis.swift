import Cases
import Foundation
import Results
import Statistics

/// Compares VPE with ESP as it can be built today: the ratio of VPE's peak over threads to the peaks of other
/// systems in the same run.
struct Thesis {
  /// VPE's peak as a multiple of another system's peak.
  struct Lead {
    let system: System
    let ratio: LaunchEstimate
    /// The numbers of threads at the peaks.
    let threads: (vpe: Int, other: Int)

    /// Which system leads, if the interval excludes 1.
    var words: String {
      if let low = ratio.low, low > 1 { return "VPE leads" }
      if let high = ratio.high, high < 1 { return "\(system.title) leads" }
      return "no lead is shown"
    }
  }

  private let run: RunReading

  /// Uses the run that compares VPE with the strongest ESP; nil without such a run.
  init?(_ runs: [RunReading]) {
    guard let run = runs.first(where: { $0.isOf(Experiment.scalingToday) }) else { return nil }
    self.run = run
  }

  /// Systems with one security association on any number of threads: one number sequence and one window.
  static let one = [System.espPipeline, .espParallel, .espOrdered]
  /// Systems with a security association for each thread (RFC 9611).
  static let many = [System.espMultiSA]
  /// WireGuard: one association, on one thread per direction or on any number.
  private static let wireguard = [System.wireguard, .wireguardParallel, .wireguardOrdered]
  private static let sizes = Claims.sizes

  /// VPE's lead over the strongest of `systems`; nil if the run has none of them.
  /// - Parameter cipher: the cipher of all these systems; nil for the run's first.
  func lead(_ systems: [System], _ size: Int, with cipher: AEADAlgorithm? = nil) -> Lead? {
    guard let own = peak(.vpe, size, with: cipher) else { return nil }
    return systems.compactMap { system -> Lead? in
      guard let other = peak(system, size, with: cipher), let ratio = Rules.ratio(own, to: other) else {
        return nil
      }
      return Lead(system: system, ratio: ratio, threads: (own.threads, other.threads))
    }.min { $0.ratio.value < $1.ratio.value }
  }

  private func peak(_ system: System, _ size: Int, with cipher: AEADAlgorithm? = nil) -> Rules.Point? {
    Claims.curve(run, system, size, with: cipher).max { $0.mean < $1.mean }
  }

  /// Comparisons with one association, an association for each thread, EESP's Sub SAs, PSP and WireGuard; the
  /// cost of keeping order; and what is left of the paper's lead.
  var sentences: [String] {
    [
      against("the strongest ESP with one association", Self.one),
      against("the strongest ESP with an association for each thread", Self.many),
      against("EESP's Sub SAs", [.eespSubSA]),
    ] + unprotected + otherCipher + [order, left]
  }

  /// The comparison with PSP, if it was run. PSP's threads share nothing either, but because PSP detects no
  /// replays.
  private var unprotected: [String] {
    guard Self.sizes.contains(where: { peak(.psp, $0) != nil }) else { return [] }
    return [against("PSP, which refuses no replays,", [.psp])]
  }

  /// The comparison with systems that have another cipher, if they were run; VPE then uses that cipher, too.
  private var otherCipher: [String] {
    let cipher = AEADAlgorithm.chaCha20Poly1305
    let isThere = Self.sizes.contains { size in
      Self.wireguard.contains { peak($0, size, with: cipher) != nil }
    }
    guard isThere else { return [] }
    return [against("the strongest WireGuard, both with ChaCha20-Poly1305,", Self.wireguard, with: cipher)]
  }

  private func against(_ words: String, _ systems: [System], with cipher: AEADAlgorithm? = nil) -> String {
    let known = Self.sizes.map { (size: $0, lead: lead(systems, $0, with: cipher)) }
    guard known.contains(where: { $0.lead != nil }) else { return "Against \(words): not run here." }
    let parts = known.map { size, lead in
      guard let lead else { return "with \(size)-byte frames it was not run" }
      return
        "\(Display.estimate(lead.ratio)) times as much with \(size)-byte frames (\(lead.system.rawValue); "
        + "\(lead.threads.vpe) threads against \(lead.threads.other); \(lead.words))"
    }
    return "Against \(words) VPE carries at its peak \(parts.joined(separator: " and ")); \(basis)."
  }

  /// The cost of keeping order: goodput with order as a multiple of that without, at the same thread counts.
  private var order: String {
    let parts = Self.sizes.compactMap { size -> String? in
      let free = Claims.curve(run, .espParallel, size)
      let known = Claims.curve(run, .espOrdered, size).compactMap { point -> String? in
        free.first { $0.threads == point.threads }.flatMap { Rules.ratio(point, to: $0) }
          .map { "\(Display.estimate($0)) with \(point.threads)" }
      }
      return known.isEmpty
        ? nil : "\(known.joined(separator: ", ")) threads and \(size)-byte frames"
    }
    guard !parts.isEmpty else { return "What order costs: not run here." }
    return "What order costs: ESP that keeps all packets in order (esp-ordered) carries, times what it does "
      + "without (esp-parallel), \(parts.joined(separator: "; ")); \(basis)."
  }

  private var left: String {
    let parts = Self.sizes.compactMap { size -> String? in
      guard let paper = lead([.espPipelinePaper], size), let today = lead(Self.one, size) else {
        return nil
      }
      return "of \(Display.estimate(paper.ratio)) times beside the paper's pipeline in the same run "
        + "(\(paper.threads.vpe) threads against \(paper.threads.other)), "
        + "\(Display.estimate(today.ratio)) times are left with \(size)-byte frames"
    }
    guard !parts.isEmpty else { return "What is left of the lead over the paper's pipeline: not run here." }
    return "What is left of VPE's lead: \(parts.joined(separator: "; ")). These are capacities where threads "
      + "shared cores, so none of it is confirmed."
  }

  private var basis: String {
    let bases = Set(run.cases.map(\.basis)).subtracting([.model])
    return "basis " + Basis.allCases.filter(bases.contains).map(\.rawValue).joined(separator: ", ")
  }
}
