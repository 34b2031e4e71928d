import Basics

/// A figure over the samples of a case, with an interval that tells how far another run on the same machine
/// may come out.
///
/// The interval is a percentile bootstrap whose unit is the launch: samples of one process share its memory
/// layout, its place on the cores and its minute of the day, so they are no independent observations. It is
/// deterministic. With few launches it is too narrow rather than too wide (docs/method.md).
public struct LaunchEstimate: Sendable, Equatable {
  /// The figure, in the unit of the values.
  public let value: Double
  /// Lower end of its 95 % interval; nil with fewer than ``launchesMin`` launches.
  public let low: Double?
  /// Upper end of that interval.
  public let high: Double?
  /// Launches that the figure rests on.
  public let launches: Int

  /// Fewer launches have no interval.
  public static let launchesMin = 3
  /// Resamples of an interval.
  public static let resamples = 1000

  /// The figure of the samples of each launch, by its number; nil if there are none.
  /// - Parameter hasInterval: false where only the figure is asked for, which is a thousand times less work.
  public init?(_ values: [Int: [Double]], by estimator: Estimator, hasInterval: Bool = true) {
    let launches = values.filter { !$0.value.isEmpty }.keys.sorted()
    guard let pool = Pool(values, launches, by: estimator) else { return nil }
    self.init(launches: [launches.count], hasInterval) { weights, resample in
      pool.value(weights[0], resample)
    }
  }

  /// One figure as a multiple of another, over the launches that both have. A resample takes the same
  /// launches on both sides: what disturbs a launch as a whole cancels out.
  /// - Returns: nil if they have no launch in common, or a figure is not positive.
  public init?(
    of numerators: [Int: [Double]], to denominators: [Int: [Double]], by estimator: Estimator,
    hasInterval: Bool = true
  ) {
    let launches = numerators.keys.filter {
      numerators[$0]?.isEmpty == false && denominators[$0]?.isEmpty == false
    }.sorted()
    guard let above = Pool(numerators, launches, by: estimator),
      let below = Pool(denominators, launches, by: estimator), above.value > 0, below.value > 0
    else { return nil }
    self.init(launches: [launches.count], hasInterval) { weights, resample in
      above.value(weights[0], resample) / below.value(weights[0], resample)
    }
  }

  /// One figure as a multiple of another that was taken apart from it, as in two runs: each side has its own
  /// resamples.
  /// - Returns: nil if a side has no samples, or a figure is not positive.
  public init?(
    of numerators: [Int: [Double]], toSeparate denominators: [Int: [Double]], by estimator: Estimator
  ) {
    let launches = [numerators, denominators].map { side in
      side.filter { !$0.value.isEmpty }.keys.sorted()
    }
    guard let above = Pool(numerators, launches[0], by: estimator),
      let below = Pool(denominators, launches[1], by: estimator), above.value > 0, below.value > 0
    else { return nil }
    self.init(launches: launches.map(\.count), true) { weights, resample in
      above.value(weights[0], resample) / below.value(weights[1], resample)
    }
  }

  /// - Parameters:
  ///   - counts: of each set of launches that is resampled by itself, how many there are.
  ///   - figure: the figure of a resample, by its number; for each set how often it has each launch, one
  ///     resample behind the other.
  private init(
    launches counts: [Int], _ hasInterval: Bool, _ figure: (_ weights: [[Int]], _ resample: Int) -> Double
  ) {
    launches = counts.min() ?? 0
    value = figure(counts.map { [Int](repeating: 1, count: $0) }, 0)
    guard hasInterval, launches >= Self.launchesMin else {
      (low, high) = (nil, nil)
      return
    }
    var generator = SplitMix64(state: 1)
    let weights = counts.map { count in
      var weights = [Int](repeating: 0, count: count * Self.resamples)
      for resample in 0..<Self.resamples {
        for _ in 0..<count { weights[resample * count + generator.next(below: count)] += 1 }
      }
      return weights
    }
    let figures = (0..<Self.resamples).map { figure(weights, $0) }
    low = Statistics.percentile(2.5, of: figures)
    high = Statistics.percentile(97.5, of: figures)
  }

  /// The samples of some launches, sorted once; a resample only counts each so many times.
  private struct Pool {
    private let values: [(value: Double, launch: Int)]
    private let launches: Int
    private let share: Double

    init?(_ samples: [Int: [Double]], _ launches: [Int], by estimator: Estimator) {
      values = launches.enumerated().flatMap { place, launch in
        (samples[launch] ?? []).map { (value: $0, launch: place) }
      }.sorted { $0.value < $1.value }
      self.launches = launches.count
      share = estimator.percent / 100
      if values.isEmpty || !values.allSatisfy({ $0.value.isFinite }) { return nil }
    }

    /// The percentile of the samples as they are.
    var value: Double { value([Int](repeating: 1, count: launches), 0) }

    /// The percentile, interpolated as in `Statistics.percentile`, with each launch as often as the resample
    /// has it.
    func value(_ weights: [Int], _ resample: Int) -> Double {
      let first = resample * launches
      let count = values.reduce(0) { $0 + weights[first + $1.launch] }
      let position = share * Double(count - 1)
      let rank = Int(position)
      var (passed, below) = (0, 0.0)
      for (value, launch) in values {
        let times = weights[first + launch]
        if times == 0 { continue }
        // The two values at `rank` and behind it are the same one if it counts several times.
        if passed <= rank { below = value }
        passed += times
        if passed > rank + 1 || passed == count {
          // Rounding can carry it just past its neighbour.
          return min(below + (position - Double(rank)) * (value - below), value)
        }
      }
      return below
    }
  }
}
