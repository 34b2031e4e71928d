import Cases

/// How much of several experiments is done, and how long the rest will take.
///
/// Before an experiment has run, its duration is planned from its descriptor. Samples taken so far show by
/// which factor plans of their kind are wrong on this machine, and this factor corrects the remaining plans.
public struct Forecast: Sendable {
  /// The plan of one experiment.
  public struct Plan: Sendable, Equatable {
    /// The measured quantity.
    public let what: MeasuredQuantity
    /// About how long its samples take.
    public let seconds: Double

    /// A plan by its parts.
    public init(what: MeasuredQuantity, seconds: Double) { (self.what, self.seconds) = (what, seconds) }
  }

  private let plans: [Plan]
  private var current = 0
  private var done = 0
  private var total = 1
  private var currentSeconds: Double?
  /// The durations of samples as multiples of their plans.
  private var factors: [MeasuredQuantity: Double] = [:]

  /// A forecast before anything has run.
  public init(_ plans: [Plan]) { self.plans = plans }

  /// An experiment starts; all before it are done, or have failed and will not come back.
  /// - Parameters:
  ///   - index: which one, from 0; the number of experiments once all are done.
  ///   - done: samples that an earlier start took.
  ///   - total: all its samples.
  public mutating func begin(_ index: Int, done: Int = 0, of total: Int = 1) {
    (current, self.done, self.total, currentSeconds) = (index, done, max(total, 1), nil)
  }

  /// A sample of the current experiment was taken.
  /// - Parameters:
  ///   - done: its samples so far.
  ///   - total: all its samples.
  ///   - secondsLeft: how long its others will take; nil if that is not known.
  public mutating func sample(done: Int, of total: Int, secondsLeft: Double?) {
    (self.done, self.total, currentSeconds) = (done, max(total, 1), secondsLeft)
    guard let secondsLeft, plans.indices.contains(current), done < total, plans[current].seconds > 0 else {
      return
    }
    let plan = plans[current]
    factors[plan.what] = secondsLeft / Double(total - done) * Double(total) / plan.seconds
  }

  /// The share of the planned time whose samples are there, 0 to 1.
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
  /// About how long the samples take. Errors common to all experiments of a kind cancel.
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

  /// A DUT that is a process: it starts, frames are made, and it is fed both ways.
  private static let memifTurnsSeconds = 2.5
  /// A DUT in the tester's process.
  private static let ringTurnsSeconds = 0.6
  /// Seconds that a tester takes to find its own rate without a DUT.
  private static let testerProofSeconds = 2.0
  /// Setting up the roles, and waiting for the last frames.
  private static let setUpSeconds = 0.15
  /// Filling the buffers, making the keys.
  private static let costSetUpSeconds = 0.002
  /// The cost of a packet, and of each byte of it: to write, prefetch and seal it.
  private static let packetNanoseconds = 400.0
  private static let byteNanoseconds = 0.4
}
