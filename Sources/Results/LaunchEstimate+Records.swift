import Statistics

extension LaunchEstimate {
  /// A metric's figure over the usable samples of one case.
  /// - Parameter records: samples of one case and basis.
  /// - Returns: nil if no usable sample knows the metric.
  public init?(of metric: String, in records: [SampleRecord], hasInterval: Bool = true) {
    guard let basis = records.first?.basis else { return nil }
    self.init(
      records.byLaunch { $0.metrics[metric] }, by: Estimator(of: metric, basis), hasInterval: hasInterval)
  }

  /// A metric of one case as a multiple of the same metric of another; nil where that has no positive value.
  public init?(of metric: String, in records: [SampleRecord], to others: [SampleRecord]) {
    guard let basis = records.first?.basis else { return nil }
    self.init(
      of: records.byRound { $0.metrics[metric] }, to: others.byRound { $0.metrics[metric] },
      by: Estimator(of: metric, basis))
  }
}

extension UnpairedRatio {
  /// Compares a metric of two cases whose launches are known: each side is resampled by itself.
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
  /// The values of the usable samples, by launch and repetition. A run that knows no launches had one for
  /// each sample.
  package func byRound(_ value: (SampleRecord) -> Double?) -> LaunchEstimate.Rounds {
    var values: LaunchEstimate.Rounds = [:]
    for record in self where record.isUsable {
      if let value = value(record), value.isFinite {
        values[record.launch ?? record.sample, default: [:]][record.sample] = value
      }
    }
    return values
  }

  /// The same by launch.
  package func byLaunch(_ value: (SampleRecord) -> Double?) -> LaunchEstimate.Values {
    LaunchEstimate.values(byRound(value))
  }

  /// Whether the launch of each is known.
  package var haveLaunches: Bool { allSatisfy { $0.launch != nil } }
}
