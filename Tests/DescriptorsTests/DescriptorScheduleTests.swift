import Descriptors
import Testing

@Suite struct DescriptorScheduleTests {
  @Test(arguments: [(1, 1), (1, 5), (6, 60), (7, 3)])
  func everyRoundRunsEveryCaseOnce(_ cases: Int, _ samplesPerCase: Int) {
    let samples = Schedule(
      groups: singles(cases), samples: Array(repeating: samplesPerCase, count: cases), seed: 1
    ).samples
    #expect(samples.count == cases * samplesPerCase)
    for round in 0..<samplesPerCase {
      let slice = samples[(round * cases)..<((round + 1) * cases)]
      #expect(slice.allSatisfy { $0.sample == round })
      #expect(slice.map(\.caseIndex).sorted() == Array(0..<cases))
    }
  }

  @Test(arguments: [(10, 10), (3, 10), (10, 4), (5, 12), (1, 7)])
  func launchesShareTheSamplesEvenly(_ launches: Int, _ count: Int) {
    let samples = Schedule(groups: singles(2), samples: [count, 3], launches: launches, seed: 1).samples
    let own = samples.filter { $0.caseIndex == 0 }
    #expect(own.map(\.sample) == Array(0..<count))
    #expect(samples.map(\.launch) == samples.map(\.launch).sorted(), "launch by launch")
    let used = min(launches, count)
    let shares = (0..<used).map { launch in own.count { $0.launch == launch } }
    #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1 && !shares.contains(0))
    // The samples of a case with fewer samples are spread over the run, too.
    let few = samples.filter { $0.caseIndex == 1 }.map(\.launch)
    #expect(few.count == 3 && Set(few).count == min(3, used))
  }

  @Test func neverRunsACaseBlockAfterBlock() {
    for seed in UInt64(0)..<50 {
      let order = Schedule(groups: singles(3), samples: Array(repeating: 20, count: 3), seed: seed).samples
        .map(\.caseIndex)
      for start in 0..<(order.count - 2) {
        #expect(
          Set(order[start...(start + 2)]).count > 1, "seed \(seed): one case three times from \(start) on")
      }
    }
  }

  @Test func roundsDifferAndSeedsRepeat() {
    let schedule = Schedule(groups: singles(6), samples: Array(repeating: 20, count: 6), seed: 1)
    let rounds = (0..<20).map { round in schedule.samples[(round * 6)..<(round * 6 + 6)].map(\.caseIndex) }
    #expect(Set(rounds).count > 15)
    #expect(schedule == Schedule(groups: singles(6), samples: Array(repeating: 20, count: 6), seed: 1))
    #expect(schedule != Schedule(groups: singles(6), samples: Array(repeating: 20, count: 6), seed: 2))
  }

  @Test func everyOrderIsAboutAsLikely() {
    let samples = Schedule(groups: singles(3), samples: Array(repeating: 6000, count: 3), seed: 7).samples
    var counts: [[Int]: Int] = [:]
    for start in stride(from: 0, to: samples.count, by: 3) {
      counts[samples[start..<(start + 3)].map(\.caseIndex), default: 0] += 1
    }
    #expect(counts.count == 6 && counts.values.allSatisfy { (850...1150).contains($0) }, "\(counts)")
  }

  @Test func ordersAreEmptyWithoutCasesOrSamples() {
    #expect(Schedule(groups: singles(0), samples: Array(repeating: 3, count: 0), seed: 1).samples.isEmpty)
    #expect(Schedule(groups: singles(3), samples: Array(repeating: 0, count: 3), seed: 1).samples.isEmpty)
  }

  @Test func casesThatAreComparedRunNextToEachOther() {
    let groups = [[0, 3], [1, 4], [2, 5]]
    let order = Schedule(groups: groups, samples: Array(repeating: 40, count: 6), seed: 3).samples.map(
      \.caseIndex)
    for start in stride(from: 0, to: order.count, by: 2) {
      #expect(groups.contains { $0 == order[start...(start + 1)].sorted() }, "at \(start)")
    }
    let firsts = stride(from: 0, to: order.count, by: 2).count { order[$0] < 3 }
    #expect((40...80).contains(firsts), "which comes first is drawn: \(firsts) of 120")
  }

  private func singles(_ count: Int) -> [[Int]] { (0..<count).map { [$0] } }
}
