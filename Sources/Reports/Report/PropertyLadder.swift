import Basics
import Cases
import Results
import Statistics

/// What each property saves on the way from one system to another, where each step changes one property
/// (`Figure.steps`). A saving is the difference of neighbouring steps' figures over the launches of both, so
/// the savings add up to the difference between the last system and the first.
public struct PropertyLadder: Sendable {
  /// The saving of one step.
  struct Saving {
    let change: String
    /// The step's saving compared with the previous step, or, for an aside, with the first step; negative if
    /// it costs.
    let ticks: LaunchEstimate
    let isAside: Bool

    /// Whether the interval excludes 0.
    var isShown: Bool { (ticks.low ?? 0) > 0 || (ticks.high ?? 0) < 0 }
    /// The property with its ticks.
    var words: String { "\(change) \(Display.estimate(ticks))" }
  }

  let packetBytes: Int
  let aead: String
  let metric: String
  /// The cost of the first step.
  let start: LaunchEstimate
  let savings: [Saving]

  /// The ladders of a run whose figure has steps, in the order of the figure's panels: by packet size, then
  /// by operation.
  static func all(of run: RunReading) -> [PropertyLadder] {
    let figure = Figure(of: run)
    guard let last = figure.steps.last(where: { !$0.isAside }) else { return [] }
    let cases = run.cases.map(\.coordinates)
    let ends = cases.filter {
      $0.isOf(last.system) && $0.extraHeadroomBytes == last.extraHeadroomBytes
    }.sorted { $0.frameBytes < $1.frameBytes }
    return ends.flatMap { end in
      figure.contents.flatMap(\.metrics).compactMap { metric in
        PropertyLadder(to: end, figure.steps, metric: metric.name, of: run, cases)
      }
    }
  }

  private init?(
    to end: CaseCoordinates, _ steps: [Figure.Step], metric: String, of run: RunReading,
    _ cases: [CaseCoordinates]
  ) {
    let values = steps.compactMap { step -> LaunchEstimate.Values? in
      var point = end
      point.extraHeadroomBytes = step.extraHeadroomBytes
      return Pairing.counterpart(of: point, step.system, among: cases) { _ in nil }.map {
        run.samples(of: CaseKey(coordinates: $0, basis: .measured)).byLaunch { $0.metrics[metric] }
      }
    }
    let estimator = Estimator(of: metric, .measured)
    guard values.count == steps.count, values.allSatisfy({ !$0.isEmpty }),
      let start = LaunchEstimate(values[0], by: estimator)
    else { return nil }
    savings = steps.indices.dropFirst().compactMap { index in
      let before = steps[index].isAside ? 0 : index - 1
      return LaunchEstimate(of: [values[before], values[index]], by: estimator) { $0[0] - $0[1] }.map {
        Saving(change: steps[index].change, ticks: $0, isAside: steps[index].isAside)
      }
    }
    guard savings.count == steps.count - 1 else { return nil }
    (self.metric, aead, self.start) = (metric, end.aead, start)
    packetBytes = end.packetBytes
  }
}

// In words.
extension PropertyLadder {
  /// A paragraph on which properties make up the last system's lead over the first, and which do not; nil for
  /// a run without steps.
  public static func paragraph(of run: RunReading) -> String? {
    let all = all(of: run)
    guard let first = all.first else { return nil }
    let operations = all.filter { !$0.metric.contains("_stage_") }
    let sentences = operations.map { ladder in
      let stage = ladder.metric.replacing("_cycles", with: "_stage_cycles")
      return ladder.sentence(
        all.first { $0.metric == stage && $0.packetBytes == ladder.packetBytes && $0.aead == ladder.aead })
    }
    func count(_ change: String) -> Int {
      operations.count { $0.savings.contains { $0.change == change && $0.isShown && $0.ticks.value > 0 } }
    }
    let changes = first.savings.filter { !$0.isAside }.map(\.change)
    func words(_ count: (String) -> Bool) -> String {
      let some = changes.filter(count)
      return some.isEmpty ? "none of the properties" : some.joined(separator: ", ")
    }
    return "Where VPE's lead over ESP comes from, in TSC ticks a packet with 95 % intervals over "
      + "\(first.start.launches) launches. \(sentences.joined(separator: " ")) "
      + "A saving is shown everywhere for \(words { count($0) == operations.count }), and nowhere for "
      + "\(words { count($0) == 0 })."
  }

  private var title: String {
    metric.replacing("_cycles_per_packet", with: "").replacing("_", with: " ")
  }

  /// A table of savings: a row for each property, a column for each operation and size.
  static func table(of run: RunReading) -> [Document.Block] {
    let all = all(of: run).filter { !$0.metric.contains("_stage_") }
    return grid(
      all,
      caption:
        "Where VPE's lead over ESP comes from: TSC ticks that each property saves a packet; negative: it "
        + "costs. In brackets: the 95 % interval over launches holds 0. The intervals stand in the figure, "
        + "and in the run's own file with those of whole stages."
    ) {
      $0.isShown ? Display.number($0.ticks.value) : "(\(Display.number($0.ticks.value)))"
    }
  }

  /// A table of savings with intervals; it includes the whole stages.
  static func intervals(of run: RunReading) -> [Document.Block] {
    let blocks = grid(all(of: run), caption: "TSC ticks saved a packet, with 95 % intervals over launches.") {
      Display.estimate($0.ticks)
    }
    return blocks.isEmpty ? [] : [.heading(level: 4, text: "Savings in \(run.name)")] + blocks
  }

  private static func grid(
    _ all: [PropertyLadder], caption: String, _ text: (Saving) -> String
  ) -> [Document.Block] {
    guard let first = all.first else { return [] }
    let hasCiphers = Set(all.map(\.aead)).count > 1
    let rows = first.savings.indices.map { index in
      [first.savings[index].change + (first.savings[index].isAside ? ", by itself" : "")]
        + all.map { text($0.savings[index]) }
    }
    return [
      .table(
        caption: caption,
        header: ["property"]
          + all.map { "\($0.title), \($0.packetBytes) bytes\(hasCiphers ? ", \($0.aead)" : "")" },
        rows: [["all that ESP costs"] + all.map { Display.number($0.start.value) }] + rows)
    ]
  }

  /// The sentence on one operation at one size.
  private func sentence(_ stage: PropertyLadder?) -> String {
    let steps = savings.filter { !$0.isAside }
    let shown = steps.filter(\.isShown).sorted { abs($0.ticks.value) > abs($1.ticks.value) }
    let saving = shown.filter { $0.ticks.value > 0 }.map(\.words)
    let costing = shown.filter { $0.ticks.value < 0 }.map(\.words)
    let whole = savings.first { $0.isAside }
    let lead = whole.map { whole in
      whole.isShown
        ? "VPE saves \(Display.estimate(whole.ticks)) of ESP's \(Display.number(start.value))"
        : "no lead is shown: \(Display.estimate(whole.ticks)) of ESP's \(Display.number(start.value))"
    }
    let ofStage = stage?.savings.first { $0.isAside }.map {
      ", in a whole stage \(Display.estimate($0.ticks))"
    }
    let others = savings.filter(\.isAside).dropFirst().map(\.words)
    return "\(title), \(packetBytes) bytes: \(lead ?? "")\(ofStage ?? ""), "
      + (saving.isEmpty ? "none of it shown for one property" : "from \(saving.joined(separator: ", "))")
      + (costing.isEmpty ? "" : "; against it \(costing.joined(separator: ", "))")
      + (others.isEmpty ? "" : "; by itself \(others.joined(separator: ", "))") + "."
  }
}
