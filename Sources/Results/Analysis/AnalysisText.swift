import Basics
import Foundation

/// Analyses as lines for a terminal.
public enum AnalysisText {
  /// A few lines for each curve: its periods, its local minima, and the verdict on its expectation.
  ///
  /// A curve's title leaves out the coordinates in which all curves agree.
  public static func lines(_ analyses: [CurveAnalysis]) -> [String] {
    let names = Set(analyses.flatMap(\.label.coordinates.keys)).sorted()
    let varying = names.filter { name in Set(analyses.map { $0.label.coordinates[name] }).count > 1 }
    return analyses.flatMap { analysis in
      let found = [periods(analysis), minima(analysis), analysis.judgement.map(judgement)].compactMap { $0 }
      return ["\(title(analysis.label, varying)):"] + found.map { "  \($0)" }
    }
  }

  /// A title such as `vpe aes-128-gcm, seal_cycles_per_packet over extra_headroom_bytes (packet_bytes 1400)`.
  private static func title(_ label: CostCurve.Label, _ names: [String]) -> String {
    let others = names.compactMap { name in label.coordinates[name].map { "\(name) \($0)" } }
    let title = "\(label.system) \(label.aead), \(label.metric) over \(label.axis)"
    return others.isEmpty ? title : "\(title) (\(others.joined(separator: ", ")))"
  }

  private static func periods(_ analysis: CurveAnalysis) -> String {
    guard let base = analysis.base else {
      if let problem = analysis.problem { return "not analysed: \(problem)" }
      let tested = analysis.periods.map { "\($0.period)" }.joined(separator: ", ")
      let p = analysis.smallestPValue ?? 1
      let part = p <= Periodicity.level ? " with a share worth reporting" : ""
      return "no significant period among \(tested) bytes (p \(bound(p)))\(part)"
    }
    let first =
      "period \(base.period) bytes explains \(percent(base.share)) of the residual variance "
      + "(p \(bound(base.pValue))), lowest at \(lowestX(base))"
    let further = analysis.periods.filter { $0.role == .adds }.map { finding in
      "period \(finding.period) adds \(percent(finding.addedShare ?? 0)) "
        + "(p \(bound(finding.addedPValue ?? 1))), lowest at \(lowestX(finding))"
    }
    // A divisor of the base may explain a part of the structure: as a weaker structure of its own, or because
    // the base's dips also show in a fold by the shorter period.
    let part = analysis.periods.filter { $0.role == .implied && base.period % $0.period == 0 }
      .max { $0.share < $1.share }
      .map { "period \($0.period) alone \(percent($0.share))" }
    return ([first] + (part.map { [$0] } ?? []) + further).joined(separator: "; ")
  }

  /// The most minima that a line lists.
  private static let listedMax = 12

  private static func minima(_ analysis: CurveAnalysis) -> String? {
    let found = analysis.minima.found
    if analysis.points == 0 { return nil }
    if analysis.minima.tested == 0 {
      return "local minima not tested: no place has two launches in common with both neighbours"
    }
    guard let deepest = found.max(by: { $0.depth < $1.depth }) else {
      return "no local minimum among \(analysis.minima.tested) places"
    }
    let listed = found.prefix(listedMax).map { "\($0.x)" }.joined(separator: ", ")
    let rest = found.count > listedMax ? ", ..." : ""
    let unit = MetricCatalog.entry(for: analysis.label.metric).unit.map { $0 == "1" ? "" : " \($0)" } ?? ""
    let depth = String(format: "%.3g", deepest.depth) + unit
    return "\(found.count) local \(found.count == 1 ? "minimum" : "minima") among "
      + "\(analysis.minima.tested) places: \(listed)\(rest); the deepest at \(deepest.x), \(depth) "
      + "or \(percent(deepest.relativeDepth)) below its neighbours"
  }

  private static func judgement(_ judgement: PeriodJudgement) -> String {
    let claim = judgement.expectation
    let minima = claim.minima.map { "\($0)" }.joined(separator: ", ")
    let answer =
      switch judgement.verdict {
      case .yes(let phase): "yes, lowest at \(claim.period) k + \(phase)"
      case .otherPhase(let phase):
        "no: the period is there, but its minima are at \(claim.period) k + \(phase)"
      case .otherPeriod(let periods):
        "no: significant structure of period \(periods.map { "\($0)" }.joined(separator: " and ")) instead"
      case .noStructure(let pValue): "no significant structure (p \(bound(pValue)))"
      case .untestable(let problem): "cannot be told: \(problem)"
      }
    return "the paper's period \(claim.period), minima at \(minima): \(answer); a local minimum at "
      + "\(judgement.minimaFound.count) of the \(claim.minima.count.counted("place"))"
  }

  /// The x values of a period's lowest cost, such as `16 k + 12`.
  private static func lowestX(_ finding: PeriodFinding) -> String {
    "\(finding.period) k + \(finding.minimumPhase)"
  }

  private static func percent(_ share: Double) -> String {
    share < 0.1 ? String(format: "%.1f %%", 100 * share) : String(format: "%.0f %%", 100 * share)
  }

  /// A p value such as `< 0.001` or `= 0.043`.
  private static func bound(_ pValue: Double) -> String {
    pValue < 0.001 ? "< 0.001" : String(format: "= %.3f", pValue)
  }
}
