import Basics

/// One repetition of one case, at its place in a run.
public struct ScheduledSample: Sendable, Equatable {
  /// Index of the case in the list of cases that are run.
  public let caseIndex: Int
  /// Repetition of the case, counted from 0.
  public let sample: Int
  /// The launch that it belongs to, counted from 0: its processes are new ones.
  public let launch: Int
}

/// The order of all samples of a run: launch by launch, and within each round by round.
///
/// A case's samples are spread over the launches as evenly as can be. Every case runs once before any runs
/// again, each round in an order of its own. A machine that warms up or slows down during a run then weighs
/// on all cases alike. Cases that will be compared with each other (the systems at one point of the sweep)
/// run next to each other, since a machine changes within seconds; in which order is drawn anew each time.
public struct Schedule: Sendable, Equatable {
  /// All samples in the order in which they are taken.
  public let samples: [ScheduledSample]

  /// - Parameters:
  ///   - groups: indices of the cases, those that will be compared in one group.
  ///   - counts: repetitions of each case.
  ///   - launches: how many there are; no more than any case has repetitions.
  ///   - seed: equal seeds give equal orders.
  public init(groups: [[Int]], samples counts: [Int], launches: Int = 1, seed: UInt64) {
    var generator = SplitMix64(state: seed)
    let launches = max(1, min(launches, counts.max() ?? 1))
    samples = (0..<launches).flatMap { launch in
      /// A case's samples of this launch.
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
