import Dataplane
import Testing

@Suite struct StageCountersTests {
  /// A snapshot whose fields are `first`, `first + step`, …, and whose drops go on so.
  static func snapshot(_ first: UInt64, step: UInt64 = 1) -> StageSnapshot {
    func value(_ index: Int) -> UInt64 { first + step * UInt64(index) }
    return StageSnapshot(
      received: value(0), transmitted: value(1), busyPolls: value(2), emptyPolls: value(3),
      busyTicks: value(4), busyPackets: value(5), stalledPolls: value(6), stalledTicks: value(7),
      drops: (0..<StageCounters.dropReasons).map { value(8 + $0) })
  }

  static let zero = snapshot(0, step: 0)

  func counted(_ body: (StageCounters) -> Void) -> StageSnapshot {
    let counters = StageCounters()
    defer { counters.deallocate() }
    body(counters)
    return counters.snapshot
  }

  @Test func startsAtZero() {
    #expect(counted { _ in } == Self.zero)
  }

  @Test func countsBursts() {
    var expected = Self.zero
    expected.received = 64 + 3
    expected.transmitted = 60 + 3
    let snapshot = counted {
      $0.count(received: 64, transmitted: 60)
      $0.count(received: 3, transmitted: 3)
    }
    #expect(snapshot == expected)
  }

  @Test func countsEachReasonApart() {
    let snapshot = counted { counters in
      for reason in 0..<StageCounters.dropReasons { counters.drop(UInt8(reason), reason) }
      counters.drop(7)
    }
    var expected = Self.zero
    expected.drops = (0..<StageCounters.dropReasons).map { UInt64($0) }
    expected.drops[7] += 1
    #expect(snapshot == expected)
    #expect(snapshot.dropped == UInt64(31 * 32 / 2 + 1))
  }

  /// Which fields a poll adds to: packets, ticks, then what is expected with a limit of 100 ticks.
  static let polls: [(packets: Int, ticks: UInt64, field: WritableKeyPath<StageSnapshot, UInt64>)] = [
    (0, 1, \.emptyPolls), (0, 100, \.emptyPolls), (0, 101, \.emptyPolls), (0, .max, \.emptyPolls),
    (1, 0, \.busyPolls), (64, 99, \.busyPolls), (64, 100, \.busyPolls),
    (1, 101, \.stalledPolls), (64, 1 << 40, \.stalledPolls),
  ]

  @Test(arguments: polls.indices) func aPollIsBusyEmptyOrStalled(row: Int) {
    let (packets, ticks, field) = Self.polls[row]
    let snapshot = counted { $0.poll(packets: packets, ticks: ticks, limit: 100) }
    var expected = Self.zero
    expected[keyPath: field] = 1
    if field == \.busyPolls {
      expected.busyTicks = ticks
      expected.busyPackets = UInt64(packets)
    } else if field == \.stalledPolls {
      expected.stalledTicks = ticks
    }
    #expect(snapshot == expected)
  }

  @Test func stalledPollsDoNotRaiseTheCostOfAPacket() {
    let snapshot = counted { counters in
      for _ in 0..<10 { counters.poll(packets: 32, ticks: 64, limit: 100) }
      counters.poll(packets: 32, ticks: 1_000_000, limit: 100)
    }
    #expect(snapshot.busyTicks / snapshot.busyPackets == 2)
    #expect(snapshot.busyPackets == 320)
    #expect(snapshot.stalledTicks == 1_000_000)
  }

  @Test func addsAndSubtractsFieldByField() {
    let early = Self.snapshot(5)
    let late = Self.snapshot(1000, step: 3)
    #expect(early + late == Self.snapshot(1005, step: 4))
    #expect(late - early == Self.snapshot(995, step: 2))
    #expect((early + late) - late == early)
    #expect(early - early == Self.zero)
    #expect(early + Self.zero == early)
  }

  @Test func twoStagesShareNothing() {
    let a = StageCounters()
    let b = StageCounters()
    defer {
      a.deallocate()
      b.deallocate()
    }
    a.count(received: 1, transmitted: 0)
    b.drop(31, 5)
    #expect(a.snapshot.received == 1 && a.snapshot.dropped == 0)
    #expect(b.snapshot.received == 0 && b.snapshot.drops[31] == 5)
  }
}
