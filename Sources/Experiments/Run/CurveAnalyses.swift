import Results

extension Descriptor {
  /// Fewer points make no curve in which a period could be found.
  private static let curvePointsMin = 12

  /// Looks for local minima and periods in each curve of a packet-cost run: over packet length if the sweep
  /// has many, otherwise over extra headroom. The paper's minima, if the descriptor names them, are what is
  /// expected of the system that they are of.
  public func analyses(of records: [SampleRecord]) -> [CurveAnalysis] {
    guard let axis = curveAxis else { return [] }
    let metrics = ["seal_cycles_per_packet", "open_cycles_per_packet"]
    return CostCurve.curves(of: records, over: axis, metrics: metrics).map { curve in
      Periodicity.analyse(curve, expecting: expectation(of: curve.label))
    }
  }

  private var curveAxis: String? {
    if sweep.frameBytes.count >= Self.curvePointsMin {
      return sweep.isByPacket ? "packet_bytes" : "frame_bytes"
    }
    return sweep.extraHeadroomBytes.count >= Self.curvePointsMin ? "extra_headroom_bytes" : nil
  }

  private func expectation(of label: CostCurve.Label) -> PeriodExpectation? {
    guard let paper, label.metric == "seal_cycles_per_packet", paper.metric == "local_minimum_\(label.axis)"
    else { return nil }
    let minima = paper.points.filter { $0.system.rawValue == label.system }.map { Int($0.value) }
    return PeriodExpectation(minima: minima)
  }
}
