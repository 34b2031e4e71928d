import Statistics

extension LaunchEstimate {
  /// A metric's figure over the usable samples of one case.
  ///
  /// That of a ratio to a floor or a baseline is the ratio of both figures, not that of the samples' ratios.
  /// - Parameter records: samples of one case and basis.
  /// - Returns: nil if no usable sample knows the metric.
  public init?(of metric: String, in records: [SampleRecord], hasInterval: Bool = true) {
    guard let basis = records.first?.basis else { return nil }
    guard let numerator = MetricCatalog.numerator(of: metric) else {
      self.init(
        records.byLaunch { $0.metrics[metric] }, by: Estimator(of: metric, basis), hasInterval: hasInterval)
      return
    }
    let known = records.filter { $0.metrics[metric].map { $0 > 0 } ?? false }
    self.init(
      of: known.byLaunch { $0.metrics[numerator] },
      to: known.byLaunch { record in
        record.metrics[numerator].flatMap { own in record.metrics[metric].map { own / $0 } }
      }, by: Estimator(of: numerator, basis), hasInterval: hasInterval)
  }

  /// A metric of one case as a multiple of the same metric of another in the same launches.
  /// - Returns: nil if they have no launch in common, or a figure is not positive.
  public init?(of metric: String, in records: [SampleRecord], to others: [SampleRecord]) {
    guard let basis = records.first?.basis else { return nil }
    self.init(
      of: records.byLaunch { $0.metrics[metric] }, to: others.byLaunch { $0.metrics[metric] },
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
  /// The values of the usable samples, by launch. A run that knows no launches had one for each sample.
  package func byLaunch(_ value: (SampleRecord) -> Double?) -> [Int: [Double]] {
    var values: [Int: [Double]] = [:]
    for record in self where record.isUsable {
      if let value = value(record), value.isFinite {
        values[record.launch ?? record.sample, default: []].append(value)
      }
    }
    return values
  }

  /// Whether the launch of each is known.
  package var haveLaunches: Bool { allSatisfy { $0.launch != nil } }
}
