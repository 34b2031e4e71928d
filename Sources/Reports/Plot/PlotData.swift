import Cases
import Foundation

/// The data of one figure's script: its panels and what these have in common.
struct PlotData {
  var panels: [Panel]
  /// The x axis of all panels.
  var axis: Figure.Axis
  /// A caveat about capacities, printed below the drawing; empty for none.
  var caveat = ""
  /// The bases that occur, for the key.
  var bases: [Basis] = []
  /// Title of the paper's values in the key; empty for none.
  var paperTitle = ""
  /// A further note, printed in the key; empty for none.
  var note = ""
  /// Whether there are so many points that intervals are drawn as a band instead of bars.
  var isDense = false
  /// The number of panels side by side, for scripts that use it.
  var columns = 1
  /// The number of bars that are steps; the bars after them stand apart.
  var steps = 0

  /// The key's entries: the first series of each title.
  var keys: [Series] {
    var seen: Set<String> = [""]
    return panels.flatMap(\.series).filter { seen.insert($0.title).inserted }
  }

  /// One coordinate system of the figure.
  struct Panel {
    var title: String
    var yLabel: String
    var series: [Series] = []
    /// The paper's points.
    var paper: [Point] = []
    /// The paper's values that have no x value; drawn as horizontal lines.
    var paperLevels: [Point] = []
    /// The x values that the paper states.
    var paperMarks: [Double] = []
    var form = Figure.Form.plain
    /// A range of the x axis that the paper speaks of; drawn shaded.
    var shade: ClosedRange<Double>?
    /// The empty x value between the bars of two set-ups.
    var gap: Int?
  }

  /// Points that belong together; the figure may join them by a line.
  struct Series: Equatable {
    /// The title in the key; empty if another series has it already.
    var title: String
    /// The number of the style in `plots/style.gnuplot`, see `SystemStyle`.
    var style: Int
    /// 0 for the style's own dash pattern, higher numbers for others.
    var variant = 0
    /// The basis that the marker shows; nil for the style's own marker.
    var basis: Basis?
    var points: [Point]
  }

  /// An estimate and its interval.
  struct Point: Equatable {
    var x: Double
    var y: Double
    var low: Double?
    var high: Double?
    /// The lower end of the point's bar.
    var start = 0.0
    /// The label below the point if the axis has names; for the paper's points, the system.
    var label = ""

    func divided(by base: Double) -> Point {
      Point(x: x, y: y / base, low: low.map { $0 / base }, high: high.map { $0 / base }, label: label)
    }
  }
}

extension PlotData {
  /// The files that a script reads, by name: `settings.gnuplot`, which it loads, and for each panel
  /// `panel-N.dat` (a block per series: x, y, low, high, start of its bar) and `paper-N.dat` (x, y).
  var files: [String: String] {
    var files: [String: String] = [:]
    var lines = [
      "panels = \(panels.count)", "is_dense = \(isDense ? 1 : 0)", "paper_title = \(Self.quoted(paperTitle))",
      "note = \(Self.quoted(note))", "xlabel = \(Self.quoted(axis.label))",
      "point_size = \(axis.pointSize)",
      "x_is_logarithmic = \(axis.isLogarithmic ? 1 : 0)", "x_tics = \(axis.ticStep)",
      "keys = \(keys.count)", "columns = \(columns)", "steps = \(steps)",
      "bases = \(Self.quoted(bases.map(\.rawValue).joined(separator: " ")))",
    ]
    let caveat = caveat.wrapped(to: Self.lineMax)
    lines.append("caveats = \(caveat.count)")
    for (index, line) in caveat.enumerated() {
      lines.append("caveat_\(index + 1) = \(Self.quoted(line))")
    }
    for (index, series) in keys.enumerated() {
      lines += [
        "key_title_\(index + 1) = \(Self.quoted(series.title))", "key_style_\(index + 1) = \(series.style)",
        "key_variant_\(index + 1) = \(series.variant)",
        "key_basis_\(index + 1) = \(Self.quoted(series.basis?.rawValue ?? ""))",
      ]
    }
    let bars = panels.first?.series.first?.points ?? []
    lines.append("bars = \(bars.count)")
    for (index, bar) in bars.enumerated() { lines.append("bar_\(index + 1) = \(Self.quoted(bar.label))") }
    for (index, panel) in panels.enumerated() {
      let number = index + 1
      let marks = panel.paperMarks.map(Self.number).joined(separator: " ")
      lines += [
        "title_\(number) = \(Self.quoted(panel.title))", "ylabel_\(number) = \(Self.quoted(panel.yLabel))",
        "series_\(number) = \(panel.series.count)", "marks_\(number) = '\(marks)'",
        "levels_\(number) = \(panel.paperLevels.count)", "paper_points_\(number) = \(panel.paper.count)",
        "shade_\(number) = '\(panel.shade.map { "\($0.lowerBound) \($0.upperBound)" } ?? "")'",
        "gap_\(number) = \(panel.gap ?? -1)",
      ]
      lines += ranges(of: panel, number)
      for (kind, points) in [("level", panel.paperLevels), ("paper", panel.paper)] {
        for (index, point) in points.enumerated() {
          let suffix = "\(number)_\(index + 1)"
          lines += [
            "\(kind)_x_\(suffix) = \(Self.number(point.x == point.x ? point.x : 0))",
            "\(kind)_y_\(suffix) = \(Self.number(point.y))",
            "\(kind)_name_\(suffix) = \(Self.quoted(point.label))",
          ]
        }
      }
      for (index, series) in panel.series.enumerated() {
        let suffix = "\(number)_\(index + 1)"
        lines += [
          "title_\(suffix) = \(Self.quoted(series.title))", "style_\(suffix) = \(series.style)",
          "variant_\(suffix) = \(series.variant)",
          "basis_\(suffix) = \(Self.quoted(series.basis?.rawValue ?? ""))",
          "x_\(suffix) = \(series.points.first.flatMap { Int(exactly: $0.x) } ?? 0)",
          "label_\(suffix) = \(Self.quoted(series.points.first?.label ?? ""))",
        ]
      }
      files["panel-\(number).dat"] = panel.series.map { Self.block($0.points) }.joined(separator: "\n\n")
      files["paper-\(number).dat"] = Self.block(panel.paper)
    }
    files["settings.gnuplot"] = lines.joined(separator: "\n") + "\n"
    return files
  }

  /// The ranges of a panel's axes.
  private func ranges(of panel: Panel, _ number: Int) -> [String] {
    var (x, y) = (axis.coordinate == .axis(.threads) ? "0:*" : "*:*", axis.hasZero ? "0:*" : "0<*:*")
    var (isRelative, isDifference, isDecades) = (false, false, false)
    switch panel.form {
    case .plain: break
    case .zoom(let range): x = "\(range.lowerBound):\(range.upperBound)"
    case .difference: (y, isDifference) = ("*:*", true)
    case .relative: (x, y, isRelative) = ("*:*", "*:*", true)
    case .decades: (y, isDecades) = (decades, true)
    }
    return [
      "xrange_\(number) = '\(x)'", "yrange_\(number) = '\(y)'",
      "is_relative_\(number) = \(isRelative ? 1 : 0)", "is_difference_\(number) = \(isDifference ? 1 : 0)",
      "is_decades_\(number) = \(isDecades ? 1 : 0)",
    ]
  }

  /// The y range of all panels of the form `decades`: the decades that hold their values. Intervals do not
  /// count, because those of a few launches may be too wide.
  private var decades: String {
    let own = panels.filter { if case .decades = $0.form { true } else { false } }
    let values = own.flatMap(\.series).flatMap(\.points).map(\.y).filter { $0 > 0 && $0.isFinite }
    guard let least = values.min(), let most = values.max() else { return "*:*" }
    let low = Int(log10(least).rounded(.down))
    return "1e\(low):1e\(max(Int(log10(most).rounded(.up)), low + 1))"
  }

  /// The most characters in a line of the caveat.
  private static let lineMax = 64

  /// A line per point; unknown values are `nan`, which gnuplot leaves out.
  private static func block(_ points: [Point]) -> String {
    points.map { point in
      let columns = [point.x, point.y, point.low, point.high, point.start]
      return columns.map { $0.map(number) ?? "nan" }.joined(separator: " ") + "\n"
    }.joined()
  }

  private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "nan" }

  /// A gnuplot string. Names come from files, so characters that could end the string or run a command are
  /// replaced.
  private static func quoted(_ text: String) -> String {
    let plain = text.map { character -> Character in
      character.isLetter || character.isNumber || " .,:;+-−*/()%=<>±·’×".contains(character) ? character : "_"
    }
    return "'\(String(plain))'"
  }
}
