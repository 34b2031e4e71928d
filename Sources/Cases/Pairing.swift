import Basics

/// Which cases are compared with each other. The order of samples, the terminal, reports, ratios and
/// `compare` all use this rule.
///
/// Two cases are compared if they have the two systems of a `Comparison` and the same coordinates: the same
/// link, cipher, threads, frame, headroom and values of every further axis that both have. Four differences
/// do not count:
/// - an axis that does not apply to one of them;
/// - one thread more or, if no case has that, one fewer, if one of them is a pipeline: a pipeline has an odd
///   number of threads, other systems an even one;
/// - the window of a system that itself reorders packets, since it must hold these;
/// - the threads of a single gateway, because each of its directions runs on one core.
public enum Pairing {
  /// Two systems that are compared.
  public struct Comparison: Sendable, Hashable {
    /// The text before a ratio, such as `VPE / ESP`.
    public let title: String
    /// The system in the numerator.
    public let first: System
    /// The system in the denominator.
    public let second: System
  }

  /// All comparisons, the most important one first.
  public static let comparisons = [
    Comparison(title: "VPE / ESP", first: .vpe, second: .espSingle),
    Comparison(title: "VPE / ESP pipeline", first: .vpe, second: .espPipeline),
    Comparison(title: "VPE / the paper's ESP pipeline", first: .vpe, second: .espPipelinePaper),
    Comparison(title: "VPE / ESP an SA a thread", first: .vpe, second: .espMultiSA),
    Comparison(title: "VPE / ESP in parallel", first: .vpe, second: .espParallel),
    Comparison(title: "VPE / ESP in order", first: .vpe, second: .espOrdered),
    Comparison(title: "VPE / EESP", first: .vpe, second: .eespSubSA),
    Comparison(title: "VPE / ESP with windows", first: .vpe, second: .espSenderWindows),
    Comparison(title: "VPE / ESP without windows", first: .vpe, second: .espSenders),
    Comparison(title: "VPE / ESP in transport mode", first: .vpeTransportA, second: .espTransport),
    Comparison(title: "VPE B / ESP in transport mode", first: .vpeTransportB, second: .espTransport),
    Comparison(title: "ESP / DPDK's gateway", first: .espSingle, second: .ipsecSecgw),
  ]

  /// Two cases that are compared.
  public struct Pair: Sendable, Hashable {
    /// The systems that are compared.
    public let comparison: Comparison
    /// The case of the first system.
    public let first: CaseCoordinates
    /// The case of the second system.
    public let second: CaseCoordinates

    /// The text before the pair's ratio; for a third-party gateway it names the mode.
    public var title: String {
      second.axes[PeerMode.column].map { "ESP / DPDK's \($0)" } ?? comparison.title
    }
  }

  /// The pairs among `cases`, grouped by comparison, each group in the order of the first system's cases.
  public static func pairs(
    of cases: [CaseCoordinates], carries: (CaseCoordinates) -> Double?
  ) -> [Pair] {
    let ofSystem = Dictionary(grouping: cases, by: \.system)
    return comparisons.flatMap { comparison -> [Pair] in
      guard let others = ofSystem[comparison.second.rawValue] else { return [] }
      return (ofSystem[comparison.first.rawValue] ?? []).compactMap { first in
        counterpart(of: first, comparison.second, among: others, carries: carries)
          .map { Pair(comparison: comparison, first: first, second: $0) }
      }
    }
  }

  /// The case of `system` with which `first` is compared; nil if there is none.
  /// - Parameter carries: the throughput of a case. If a third-party gateway has several modes, the one with
  ///   the highest throughput counts, of those that check for replays.
  public static func counterpart(
    of first: CaseCoordinates, _ system: System, among cases: [CaseCoordinates],
    carries: (CaseCoordinates) -> Double?
  ) -> CaseCoordinates? {
    let candidates = cases.filter {
      $0.system == system.rawValue && isHonest($0) && isSamePoint(first, $0)
    }
    if system == .ipsecSecgw { return candidates.max { carries($0) ?? 0 < carries($1) ?? 0 } }
    func apart(_ point: CaseCoordinates) -> Int { distance(point.threads, from: first.threads) }
    return candidates.min { apart($0) < apart($1) }
  }

  /// The distance between two numbers of threads. Of two numbers that are equally near, the larger counts as
  /// nearer.
  private static func distance(_ threads: Int, from other: Int) -> Int {
    threads < other ? 2 * (other - threads) : max(2 * (threads - other) - 1, 0)
  }

  /// Whether cases of two systems have the same coordinates, apart from the differences that do not count.
  static func isSamePoint(_ first: CaseCoordinates, _ second: CaseCoordinates) -> Bool {
    let hasPipeline = [first, second].contains { System(rawValue: $0.system)?.isPipeline == true }
    let reorders = [first, second].contains { System(rawValue: $0.system)?.reorders == true }
    let apart = abs(second.threads - first.threads)
    guard first.link == second.link, first.aead == second.aead, first.frameBytes == second.frameBytes,
      first.extraHeadroomBytes == second.extraHeadroomBytes, first.isDUT == second.isDUT,
      first.isDUT || apart == 0 || (apart == 1 && hasPipeline)
    else { return false }
    func agrees(_ axis: String) -> Bool {
      if axis == Axis.windowSize.rawValue, reorders { return true }
      // These axes have a default, so they count even if only one case has them: half of the threads seal,
      // and all frames have one length.
      guard
        [Axis.sealThreads.rawValue, CaseCoordinates.frameMix].contains(axis)
          || (first.axes[axis] != nil && second.axes[axis] != nil)
      else { return true }
      return first.axes[axis] == second.axes[axis]
    }
    return first.axes.keys.allSatisfy(agrees) && second.axes.keys.allSatisfy(agrees)
  }

  /// Whether a case's gateway checks for replays, as is required of a receiver.
  private static func isHonest(_ point: CaseCoordinates) -> Bool {
    point.axes[PeerMode.column].flatMap(PeerMode.init(rawValue:))?.checksReplay ?? true
  }

  /// The indices of `cases`, in groups that may be compared with each other because they have the same load.
  /// Cases of a group differ in their systems, and in axes that not all systems have. A pipeline is in the
  /// group of the systems with which it is compared.
  public static func groups(of cases: [CaseCoordinates]) -> [[Int]] {
    func isPipeline(_ point: CaseCoordinates) -> Bool { System(rawValue: point.system)?.isPipeline == true }
    let others = Set(cases.filter { !isPipeline($0) }.map(\.threads))
    func threads(_ point: CaseCoordinates) -> Int {
      let own = point.threads
      if !isPipeline(point) || others.contains(own) { return own }
      return [own - 1, own + 1].first(where: others.contains) ?? own
    }
    return cases.indices.grouped { index -> [String] in
      let point = cases[index]
      return [
        point.isDUT ? "" : "\(threads(point) / 2)", point.frames, "\(point.extraHeadroomBytes)",
        point[.flows] ?? "",
      ]
    }.map(\.values)
  }
}
