import Foundation

/// One repetition of one case, at its place in a run.
public struct ScheduledSample: Sendable, Equatable {
  /// Index of the case in the list of cases that are run.
  public let caseIndex: Int
  /// Repetition of the case, counted from 0.
  public let sample: Int
}

/// The order of all samples of a run.
///
/// Every case runs once before any runs again, each round in an order of its own. A machine that warms up or
/// slows down during a run then weighs on all cases alike, and no case always follows the same other one.
public struct Schedule: Sendable, Equatable {
  public let samples: [ScheduledSample]

  /// - Parameters:
  ///   - cases: number of cases.
  ///   - samplesPerCase: repetitions of each.
  ///   - seed: equal seeds give equal orders.
  public init(cases: Int, samplesPerCase: Int, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    samples = (0..<samplesPerCase).flatMap { sample in
      generator.shuffled(count: cases).map { ScheduledSample(caseIndex: $0, sample: sample) }
    }
  }
}

/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// The numbers 0 ..< count in a random order, by Fisher and Yates. The standard library's shuffle may
  /// change between versions of Swift, and a seed must give the same run in all of them.
  mutating func shuffled(count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      let other = Int(next().multipliedFullWidth(by: UInt64(last + 1)).high)
      order.swapAt(last, other)
    }
    return order
  }
}
