import Experiments
import Results

/// How the systems of a run compare, over the same launches: a line for each point of the sweep.
struct ComparisonTable {
  private let cases: [Case]
  private let samples: [String: [SampleRecord]]

  private static let metrics = ["goodput_gbps", "seal_cycles_per_packet", "open_cycles_per_packet"]

  /// - Parameter cases: those that were run.
  init(_ cases: [Case], _ records: [SampleRecord]) {
    self.cases = cases
    samples = Dictionary(grouping: records.filter(\.isUsable)) { $0.coordinates.name }
  }

  /// The table, and a line that says what is in it; empty if nothing can be compared.
  var text: String {
    let rows = pairs.compactMap { row($0.title, $0.first, $0.second) }
    if rows.isEmpty { return "" }
    let first = cases.contains { $0.isDUT } ? "packet rate" : "goodput"
    return TextTable.render(
      header: ["ratio", "at", first, "seal cycles", "open cycles"], rows: rows)
      + "ratios of the figures, with 95 % intervals over launches (docs/method.md)\n"
  }

  private var pairs: [(title: String, first: Case, second: Case)] {
    let formats = cases.filter { $0.system == .vpe }.flatMap { vpe in
      [(System.espSingle, "VPE / ESP"), (.espPipeline, "VPE / ESP pipeline")].compactMap { system, title in
        counterpart(of: vpe, system).map { (title, vpe, $0) }
      }
    }
    let peers = cases.filter { $0.link == .memif && $0.system == .espSingle }.compactMap { ours in
      bestPeer(of: ours).map { ("ESP / DPDK's \($0.peerMode?.rawValue ?? "")", ours, $0) }
    }
    return (formats + peers).map { (title: $0.0, first: $0.1, second: $0.2) }
  }

  /// The case of a system where all else is equal. A pipeline may have one thread more.
  private func counterpart(of vpe: Case, _ system: System) -> Case? {
    let threads = system == .espPipeline ? vpe.threads...vpe.threads + 1 : vpe.threads...vpe.threads
    return cases.first {
      $0.system == system && $0.link == vpe.link && $0.frameBytes == vpe.frameBytes && $0.aead == vpe.aead
        && (threads.contains($0.threads) || vpe.isDUT)
        && $0.extraHeadroomBytes == vpe.extraHeadroomBytes && $0.flows == vpe.flows
        && ($0.windowSize == vpe.windowSize || system == .espPipeline)
        && $0.replayedPercent == vpe.replayedPercent && $0.replayAgePackets == vpe.replayAgePackets
        && $0.forgedPercent == vpe.forgedPercent
    }
  }

  /// The peer's case that carries most of those that check for replay.
  private func bestPeer(of ours: Case) -> Case? {
    func figure(_ point: Case) -> Double? { LaunchEstimate(of: "goodput_gbps", in: records(point))?.value }
    return cases.filter {
      $0.peerMode?.checksReplay == true && $0.frameBytes == ours.frameBytes && $0.aead == ours.aead
        && $0.windowSize == ours.windowSize && figure($0) != nil
    }.max { (figure($0) ?? 0) < (figure($1) ?? 0) }
  }

  private func row(_ title: String, _ first: Case, _ second: Case) -> [String]? {
    let ratios = Self.metrics.map { LaunchEstimate(of: $0, in: records(first), to: records(second)) }
    guard ratios.contains(where: { $0 != nil }) else { return nil }
    let cells = ratios.map { ratio -> String in
      guard let ratio else { return "" }
      let value = RunSummary.number(ratio.value, 2)
      guard let low = ratio.low, let high = ratio.high else { return value }
      return "\(value) [\(RunSummary.number(low, 2)), \(RunSummary.number(high, 2))]"
    }
    return [title, first.name] + cells
  }

  private func records(_ point: Case) -> [SampleRecord] { samples[point.name] ?? [] }
}
