import Cases
import Foundation
import Results
import Statistics

/// What the formats' difference in a packet's cost consists of, and what each adds to the bare call: ticks
/// for what one writes or encrypts and the other does not, at the same packet in the same repetition.
///
/// Each launch has a fit of its own; a part is the middle of the launches' coefficients by signed ranks, with
/// their interval and test, so that it cannot lie outside its bracket.
package struct CostStructure {
  private let name: String
  /// The fits that the run allows: ESP less VPE first, then each less the bare call.
  package let fits: [Fit]

  package init(_ run: RunReading) {
    name = run.name
    fits = [(System.espSingle, System.vpe), (.vpe, .raw), (.espSingle, .raw)].compactMap { first, second in
      Fit(run, first, second)
    }
  }

  /// Fewer points explain nothing.
  fileprivate static let pointsMin = 20
  /// The part of a quantity's variance that earlier ones may explain: beyond it its coefficient cannot be
  /// told.
  package static let sharedMax = 0.8

  /// A quantity of which one system has more than the other.
  fileprivate struct Quantity {
    let name: String
    /// The difference of the quantity, point by point.
    let values: [Double]
  }

  /// A quantity's part of the difference.
  package struct Part {
    package let name: String
    /// Ticks for each.
    package let ticks: SignedRank
    /// Two-sided p value among all parts of the fit (Holm).
    package let pValue: Double
    package var isShown: Bool { pValue <= Rules.level }
    fileprivate var words: String { Display.interval(ticks.value, ticks.low, ticks.high) }
  }

  /// One system's cost less another's.
  package struct Fit {
    package let first: System
    package let second: System
    /// The first is what no quantity changes.
    package let parts: [Part]
    /// The quantities that were fitted, point by point, in the parts' order.
    package let columns: [[Double]]
    /// The median difference, ticks.
    package let difference: Double
    /// The median distance of a point's difference from the sum of its parts.
    package let residual: Double
    /// The same from the median difference: what there would be without any part.
    package let spread: Double
    package let launches: Int

    package var title: String { "\(first.title) less \(second.title)" }
  }

  // MARK: In words

  /// The parts of each difference.
  func table() -> [Document.Block] {
    guard !fits.isEmpty else { return [] }
    let names = fits.flatMap { $0.parts.map(\.name) }.distinct()
    let rows = names.map { name in
      [name]
        + fits.map { fit in
          fit.parts.first { $0.name == name }.map { $0.words + ($0.isShown ? "" : " (not shown)") } ?? ""
        }
    }
    func row(_ name: String, _ value: (Fit) -> Double) -> [String] {
      [name] + fits.map { Display.number(value($0)) }
    }
    return [
      .heading(level: 4, text: "What differences of sealing costs in \(name) consist of"),
      .table(
        caption: "Ticks, fitted to differences within each repetition, each launch by itself; median of "
          + "the launches' and its 95 % interval, by signed ranks. Not shown: not beyond the launches' "
          + "spread at 5 % over all parts of a column (Holm). A quantity that follows from others in "
          + "these cases is left out, and two that are one are one row.",
        header: ["part"] + fits.map(\.title),
        rows: rows + [
          row("difference, median") { $0.difference }, row("left unexplained, median") { $0.residual },
          row("without any part, median") { $0.spread },
        ]),
    ]
  }

  /// The parts that distinguish the formats, and the unexplained rest.
  func sentence() -> [Document.Block] {
    guard let fit = fits.first(where: { $0.second == .vpe }) else { return [] }
    let shown = fit.parts.filter(\.isShown).map { "\($0.name) \($0.words)" }
    let others = fit.parts.filter { !$0.isShown }.map(\.name)
    let parts =
      shown.isEmpty
      ? "no part is beyond the launches' spread"
      : shown.joined(separator: "; ")
        + (others.isEmpty ? "" : "; not shown: \(others.joined(separator: ", "))")
    return [
      .paragraph(
        "What ESP's seal costs more than VPE's, in ticks, by what one writes or encrypts and the other does "
          + "not (\(fit.launches.counted("launch")), each fitted by itself; Holm over the parts): \(parts). "
          + fit.leftOver)
    ]
  }
}

extension CostStructure.Fit {
  /// How much of the difference the parts leave.
  fileprivate var leftOver: String {
    let share = difference == 0 ? "" : ", \(Display.percent(residual / abs(difference))) of it"
    let help =
      residual < 0.9 * spread
      ? "without any part it would be \(Display.number(spread))"
      : "hardly less than the \(Display.number(spread)) without any part: they explain how large the "
        + "difference is, not where it is larger"
    return "The median difference is \(Display.number(difference)); a point is off from the sum of its "
      + "parts by \(Display.number(residual)) in the median\(share); \(help)."
  }

  /// A point that both systems have: what each touches, and by how much their costs differ, by launch.
  private struct Point {
    let first: PacketPlace
    let second: PacketPlace
    let ticks: LaunchEstimate.Values
  }

  fileprivate init?(_ run: RunReading, _ first: System, _ second: System) {
    let points = Self.points(run, first, second)
    let quantities = Self.independent(Self.quantities(points, first, second))
    guard points.count >= CostStructure.pointsMin, let width = quantities.first?.values.count,
      width == points.count
    else { return nil }
    let launches = Set(points.flatMap(\.ticks.keys)).sorted()
    let found = launches.compactMap { launch -> [Double]? in
      let known = points.indices.compactMap { place in
        points[place].ticks[launch].flatMap { Statistics.percentile(50, of: $0) }.map { (place, $0) }
      }
      guard known.count >= CostStructure.pointsMin else { return nil }
      let rows = known.map { place, _ in quantities.map { $0.values[place] } }
      return LeastSquares(robust: rows, known.map(\.1))?.coefficients
    }
    guard found.count >= LaunchEstimate.launchesMin else { return nil }
    let ranks = quantities.indices.compactMap { part in SignedRank(found.map { $0[part] }) }
    guard ranks.count == quantities.count else { return nil }
    let adjusted = Statistics.holm(ranks.map(\.pDifferent))
    let differences = points.map { point in
      Statistics.percentile(50, of: point.ticks.values.compactMap { Statistics.percentile(50, of: $0) }) ?? 0
    }
    let left = points.indices.map { place in
      abs(differences[place] - zip(quantities, ranks).reduce(0) { $0 + $1.0.values[place] * $1.1.value })
    }
    let middle = Statistics.percentile(50, of: differences) ?? 0
    (self.first, self.second, self.launches) = (first, second, found.count)
    parts = quantities.indices.map {
      CostStructure.Part(name: quantities[$0].name, ticks: ranks[$0], pValue: adjusted[$0])
    }
    columns = quantities.map(\.values)
    difference = middle
    residual = Statistics.percentile(50, of: left) ?? 0
    spread = Statistics.percentile(50, of: differences.map { abs($0 - middle) }) ?? 0
  }

  private static func points(_ run: RunReading, _ first: System, _ second: System) -> [Point] {
    let cases = run.cases.filter { $0.basis == .measured }.map(\.coordinates)
    // A block is another thing in each cipher.
    let own = cases.filter { $0.isOf(first) }
    guard Set(own.map(\.aead)).count == 1 else { return [] }
    return own.compactMap { point in
      guard let other = Pairing.counterpart(of: point, second, among: cases, carries: { _ in nil }) else {
        return nil
      }
      let rounds = [point, other].map { own in
        run.samples(of: CaseKey(coordinates: own, basis: .measured)).byRound { $0.metrics[Metric.seal] }
      }
      let ticks = LaunchEstimate.compared(rounds) { $0[0] - $0[1] }
      let places = [first, second].map {
        PacketPlace(
          packetBytes: point.packetBytes, headroomBytes: point.extraHeadroomBytes, system: $0.rawValue,
          isPlain: run.isPlain)
      }
      return ticks.isEmpty ? nil : Point(first: places[0], second: places[1], ticks: ticks)
    }
  }

  /// All that may differ. What only one system has counts as its own; where that is the second, the
  /// difference is smaller by it, so that a part's ticks are always what it costs.
  private static func quantities(
    _ points: [Point], _ first: System, _ second: System
  ) -> [CostStructure.Quantity] {
    func quantity(_ name: String, _ value: (Point) -> Int) -> CostStructure.Quantity {
      CostStructure.Quantity(name: name, values: points.map { Double(value($0)) })
    }
    func inTwoLines(
      _ system: System, _ sign: Int, _ place: @escaping (Point) -> PacketPlace
    ) -> [CostStructure.Quantity] {
      [
        quantity("\(system.title)'s ICV in two lines") { place($0).icvStraddles ? sign : 0 },
        quantity("\(system.title)'s header in two lines") { place($0).headerStraddles ? sign : 0 },
      ]
    }
    return [
      quantity("each packet") { _ in 1 },
      quantity("a further cipher block") { $0.first.blocks - $0.second.blocks },
      quantity("a further step of four blocks") { $0.first.fourBlocks - $0.second.fourBlocks },
    ] + inTwoLines(first, 1) { $0.first } + inTwoLines(second, -1) { $0.second }
  }

  /// The quantities without those that do not vary, or mostly follow from others before them. Of two that are
  /// the same at all points, the coefficient is of both: one bears both names.
  private static func independent(_ all: [CostStructure.Quantity]) -> [CostStructure.Quantity] {
    var kept = Array(all.prefix(1))
    for quantity in all.dropFirst() where Set(quantity.values).count > 1 {
      let opposite = quantity.values.map { 0 - $0 }
      if let same = kept.firstIndex(where: { $0.values == quantity.values || $0.values == opposite }) {
        let word = kept[same].values == quantity.values ? "with" : "less"
        kept[same] = CostStructure.Quantity(
          name: "\(kept[same].name), \(word) \(quantity.name)", values: kept[same].values)
        continue
      }
      let rows = quantity.values.indices.map { place in kept.map { $0.values[place] } }
      if let others = LeastSquares(rows, quantity.values), others.rSquared <= CostStructure.sharedMax {
        kept.append(quantity)
      }
    }
    return kept
  }
}
