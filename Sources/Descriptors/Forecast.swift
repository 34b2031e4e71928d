import Cases

/// The progress of several experiments, and the time that the rest will take.
///
/// Before an experiment runs, its duration is estimated from its descriptor. The samples taken so far show by
/// which factor such plans are wrong on this machine, and the factor corrects the remaining plans for the
/// same quantity.
public struct Forecast: Sendable {
  /// The estimated duration of one experiment.
  public struct Plan: Sendable, Equatable {
    /// The measured quantity.
    public let what: MeasuredQuantity
    /// The approximate duration of its samples.
    public let seconds: Double

    /// Makes a plan from its parts.
    public init(what: MeasuredQuantity, seconds: Double) { (self.what, self.seconds) = (what, seconds) }
  }

  private let plans: [Plan]
  private var current = 0
  private var done = 0
  private var total = 1
  private var currentSeconds: Double?
  /// For each quantity, the duration of samples as a multiple of the planned duration.
  private var factors: [MeasuredQuantity: Double] = [:]

  /// Makes a forecast before any experiment has run.
  public init(_ plans: [Plan]) { self.plans = plans }

  /// Begins an experiment. All experiments before it are finished, or have failed for good.
  /// - Parameters:
  ///   - index: the experiment's index, from 0; the number of experiments if all are finished.
  ///   - done: samples that an earlier start has taken.
  ///   - total: all samples of the experiment.
  public mutating func begin(_ index: Int, done: Int = 0, of total: Int = 1) {
    (current, self.done, self.total, currentSeconds) = (index, done, max(total, 1), nil)
  }

  /// Records that the current experiment has a further sample.
  /// - Parameters:
  ///   - done: the experiment's samples so far.
  ///   - total: all samples of the experiment.
  ///   - secondsLeft: the time that its other samples will take; nil if unknown.
  public mutating func sample(done: Int, of total: Int, secondsLeft: Double?) {
    (self.done, self.total, currentSeconds) = (done, max(total, 1), secondsLeft)
    guard let secondsLeft, plans.indices.contains(current), done < total, plans[current].seconds > 0 else {
      return
    }
    let plan = plans[current]
    factors[plan.what] = secondsLeft / Double(total - done) * Double(total) / plan.seconds
  }

  /// The share of the planned time whose samples are taken, from 0 to 1.
  public var shareDone: Double {
    let all = plans.reduce(0) { $0 + $1.seconds }
    guard all > 0, current < plans.count else { return 1 }
    let before = plans[..<current].reduce(0) { $0 + $1.seconds }
    return (before + plans[current].seconds * Double(done) / Double(total)) / all
  }

  /// Seconds until the last sample of the last experiment.
  public var secondsLeft: Double {
    guard current < plans.count else { return 0 }
    let share = 1 - Double(done) / Double(total)
    return plans[(current + 1)...].reduce(currentSeconds ?? expected(plans[current]) * share) {
      $0 + expected($1)
    }
  }

  private func expected(_ plan: Plan) -> Double { plan.seconds * (factors[plan.what] ?? 1) }
}

extension Descriptor {
  /// The approximate duration of the samples. Errors common to all experiments with the same quantity cancel.
  public var plan: Forecast.Plan {
    let seconds: Double
    switch measure.what {
    case .throughput:
      let window = measure.windowSeconds + measure.warmUpSeconds + Self.setUpSeconds
      let turns = link == .ring ? Self.ringTurnsSeconds : Self.memifTurnsSeconds
      seconds = Double(sampleCount) * (measure.setup == .dut ? turns : window)
    case .packetCost:
      let bytes = Double(cases.reduce(0) { $0 + $1.packetBytes })
      let nanoseconds = Double(cases.count) * Self.packetNanoseconds + bytes * Self.byteNanoseconds
      let once =
        Double(measure.packets * measure.operations.count) * nanoseconds / 1e9
        + Double(cases.count) * Self.costSetUpSeconds
      seconds = once * Double(measure.samples)
    case .rateSearch:
      let offers = Set(cases.map { "\($0.axes["direction"] ?? "") \($0.frameLengths)" }).count
      let proofs = Double(min(measure.launches, measure.samples) * offers)
      let searches = cases.reduce(0) { $0 + (measure.search?.expectedSeconds(opens: $1.opens) ?? 0) }
      seconds = Double(measure.samples) * searches + proofs * Self.testerProofSeconds
    }
    return Forecast.Plan(what: measure.what, seconds: seconds)
  }

  /// Seconds for turns with a DUT in a process of its own: it starts, frames are made, and both directions
  /// run.
  private static let memifTurnsSeconds = 2.5
  /// Seconds for turns with a DUT in the tester's process.
  private static let ringTurnsSeconds = 0.6
  /// Seconds that a tester takes to find its own rate without a DUT.
  private static let testerProofSeconds = 2.0
  /// Seconds to set up the roles and to wait for the last frames.
  private static let setUpSeconds = 0.15
  /// Seconds to fill the buffers and make the keys.
  private static let costSetUpSeconds = 0.002
  /// Nanoseconds to write, prefetch and seal a packet: a constant, and the time per byte.
  private static let packetNanoseconds = 400.0
  private static let byteNanoseconds = 0.4
}
