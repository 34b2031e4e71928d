import Cases
import Foundation
import Results
import Statistics

/// Splits the difference between two systems' costs of a packet into parts: ticks for each quantity, such as
/// a cipher block, of which one system has more than the other. The differences are taken within repetitions,
/// at the same packet.
///
/// Each launch has a fit of its own. A part is the estimate by signed ranks over the launches' coefficients,
/// with the interval and test that belong to it, so the estimate always lies in its interval.
package struct CostStructure {
  private let name: String
  /// The fits that the run allows: ESP less VPE, then each of them less the bare call.
  package let fits: [Fit]

  package init(_ run: RunReading) {
    name = run.name
    fits = [(System.espSingle, System.vpe), (.vpe, .raw), (.espSingle, .raw)].compactMap { first, second in
      Fit(run, first, second)
    }
  }

  /// The fewest points for a fit.
  fileprivate static let pointsMin = 20
  /// The largest share of a quantity's variance that earlier quantities may explain. Beyond it the quantity's
  /// coefficient cannot be determined.
  package static let sharedMax = 0.8

  /// A quantity of which one system has more than the other.
  fileprivate struct Quantity {
    let name: String
    /// The difference of the quantity, point by point.
    let values: [Double]
  }

  /// The share of the difference that one quantity explains.
  package struct Part {
    package let name: String
    /// Ticks per unit of the quantity.
    package let ticks: SignedRank
    /// Two-sided p value, adjusted for all parts of the fit (Holm).
    package let pValue: Double
    package var isShown: Bool { pValue <= Rules.level }
    fileprivate var words: String { Display.interval(ticks.value, ticks.low, ticks.high) }
  }

  /// One system's cost less another's.
  package struct Fit {
    package let first: System
    package let second: System
    /// The first part is the constant.
    package let parts: [Part]
    /// The quantities that were fitted, in the order of the parts, each with a value per point.
    package let columns: [[Double]]
    /// The median difference, ticks.
    package let difference: Double
    /// The median distance between a point's difference and the sum of its parts.
    package let residual: Double
    /// The median distance between a point's difference and the median difference: the residual without any
    /// parts.
    package let spread: Double
    package let launches: Int

    package var title: String { "\(first.title) less \(second.title)" }
  }

  // MARK: In words

  /// A table of the parts of each difference.
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

  /// A paragraph on the parts that distinguish the formats, and on what they leave unexplained.
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
  /// A sentence on the part of the difference that the fit leaves unexplained.
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

  /// A point that both systems have: how each one's packet lies in the buffer, and the difference of their
  /// costs in each launch.
  private struct Point {
    let first: PacketAlignment
    let second: PacketAlignment
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
      let known = points.indices.compactMap { index in
        points[index].ticks[launch].flatMap { Statistics.percentile(50, of: $0) }.map { (index, $0) }
      }
      guard known.count >= CostStructure.pointsMin else { return nil }
      let rows = known.map { index, _ in quantities.map { $0.values[index] } }
      return LeastSquares(robust: rows, known.map(\.1))?.coefficients
    }
    guard found.count >= LaunchEstimate.launchesMin else { return nil }
    let ranks = quantities.indices.compactMap { part in SignedRank(found.map { $0[part] }) }
    guard ranks.count == quantities.count else { return nil }
    let adjusted = Statistics.holm(ranks.map(\.pDifferent))
    let differences = points.map { point in
      Statistics.percentile(50, of: point.ticks.values.compactMap { Statistics.percentile(50, of: $0) }) ?? 0
    }
    let left = points.indices.map { index in
      abs(differences[index] - zip(quantities, ranks).reduce(0) { $0 + $1.0.values[index] * $1.1.value })
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
    // The number of blocks depends on the cipher, so the cases must have a single one.
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
      let alignments = [first, second].map {
        PacketAlignment(
          packetBytes: point.packetBytes, headroomBytes: point.extraHeadroomBytes, system: $0.rawValue,
          isPlain: run.isPlain)
      }
      return ticks.isEmpty ? nil : Point(first: alignments[0], second: alignments[1], ticks: ticks)
    }
  }

  /// The quantities that may differ between the systems. A quantity of the second system alone counts
  /// negatively, because the difference is smaller by its cost; so its coefficient is the cost.
  private static func quantities(
    _ points: [Point], _ first: System, _ second: System
  ) -> [CostStructure.Quantity] {
    func quantity(_ name: String, _ value: (Point) -> Int) -> CostStructure.Quantity {
      CostStructure.Quantity(name: name, values: points.map { Double(value($0)) })
    }
    func inTwoLines(
      _ system: System, _ sign: Int, _ alignment: @escaping (Point) -> PacketAlignment
    ) -> [CostStructure.Quantity] {
      [
        quantity("\(system.title)'s ICV in two lines") { alignment($0).icvStraddles ? sign : 0 },
        quantity("\(system.title)'s header in two lines") { alignment($0).headerStraddles ? sign : 0 },
      ]
    }
    return [
      quantity("each packet") { _ in 1 },
      quantity("a further cipher block") { $0.first.blocks - $0.second.blocks },
      quantity("a further step of four blocks") { $0.first.fourBlocks - $0.second.fourBlocks },
    ] + inTwoLines(first, 1) { $0.first } + inTwoLines(second, -1) { $0.second }
  }

  /// The quantities without those that do not vary or that mostly follow from earlier ones. Two quantities
  /// that are equal at all points share a coefficient, so they become one with both names.
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
      let rows = quantity.values.indices.map { index in kept.map { $0.values[index] } }
      if let others = LeastSquares(rows, quantity.values), others.rSquared <= CostStructure.sharedMax {
        kept.append(quantity)
      }
    }
    return kept
  }
}
