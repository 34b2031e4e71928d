import Basics

/// One repetition of one case in the schedule of a run.
public struct ScheduledSample: Sendable, Equatable {
  /// The case's index in the list of cases to run.
  public let caseIndex: Int
  /// The repetition of the case, from 0.
  public let sample: Int
  /// The launch of the sample, from 0. Each launch has new processes.
  public let launch: Int
}

/// The order of all samples of a run: launch by launch, and within a launch round by round.
///
/// A case's samples are spread over the launches as evenly as possible. In each round every case runs once,
/// and each round has a random order of its own. So a machine that warms up or slows down during a run
/// affects all cases alike. Cases that are compared with each other (the systems at the same coordinates) run
/// next to each other, because a machine's speed changes within seconds; their order is random, too.
public struct Schedule: Sendable, Equatable {
  /// All samples in the order in which they are taken.
  public let samples: [ScheduledSample]

  /// - Parameters:
  ///   - groups: indices of the cases; cases that are compared with each other form a group.
  ///   - counts: the number of repetitions of each case.
  ///   - launches: the number of launches; at most the largest number of repetitions is used.
  ///   - seed: the seed of the order; equal seeds give equal orders.
  public init(groups: [[Int]], samples counts: [Int], launches: Int = 1, seed: UInt64) {
    var generator = SplitMix64(state: seed)
    let launches = max(1, min(launches, counts.max() ?? 1))
    samples = (0..<launches).flatMap { launch in
      /// The case's samples in this launch.
      func share(_ index: Int) -> Range<Int> {
        func first(_ launch: Int) -> Int { (launch * counts[index] + launches - 1) / launches }
        return first(launch)..<first(launch + 1)
      }
      let rounds = counts.indices.map { share($0).count }.max() ?? 0
      return (0..<rounds).flatMap { round in
        generator.shuffled(groups).flatMap { group in
          generator.shuffled(group).filter { round < share($0).count }
            .map { ScheduledSample(caseIndex: $0, sample: share($0).lowerBound + round, launch: launch) }
        }
      }
    }
  }
}
