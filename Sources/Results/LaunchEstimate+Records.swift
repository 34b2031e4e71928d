import Statistics

extension LaunchEstimate {
  /// A metric's figure over the usable samples of one case.
  /// - Parameter records: samples of one case and basis.
  /// - Returns: nil if no usable sample has the metric.
  public init?(of metric: String, in records: [SampleRecord], hasInterval: Bool = true) {
    guard let basis = records.first?.basis else { return nil }
    self.init(
      records.byLaunch { $0.metrics[metric] }, by: Estimator(of: metric, basis), hasInterval: hasInterval)
  }

  /// A metric of one case as a multiple of the same metric of another case; nil if the latter has no positive
  /// value.
  public init?(of metric: String, in records: [SampleRecord], to others: [SampleRecord]) {
    guard let basis = records.first?.basis else { return nil }
    self.init(
      of: records.byRound { $0.metrics[metric] }, to: others.byRound { $0.metrics[metric] },
      by: Estimator(of: metric, basis))
  }
}

extension UnpairedRatio {
  /// The ratio of a metric in two cases whose launches are known. Each side is resampled independently.
  /// - Returns: nil unless both figures are positive.
  package init?(of metric: String, in records: [SampleRecord], to others: [SampleRecord]) {
    guard let basis = records.first?.basis,
      let figure = LaunchEstimate(
        of: records.byLaunch { $0.metrics[metric] }, toSeparate: others.byLaunch { $0.metrics[metric] },
        by: Estimator(of: metric, basis))
    else { return nil }
    self.init(figure)
  }
}

extension [SampleRecord] {
  /// The values of the usable samples, by launch and repetition. In a run without recorded launches each
  /// sample counts as a launch of its own.
  package func byRound(_ value: (SampleRecord) -> Double?) -> LaunchEstimate.Rounds {
    var values: LaunchEstimate.Rounds = [:]
    for record in self where record.isUsable {
      if let value = value(record), value.isFinite {
        values[record.launch ?? record.sample, default: [:]][record.sample] = value
      }
    }
    return values
  }

  /// The values of the usable samples, by launch.
  package func byLaunch(_ value: (SampleRecord) -> Double?) -> LaunchEstimate.Values {
    LaunchEstimate.values(byRound(value))
  }

  /// Whether the launches of all samples are known.
  package var haveLaunches: Bool { allSatisfy { $0.launch != nil } }
}
