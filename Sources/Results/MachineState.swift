import Basics
import Foundation
import Statistics

/// The state of a machine's CPUs at one time. Figures depend on it.
public struct MachineState: Sendable, Equatable {
  /// Ticks of a cache line's round trip between two of the cores in use; nil if only one is in use.
  public var handOverTicks: Double?
  /// Frequency of the slowest core, 10^9 cycles per second.
  public var coreGHz: Double?
  /// Additions that a core issues per cycle. The rate falls when others use the core's execution units.
  public var issueRate: Double?

  /// Makes a state from its parts.
  public init(handOverTicks: Double?, coreGHz: Double?, issueRate: Double?) {
    (self.handOverTicks, self.coreGHz, self.issueRate) = (handOverTicks, coreGHz, issueRate)
  }

  /// The state in a sample's metrics; nil if they contain none.
  public init?(_ metrics: [String: Double]) {
    (handOverTicks, coreGHz) = (metrics[Metric.handOver], metrics[Metric.coreRate])
    issueRate = metrics[Metric.issueRate]
    if handOverTicks == nil && coreGHz == nil { return nil }
  }

  /// The state as metrics of a sample.
  public var metrics: [String: Double] {
    [Metric.handOver: handOverTicks, Metric.coreRate: coreGHz, Metric.issueRate: issueRate].compactMapValues {
      $0
    }
  }

  /// Hand-over times that differ by a larger factor belong to differently related cores. Whether two cores
  /// share a cache changes the time by a factor of two and more; for one pair of cores it varies by some
  /// percent.
  public static let handOverFactor = 1.5
  /// Frequencies that differ by a larger factor belong to different states.
  public static let frequencyFactor = 1.1
  /// The least issue rate of a core that nobody else uses. Each core since 2013 issues four additions per
  /// cycle or more; the loop around them, or a hypervisor, may cost one of them.
  public static let aloneIssueRateMin = 3.0

  /// The reason why a sample belongs to no state.
  public static let changed = "the machine's state changed during the sample"
  /// The reason why a sample of another state does not count.
  public static let otherwise = "the machine was in another state than during most samples (states.csv)"

  /// Whether figures of both states may be averaged.
  /// - Parameter handsOver: whether the figures depend on hand-overs between cores.
  public func isSame(as other: MachineState, handsOver: Bool) -> Bool {
    func isNear(_ a: Double?, _ b: Double?, _ factor: Double) -> Bool {
      guard let a, let b, a > 0, b > 0 else { return true }
      return max(a, b) / min(a, b) <= factor
    }
    return isNear(coreGHz, other.coreGHz, Self.frequencyFactor)
      && (!handsOver || isNear(handOverTicks, other.handOverTicks, Self.handOverFactor))
  }

  /// The average of two states.
  public func average(with other: MachineState) -> MachineState {
    func average(_ a: Double?, _ b: Double?) -> Double? {
      a.flatMap { a in b.map { (a + $0) / 2 } } ?? a ?? b
    }
    return MachineState(
      handOverTicks: average(handOverTicks, other.handOverTicks), coreGHz: average(coreGHz, other.coreGHz),
      issueRate: average(issueRate, other.issueRate))
  }

  /// The state for readers, such as `hand-over 170 ticks, 2.9 GHz`.
  public var words: String {
    let parts = [
      handOverTicks.map { "hand-over \(Display.number($0)) ticks" },
      coreGHz.map { "\(Display.number($0)) GHz" },
      issueRate.map { "\(Display.number($0)) additions a cycle" },
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}

/// The states of the machine during a run. Figures of different states are never averaged; a run's figures
/// are those of the state with most samples.
public struct MachineStates: Sendable, Equatable {
  /// One state.
  public struct State: Sendable, Equatable {
    /// The name; `A` is the most frequent state.
    public let name: String
    /// Medians over the samples of this state.
    public let median: MachineState
    /// Number of samples in this state.
    public let samples: Int
  }

  /// The states, the most frequent first.
  public let states: [State]
  /// Number of samples that were left out because the state changed while they were taken.
  public let changed: Int
  /// The 90th percentile of the issue rates, which shows how the cores work when they are least disturbed;
  /// nil if unknown.
  public let bestIssueRate: Double?

  /// Assigns each sample of a run to a state. A sample outside the most frequent state gets a gap.
  ///
  /// Samples are sorted by frequency, and into classes: neighbours are in one class unless they differ by
  /// more than `MachineState.frequencyFactor`. The same is done with hand-over times if they matter. Samples
  /// of equal classes are of the same state.
  /// - Parameter handsOver: whether the figures depend on hand-overs between cores.
  public static func classify(_ records: [SampleRecord], handsOver: Bool) -> [SampleRecord] {
    let known = records.map {
      $0.valid && !$0.gaps.contains(MachineState.changed) ? MachineState($0.metrics) : nil
    }
    let frequencies = classes(of: known.map { $0?.coreGHz }, factor: MachineState.frequencyFactor)
    let handOvers =
      handsOver
      ? classes(of: known.map { $0?.handOverTicks }, factor: MachineState.handOverFactor)
      : records.map { _ in 0 }
    let keys = records.indices.map { index in
      known[index].map { _ in [frequencies[index], handOvers[index]] }
    }
    let counts = Dictionary(grouping: keys.compactMap { $0 }) { $0 }.mapValues(\.count)
    let order = counts.keys.sorted { (counts[$1] ?? 0, $0[0], $0[1]) < (counts[$0] ?? 0, $1[0], $1[1]) }
    return zip(records, keys).map { record, key in
      var record = record
      record.machineState = key.flatMap { order.firstIndex(of: $0) }.map(name)
      record.gaps.removeAll { $0 == MachineState.otherwise }
      if let key, key != order.first { record.gaps.append(MachineState.otherwise) }
      return record
    }
  }

  /// The states that the samples name.
  public init(of records: [SampleRecord]) {
    let records = records.filter { $0.basis != .model }
    let members = Dictionary(grouping: records.filter { $0.machineState != nil }) { $0.machineState ?? "" }
    states = members.sorted { $0.key < $1.key }.map { name, samples in
      func median(_ metric: String) -> Double? {
        Statistics.percentile(50, of: samples.compactMap { $0.metrics[metric] })
      }
      return State(
        name: name,
        median: MachineState(
          handOverTicks: median(Metric.handOver), coreGHz: median(Metric.coreRate),
          issueRate: median(Metric.issueRate)), samples: samples.count)
    }
    changed = records.count { $0.gaps.contains(MachineState.changed) }
    bestIssueRate = Statistics.percentile(90, of: records.compactMap { $0.metrics[Metric.issueRate] })
  }

  /// Whether other work seems to have used the cores during the whole run, so that no sample is undisturbed.
  public var isNeverAlone: Bool { bestIssueRate.map { $0 < MachineState.aloneIssueRateMin } ?? false }

  /// Notes for readers, a sentence each; empty if there is nothing to say.
  public var notes: [String] {
    var notes: [String] = []
    if changed > 0 {
      let samples = changed.counted("sample", "is", "are")
      let taken = changed == 1 ? "it was" : "they were"
      notes.append("\(samples) left out: the machine's state changed while \(taken) taken")
    }
    if states.count > 1 {
      let list = states.map { "\($0.name): \($0.samples.counted("sample")), \($0.median.words)" }
      notes.append(
        "the machine was in \(states.count) states (\(list.joined(separator: "; "))); figures are of state "
          + "\(states[0].name) alone, and states.csv has those of each")
    }
    if isNeverAlone, let bestIssueRate {
      notes.append(
        "the cores never issued more than \(Display.number(bestIssueRate)) additions a cycle, and so were "
          + "somebody else's, too, all along: costs are too high; compare ratios, or run again later")
    }
    return notes
  }

  private static func name(_ index: Int) -> String {
    index < 26 ? String(UnicodeScalar(UInt8(65 + index))) : "Z\(index)"
  }

  /// A class for each value. In ascending order, neighbours are in one class unless they differ by more than
  /// `factor`. Unknown values, and those that are not positive, are in class 0.
  static func classes(of values: [Double?], factor: Double) -> [Int] {
    var classes = [Int](repeating: 0, count: values.count)
    var (last, current) = (0.0, 0)
    let known = values.indices.compactMap { index in
      values[index].flatMap { $0 > 0 ? (index, $0) : nil }
    }
    for (index, value) in known.sorted(by: { $0.1 < $1.1 }) {
      if last > 0, value / last > factor { current += 1 }
      classes[index] = current
      last = value
    }
    return classes
  }
}
