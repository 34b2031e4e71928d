import Basics
import Roles
import Testing

/// `ArrivalLog` by a numbered table and against a set.
@Suite struct ArrivalLogTests {
  static let capacity = ArrivalLog.capacity

  static let steps: [(number: UInt64, verdict: ArrivalLog.Verdict)] = [
    (1, .first), (1, .again), (2, .first), (5, .first), (3, .first), (3, .again), (4, .first), (5, .again),
    (64, .first), (63, .first), (65, .first), (128, .first), (64, .again), (127, .first),
    // The highest that is still remembered with 1, then the first that pushes 1 out.
    (capacity, .first), (1, .again), (capacity + 1, .first), (1, .tooLate), (2, .again), (6, .first),
    // A jump over all that is remembered.
    (10 * capacity + 7, .first), (capacity + 1, .tooLate), (9 * capacity + 7, .tooLate),
    (9 * capacity + 8, .first), (9 * capacity + 8, .again), (10 * capacity + 6, .first),
    (10 * capacity + 7, .again), (10 * capacity, .first),
    // A jump by exactly the capacity, by one less, by one more.
    (11 * capacity + 7, .first), (10 * capacity + 8, .first), (10 * capacity + 7, .tooLate),
    (12 * capacity + 6, .first), (11 * capacity + 7, .again),
    (13 * capacity + 7, .first), (12 * capacity + 8, .first), (12 * capacity + 6, .tooLate),
    // The lowest that is remembered shares a word of 64 with the highest.
    (20 * capacity + 63, .first), (21 * capacity + 62, .first), (20 * capacity + 63, .again),
  ]

  @Test func followsTheTable() {
    var log = ArrivalLog()
    defer { log.deallocate() }
    var highest: UInt64 = 0
    for (index, step) in Self.steps.enumerated() {
      #expect(log.note(step.number) == step.verdict, "step \(index): \(step.number)")
      highest = max(highest, step.number)
      #expect(log.highest == highest, "step \(index)")
    }
  }

  /// What a log with unlimited memory would say.
  struct SetLog {
    var seen: Set<UInt64> = []
    var highest: UInt64 = 0

    mutating func note(_ number: UInt64) -> ArrivalLog.Verdict {
      if number < highest, highest - number >= ArrivalLogTests.capacity { return .tooLate }
      highest = max(highest, number)
      return seen.insert(number).inserted ? .first : .again
    }
  }

  @Test(arguments: 1...12) func agreesWithASetOnRandomTraces(seed: UInt64) {
    var random = SplitMix64(state: seed)
    var log = ArrivalLog()
    defer { log.deallocate() }
    var oracle = SetLog()
    var verdicts: [ArrivalLog.Verdict: Int] = [:]
    for step in 0..<60_000 {
      let number = Self.next(after: oracle.highest, &random)
      let expected = oracle.note(number)
      verdicts[expected, default: 0] += 1
      if log.note(number) != expected {
        Issue.record("step \(step): \(number) with \(oracle.highest) as the highest is not \(expected)")
        return
      }
    }
    // The trace has met everything.
    for verdict in [ArrivalLog.Verdict.first, .again, .tooLate] {
      #expect(verdicts[verdict, default: 0] > 100, "\(verdict)")
    }
  }

  /// Mostly near the highest, at times far behind or ahead, and around the edges of what is remembered.
  private static func next(after highest: UInt64, _ random: inout SplitMix64) -> UInt64 {
    let offset: Int64
    switch UInt64.random(in: 0..<1000, using: &random) {
    case ..<400: offset = Int64.random(in: 1...3, using: &random)
    case ..<900: offset = -Int64.random(in: 0...200, using: &random)
    case ..<940: offset = -Int64.random(in: 0...Int64(capacity) * 2, using: &random)
    case ..<970: offset = -Int64(capacity) + Int64.random(in: -3...3, using: &random)
    case ..<996: offset = Int64.random(in: 60...200, using: &random)
    case ..<998: offset = Int64(capacity) + Int64.random(in: -70...70, using: &random)
    default: offset = Int64.random(in: 1...Int64(capacity) * 3, using: &random)
    }
    return UInt64(max(1, Int64(highest) + offset))
  }
}
