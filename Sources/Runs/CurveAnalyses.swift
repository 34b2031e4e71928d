import Descriptors
import Results

extension Descriptor {
  /// The fewest points of a curve in which a period can be found.
  private static let curvePointsMin = 12

  /// Looks for local minima and periods in each curve of a packet-cost run: over packet length if the sweep
  /// has many, otherwise over extra headroom. If the descriptor names the paper's minima, they are the
  /// expectation for their system.
  public func analyses(of records: [SampleRecord]) -> [CurveAnalysis] {
    guard let axis = curveAxis else { return [] }
    // Analyse the ratio to the bare call, too: common effects, such as the machine's state, cancel in it.
    let costs = ["seal_cycles_per_packet", "open_cycles_per_packet"]
    let metrics = costs + costs.map(RatioToFloor.name)
    return CostCurve.curves(of: records, over: axis, metrics: metrics).filter(Self.isTelling).map { curve in
      Periodicity.analyse(curve, expecting: expectation(of: curve.label))
    }
  }

  /// Whether a curve is informative: a floor's ratio to itself is 1, and the empty loop's ratio says nothing
  /// about packets.
  private static func isTelling(_ curve: CostCurve) -> Bool {
    let isRatio = curve.label.metric.hasSuffix("_ratio")
    return !isRatio || ["esp-single", "vpe"].contains(curve.label.system)
  }

  private var curveAxis: String? {
    if sweep[.frameBytes].count >= Self.curvePointsMin {
      return sweep.isByPacket ? "packet_bytes" : "frame_bytes"
    }
    return sweep[.extraHeadroomBytes].count >= Self.curvePointsMin ? "extra_headroom_bytes" : nil
  }

  private func expectation(of label: CostCurve.Label) -> PeriodExpectation? {
    guard let paper, label.metric == "seal_cycles_per_packet", paper.metric == "local_minimum_\(label.axis)"
    else { return nil }
    let minima = paper.points.filter { $0.system == label.system }.map { Int($0.value) }
    return PeriodExpectation(minima: minima)
  }
}
